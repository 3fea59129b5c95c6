"""Time and memory against n: `spectrum.py --growth`. The spectral measure of 21 targets under a Gram matrix K (n,n), by this
library, numpy's `eigh` and faer's, each in a process of its own, so that peak memory (Linux: VmHWM) is one computation's.

Ours starts from the rows, so its time has the making of K in it; the peers read K from a file before their clock starts. What
of a process is neither K nor the computation (the program, its libraries, its data) is in the peak.
"""

import csv
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import environment
from ours import ROOT, Bench

FAER = "0.24.4"
MANIFEST = f"""[package]
name = "bench-faer"
version = "0.1.0"
edition = "2024"

[workspace]

[dependencies]
faer = "={FAER}"

[profile.release]
opt-level = 3
"""
# K by rows, then Y by columns, as float64 from a file; the answer is one JSON line.
SOURCE = """use faer::{Mat, Side};
use std::io::Read;

fn main() {
    let argument: Vec<String> = std::env::args().collect();
    let (n, columns): (usize, usize) = (argument[2].parse().unwrap(), argument[3].parse().unwrap());
    let mut file = std::io::BufReader::new(std::fs::File::open(&argument[1]).unwrap());
    let mut number = || {
        let mut bytes = [0; 8];
        file.read_exact(&mut bytes).unwrap();
        f64::from_le_bytes(bytes)
    };
    let k = Mat::<f64>::from_fn(n, n, |_, _| number() / n as f64);
    let y = Mat::<f64>::from_fn(n, columns, |_, _| number());
    let start = std::time::Instant::now();
    let eigen = k.self_adjoint_eigen(Side::Lower).unwrap();
    let coefficients = eigen.U().transpose() * &y;
    let seconds = start.elapsed().as_secs_f64();
    let values = eigen.S().column_vector();
    println!(
        "{{\\"seconds\\":{seconds},\\"largest\\":{:e},\\"energy\\":{:e},\\"peak_mib\\":{}}}",
        values[n - 1], coefficients.squared_norm_l2() / n as f64, peak()
    );
}

fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or("VmHWM: NaN");
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
"""


