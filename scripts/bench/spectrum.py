#!/usr/bin/env python3
"""From images to r and β, and the parts of that: this library beside neural-tangents, numpy, scipy and faer. One table.

    scripts/setup library && target/*/release/ntk fetch all
    python3 scripts/bench/spectrum.py                   (Python 3.11 or 3.12; some 20 minutes, on an idle machine)
    python3 scripts/bench/spectrum.py --quick           a minute: small n, to see that everything runs
    python3 scripts/bench/spectrum.py --only gram,reduction
    python3 scripts/bench/spectrum.py --growth          time and memory against n; an hour

It installs its peers in `.tools/bench-spectrum` itself, and takes everything by the versions that stand below; neural-tangents
0.6.5 does not import on a newer JAX. Ours and its peers take turns, so that whatever else the machine does falls on all; every
number is the best of the repeats, with the worst beside it. All use the cores they find. Each comparison begins with a check
that both sides compute the same.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import environment
from ours import ROOT, Bench, newest

PEERS = ["jax[cpu]==0.4.30", "neural-tangents==0.6.5", "numpy==2.4.6", "scipy==1.17.1", "threadpoolctl==3.8.0"]
PACKAGES = ["jax", "jaxlib", "neural-tangents", "numpy", "scipy"]
HERE = Path(__file__).resolve().parent


def seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def alternate(repeat, runs):
    """{name: seconds of each repeat}, the runs in turn; each returns its own seconds."""
    times = {name: [] for name in runs}
    for _ in range(repeat):
        for name, run in runs.items():
            times[name].append(run())
    return times


def close(what, ours, theirs, allowed):
    """Stops where the two sides do not compute the same."""
    import numpy as np

    ours, theirs = np.asarray(ours), np.asarray(theirs)
    gap = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
    print(f"    {what}: ours and the peer's differ by {gap:.1e} of the largest (allowed {allowed:.0e})", flush=True)
    if not gap <= allowed:
        sys.exit(f"{what}: the two sides do not compute the same")


class Comparison:
    """The rows of the table, and what the measurements share: a folder, the Rust side, the options."""

    def __init__(self, options, env, folder):
        self.options, self.env, self.folder = options, env, Path(folder)
        self.repeat = options.repeat
        self.ours = Bench("spectrum", folder, env)
        self.rows, self.said = [], {}

    def data(self, source, n):
        import numpy as np

        self.ours.ask(f"data {source} 0..{n}")
        self.said = self.ours.ask("read")
        return np.load(self.folder / "x.npy"), np.load(self.folder / "y.npy")[:, 0]

    def asked(self, request):
        """Seconds of one run of ours."""
        return self.ours.ask(f"{request} 1")["milliseconds"][0] / 1e3

    def row(self, work, aim, times, **more):
        """`times` has ours first; `aim`: how many times as fast as the peer it is to be."""
        ours, *peers = times
        for peer in peers:
            entry = {"work": work, "peer": peer, "aim": aim.get(peer)}
            for side, name in (("ours", ours), ("peer", peer)):
                entry |= {f"{side}_seconds": min(times[name]), f"{side}_worst": max(times[name])}
            entry |= {"ratio": entry["peer_seconds"] / entry["ours_seconds"], "repeats": len(times[ours])} | more
            self.rows.append(entry)
            print(line(entry), flush=True)

    def gram(self):
        """Gram matrices alone; jitted, without the compilation."""
        import jax.numpy as jnp
        import numpy as np
        from peers import neural_tangents_kernel

        n = self.options.rows[0]
        for source in ("mnist", "cifar-10"):
            x, _ = self.data(source, n)
            for depth in (1, 3):
                # Single precision last: it switches JAX over.
                for name, dtype in (("float64", np.float64), ("float32", np.float32)):
                    kernel = neural_tangents_kernel(x.shape[1], depth, dtype == np.float32)
                    rows = jnp.asarray(x, dtype)
                    run = lambda kernel=kernel, rows=rows: kernel(rows).block_until_ready()
                    result = np.asarray(run())
                    self.asked(f"gram {depth}")
                    # Their angle comes from √(1 − u²): half the digits where rows are nearly parallel, the diagonal first.
                    close(f"Gram, {name}", np.load(self.folder / "gram.npy"), result, 1e-6 if name == "float64" else 1e-2)
                    runs = {"ours": lambda: self.asked(f"gram {depth}"), f"neural-tangents, {name}": lambda: seconds(run)}
                    aim = {"neural-tangents, float64": 2}
                    self.row(f"Gram, {n} × {x.shape[1]}, depth {depth}", aim, alternate(self.repeat, runs))

    def pipeline(self):
        """Data in memory → r, β and the null band."""
        import jax
        import numpy as np
        from peers import neural_tangents_kernel, numpy_kernel, smoothness

        jax.config.update("jax_enable_x64", True)
        for n, aim in zip(self.options.rows, (4, 6)):
            x, y = self.data("mnist", n)
            window = min(501, n // 2)
            kernel = neural_tangents_kernel(x.shape[1], 1)
            runs = {
                "neural-tangents + numpy eigh": lambda: smoothness(np.asarray(kernel(x)), y, window),
                "numpy alone": lambda: smoothness(numpy_kernel(x), y, window),
            }
            ours = self.ours.ask(f"smoothness 1..={window} 1")
            self.asked("gram 1")
            same = smoothness(np.load(self.folder / "gram.npy"), y, window)
            for name, value in [("of our Gram, by numpy", same), *((name, run()) for name, run in runs.items())]:
                for what in ("r", "beta"):
                    # Rounding of the Gram matrix moves them as much as it is large: half the digits on the peers' diagonals.
                    close(f"{what} {name}", ours[what], value[what], 1e-9 if value is same else 1e-6)
            band = lambda null: [round(float(np.quantile(null, p)), 4) for p in (0.05, 0.5, 0.95)]
            more = {"r": ours["r"], "beta": ours["beta"], "null_ours": band(ours["null"]), "null_peer": band(same["null"])}
            timed = {"ours": lambda: self.asked(f"smoothness 1..={window}")}
            timed |= {name: lambda run=run: seconds(run) for name, run in runs.items()}
            aims = {"neural-tangents + numpy eigh": aim}
            self.row(f"data in memory → r, β, null band, n = {n}", aims, alternate(self.repeat, timed), **more)

    def reduction(self):
        """The spectral measure of 21 targets from a Gram matrix, against what a machine of this speed could do."""
        import numpy as np
        import scipy.linalg
        from peers import measure, targets

        n = self.options.reduction_rows
        _, y = self.data("mnist", n)
        self.asked("gram 1")
        k = np.load(self.folder / "gram.npy")
        side = min(n, 4000)
        a = np.random.default_rng(0).normal(size=(side, side))
        runs = {
            "ours": lambda: self.asked("measure 21"),
            "DGEMM of numpy": lambda: seconds(lambda: a @ a),
            "DGEMM of the BLAS that ours is linked to": lambda: self.asked(f"dgemm {side}"),
            "numpy eigvalsh, no coefficients": lambda: seconds(lambda: np.linalg.eigvalsh(k)),
            "numpy eigh + coefficients": lambda: seconds(lambda: measure(k, targets(y))),
            "scipy eigh, driver evd, + coefficients": lambda: seconds(
                lambda: measure(k, targets(y), lambda k: scipy.linalg.eigh(k, driver="evd", overwrite_a=True))
            ),
        }
        runs["DGEMM of numpy"]()
        times = alternate(self.repeat, runs)
        close("eigenvalues", np.load(self.folder / "measure.eigenvalues.npy"), np.linalg.eigvalsh(k / n)[::-1], 1e-12)
        factor = 4 / 3 * n**3 / (2 * side**3)
        for name in list(times):
            if name.startswith("DGEMM"):
                speed = 2 * side**3 / min(times[name]) / 1e9
                print(f"    {name}: {speed:.1f} GF/s at n = {side}")
                times[f"4/3 n³ at {speed:.0f} GF/s ({name})"] = [factor * t for t in times.pop(name)]
        fastest = min((name for name in times if "GF/s" in name), key=lambda name: min(times[name]))
        self.row(f"spectral measure of 21 targets from K, n = {n}", {fastest: 1 / 1.6}, times)

    def process(self):
        """Whole processes, nothing stored."""
        n, window = self.options.rows[0], min(501, self.options.rows[0] // 2)
        ntk = newest("ntk", "bin")
        with tempfile.TemporaryDirectory() as store:
            command = f"smoothness --dataset mnist --rows 0..{n} --window 1..={window} --no-cache --json".split()
            peer = lambda name: [sys.executable, HERE / "peers.py", name, self.env["NTK_DATA_DIR"], str(n), str(window)]
            commands = {
                "ours": ([ntk, *command], self.env | {"NTK_STORE_DIR": store}),
                "neural-tangents + numpy eigh": (peer("neural-tangents"), None),
                "numpy alone": (peer("numpy"), None),
            }
            said = {}

            def run(name):
                command, env = commands[name]
                start = time.perf_counter()
                out = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
                taken = time.perf_counter() - start
                said[name] = json.loads(out.splitlines()[-1])
                return taken

            run("ours")  # the files are in memory from here on
            times = alternate(self.repeat, {name: lambda name=name: run(name) for name in commands})
        ours = said.pop("ours")
        self.said = ours["computed_by"][0]
        result = ours["result"]
        for name, peer in said.items():
            for what in ("r", "beta"):
                close(f"{what} of {name}", result[what], peer[what], 1e-6)
        self.row(f"whole process, ntk smoothness, n = {n}", {"neural-tangents + numpy eigh": 3}, times)


def line(entry):
    aim = f"aim {entry['aim']:.3g}" if entry["aim"] else ""
    met = ("met" if entry["ratio"] >= entry["aim"] else "NOT met") if entry["aim"] else ""
    spread = lambda side: f"{entry[side + '_seconds']:8.3f} s (to {entry[side + '_worst']:.3f})"
    return (
        f"{entry['work']:<52} {spread('ours'):<26} {entry['peer']:<60} {spread('peer'):<26} "
        f"{entry['ratio']:6.2f} times as fast  {aim} {met}"
    )


def main():
    env = {"NTK_DATA_DIR": str(ROOT / "data")} | environment.enter("bench-spectrum", *PEERS)
    parts = ["gram", "pipeline", "reduction", "process"]
    numbers = lambda text: [int(n) for n in text.split(",")]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=numbers, help="images, at most two numbers [default: 3000,6000]")
    parser.add_argument("--reduction-rows", type=int, help="[default: 8000]")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", type=lambda text: text.split(","), default=parts, help=f"some of {','.join(parts)}")
    parser.add_argument("--quick", action="store_true", help="600, 1200 and 1200 images")
    parser.add_argument("--growth", action="store_true", help="only time and memory against n")
    parser.add_argument("--sizes", type=numbers, help="n of --growth [default: 1000,2000,4000,8000,16000]")
    parser.add_argument("--peers-to", type=int, default=8000, help="the largest n of the peers in --growth [default: 8000]")
    parser.add_argument("--out", type=Path, help="[default: notebooks/out/bench-spectrum.json; notebooks/results of --growth]")
    options = parser.parse_args()
    if unknown := set(options.only) - set(parts):
        parser.error(f"--only: there are {', '.join(parts)}; not {', '.join(sorted(unknown))}")
    options.rows = options.rows or ([600, 1200] if options.quick else [3000, 6000])
    options.reduction_rows = options.reduction_rows or (1200 if options.quick else 8000)
    options.sizes = options.sizes or ([500, 1000, 2000] if options.quick else [1000, 2000, 4000, 8000, 16000])
    if options.growth:
        import growth

        return growth.main(options, env)
    import numpy  # noqa: F401 (so that its BLAS is listed)
    import scipy.linalg  # noqa: F401

    said = {"processor": environment.processor()} | environment.versions(*PACKAGES)
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(options, env, folder)
        for part in parts:
            if part in options.only:
                getattr(comparison, part)()
        comparison.ours.close()
        if comparison.said:
            said |= {"ours": comparison.said["machine"], "revision": comparison.said["revision"]}
    said["load"] = f"{os.getloadavg()[0]:.1f} at the end"
    print("\n" + "\n".join(f"{name}: {value}" for name, value in said.items()) + "\n")
    print("\n".join(line(entry) for entry in comparison.rows))
    out = options.out or ROOT / "notebooks/out/bench-spectrum.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"versions": said, "rows": comparison.rows}, indent=1, ensure_ascii=False) + "\n")
    print(f"\nwritten: {out}")


if __name__ == "__main__":
    main()