def peak_mib(process="self"):
    status = Path(f"/proc/{process}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), math.nan)


def faer(env):
    """The program with faer in it, compiled in `.tools/bench-faer`; None, and a line that says so, where it cannot be had."""
    folder = environment.TOOLS / "bench-faer"
    (folder / "src").mkdir(parents=True, exist_ok=True)
    for name, text in {"Cargo.toml": MANIFEST, "src/main.rs": SOURCE}.items():
        if not (folder / name).exists() or (folder / name).read_text() != text:
            (folder / name).write_text(text)
    # With rustc's own settings, not the project's: the program is to run where no Rust library is found.
    flags = env | {"RUSTFLAGS": "", "CARGO_TARGET_DIR": str(folder / "target")}
    command = "cargo build --release --message-format json".split()
    done = subprocess.run(command, cwd=folder, env=flags, stdout=subprocess.PIPE, text=True)
    built = [json.loads(text).get("executable") for text in done.stdout.splitlines() if text.startswith("{")]
    if done.returncode or not any(built):
        print(f"faer {FAER} could not be built here: it is left out")
        return None
    return [path for path in built if path][-1]


def numpy_child(folder, n):
    """In a process of its own."""
    import time

    import numpy as np
    from peers import measure

    k, y = np.load(Path(folder) / "gram.npy"), np.load(Path(folder) / "targets.npy")
    start = time.perf_counter()
    values, energies = measure(k, y)
    taken = time.perf_counter() - start
    print(json.dumps({"seconds": taken, "largest": values[0], "energy": energies.sum(), "peak_mib": peak_mib()}))


def ours_at(folder, env):
    bench = Bench("spectrum", folder, env)
    said = bench.ask("read")
    taken = bench.ask("measure-rows 21 1")["milliseconds"][0] / 1e3
    peak = peak_mib(bench.process.pid)
    bench.close()
    import numpy as np

    values, energies = (np.load(Path(folder) / f"measure.{what}.npy") for what in ("eigenvalues", "energies"))
    return {"seconds": taken, "largest": values[0], "energy": energies.sum(), "peak_mib": peak} | said


def child(command, env=None):
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        print(f"    {' '.join(map(str, command[:3]))}: ended with {done.returncode}, left out from here on")
        return None
    return json.loads(done.stdout.splitlines()[-1])


def prepare(folder, n, env, with_gram):
    """x, y, the 21 targets; K where a peer wants it."""
    import numpy as np

    bench = Bench("spectrum", folder, env)
    bench.ask(f"data mnist 0..{n}")
    bench.ask("read")
    if with_gram:
        bench.ask("gram 1 1")
    bench.close()
    y = np.load(folder / "y.npy")[:, 0]
    # The bench's own: see `measure` there.
    targets = np.column_stack([np.roll(y, -37 * j) for j in range(21)])
    np.save(folder / "targets.npy", targets)
    if with_gram:
        with open(folder / "raw", "wb") as file:
            np.load(folder / "gram.npy", mmap_mode="r").tofile(file)
            targets.T.tofile(file)


def measure_all(options, env):
    """One dictionary a program and n."""
    faer_program = faer(env)
    largest_of = {"analysis-core": math.inf, "numpy eigh": options.peers_to, "faer": options.peers_to if faer_program else 0}
    found, said = [], {}
    for n in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            prepare(folder, n, env, any(n <= largest_of[name] for name in ("numpy eigh", "faer")))
            runs = {
                "analysis-core": lambda: ours_at(folder, env),
                "numpy eigh": lambda: child([sys.executable, __file__, str(folder), str(n)]),
                "faer": lambda: child([faer_program, folder / "raw", str(n), "21"], env),
            }
            times = {name: [] for name in runs if n <= largest_of[name]}
            for _ in range(options.repeat):
                for name in list(times):
                    if answer := runs[name]():
                        times[name].append(answer)
                    else:
                        largest_of[name] = 0
                        del times[name]
        for name, answers in times.items():
            taken = [answer["seconds"] for answer in answers]
            found.append(
                {"program": name, "n": n, "seconds": min(taken), "seconds_worst": max(taken),
                 "peak_mib": max(answer["peak_mib"] for answer in answers), "repeats": len(taken)}
            )  # fmt: skip
            took = f"{min(taken):9.3f} s (to {max(taken):.3f})"
            print(f"{name:<14} n = {n:>6}: {took}, {found[-1]['peak_mib']:8.0f} MiB", flush=True)
            for what in ("largest", "energy"):
                one, other = answers[0][what], times["analysis-core"][0][what]
                if not abs(one / other - 1) < 1e-10:
                    sys.exit(f"{name} at n = {n}: {what} {one!r}, ours {other!r}: they do not compute the same")
        said = {name: times["analysis-core"][0][name] for name in ("machine", "revision")}
    return found, said


def exponent(points, what):
    """p of n^p through the upper half of the sizes, by least squares on logarithms: small n show what does not grow."""
    import numpy as np

    points = sorted(points, key=lambda point: point["n"])[len(points) // 2 - (len(points) > 2) :]
    if len(points) < 2:
        return None
    n, value = (np.log([point[key] for point in points]) for key in ("n", what))
    return {"exponent": float(np.polyfit(n, value, 1)[0]), "from": points[0]["n"], "to": points[-1]["n"]}


def main(options, env):
    import numpy  # noqa: F401 (so that its BLAS is listed)

    found, said = measure_all(options, env)
    versions = {"processor": environment.processor()} | environment.versions("numpy")
    versions |= {"faer": FAER} if any(point["program"] == "faer" for point in found) else {}
    versions |= {"ours": said.get("machine"), "revision": said.get("revision"), "load": f"{os.getloadavg()[0]:.1f} at the end"}
    fits = {}
    for name in dict.fromkeys(point["program"] for point in found):
        own = [point for point in found if point["program"] == name]
        fits[name] = {what: exponent(own, what) for what in ("seconds", "peak_mib")}
        for what, fit in fits[name].items():
            if fit:
                print(f"{name}: {what} grow as n^{fit['exponent']:.2f} from n = {fit['from']} to {fit['to']}")
    print("\n".join(f"{name}: {value}" for name, value in versions.items()))
    out = options.out or ROOT / ("notebooks/out" if options.quick else "notebooks/results") / "growth.csv"
    out.parent.mkdir(parents=True, exist_ok=True)
    with open(out, "w", newline="") as file:
        writer = csv.DictWriter(file, found[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    text = json.dumps({"versions": versions, "fits": fits}, indent=1, ensure_ascii=False)
    out.with_suffix(".json").write_text(text + "\n")
    print(f"written: {out} and {out.with_suffix('.json').name}")


if __name__ == "__main__":
    numpy_child(sys.argv[1], int(sys.argv[2]))
