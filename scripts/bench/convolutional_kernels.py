#!/usr/bin/env python3
"""Convolutional NTK and NNGP Gram matrices beside neural-tangents': equality, then time.

    scripts/setup library
    python3 scripts/bench/convolutional_kernels.py            (Python 3.11 or 3.12; about ten minutes)
    python3 scripts/bench/convolutional_kernels.py --quick    fewer cases, no times

Equality: 7 images of 6 x 5 pixels and 3 channels, two of them 1e-6 apart; every filter, padding, readout, depth and activation that
both have. A number is the largest |K - K'|/sqrt(K_ii K_jj) over pairs of images.
Time: --times images (500), five ReLU layers of 3 x 3 filters; 28 x 28 pixels flattened, 8 x 8 pixels under global average pooling. Theirs
is the jitted kernel function after its first call, in double precision as ours and in single, in batches that fit into memory; ours is the
whole command, from .npy to K.npy with the eigenvalues. Both use the cores they find; seconds of the clock, and of all processors in brackets.
`--out` writes every case of the equality as CSV.
"""

import argparse
import csv
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import environment
from ours import newest
from spectrum import PACKAGES, PEERS

FILTERS = [(1, "zero"), (3, "zero"), (3, "circular"), (5, "zero"), (3, "valid")]
VARIANCES = [(2.0, 0.0), (1.5, 0.3)]
NAMES = {"zero": "SAME", "circular": "CIRCULAR", "valid": "VALID"}


def images():
    import numpy as np

    rng = np.random.default_rng(0)
    x = rng.normal(size=(7, 6, 5, 3))
    x[1] = x[0] + 1e-6 * rng.normal(size=x[0].shape)
    return x


def network(size, padding, readout, activation, depth, sigma_w2, sigma_b2):
    from neural_tangents import stax

    phi = {"relu": stax.Relu, "leaky-relu:0.1": lambda: stax.LeakyRelu(0.1), "erf": stax.Erf}[activation]
    scales = {"W_std": sigma_w2**0.5, "b_std": sigma_b2**0.5, "parameterization": "ntk"}
    conv = lambda: stax.Conv(1, (size, size), padding=NAMES[padding], **scales)
    layers = [layer for _ in range(depth) for layer in (conv(), phi())]
    last = stax.Flatten() if readout == "flatten" else stax.GlobalAvgPool()
    return stax.serial(*layers, last, stax.Dense(1, **scales))[2]


def ours(program, env, folder, kind, filters, activation, depth, sigma_w2, sigma_b2):
    """K, and the seconds of the command: of the clock, and of processors."""
    import numpy as np

    file = Path(folder) / "K.npy"
    flags = f"--images {folder}/x.npy --target-npy {folder}/y.npy --window 1..=3 --save-gram {file} --no-cache --kernel {kind}"
    flags += f" --depth {depth} --activation {activation} --conv {filters} --sigma-w2 {sigma_w2} --sigma-b2 {sigma_b2}"
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run([program, "smoothness", *flags.split()], env=env, capture_output=True, text=True)
    seconds = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    if not file.exists():
        sys.exit(done.stderr)
    k = np.load(file)
    file.unlink()
    return k, seconds


def write(folder, x):
    import numpy as np

    np.save(f"{folder}/x.npy", x)
    np.save(f"{folder}/y.npy", np.sin(np.arange(len(x), dtype=float)))


def equality(program, env, folder, quick):
    import numpy as np

    x, cases = images(), []
    write(folder, x)
    for size, padding in FILTERS[1:2] if quick else FILTERS:
        for readout in ("flatten", "pool"):
            for activation in ("relu",) if quick else ("relu", "leaky-relu:0.1", "erf"):
                worst = {"ntk": [0.0, 0.0, 0.0], "nngp": [0.0, 0.0, 0.0]}
                for sigma_w2, sigma_b2 in VARIANCES:
                    for depth in (1, 2) if padding == "valid" else (1, 5):
                        kernel = network(size, padding, readout, activation, depth, sigma_w2, sigma_b2)(x, None, ("ntk", "nngp"))
                        for kind in ("nngp", "ntk"):
                            k = np.asarray(getattr(kernel, kind))
                            filters = f"{size}:{padding}:{readout}"
                            own, _ = ours(program, env, folder, kind, filters, activation, depth, sigma_w2, sigma_b2)
                            gap = np.abs(own - k) / np.sqrt(np.outer(np.diag(own), np.diag(own)))
                            near, diagonal = float(gap[0, 1]), float(np.diag(gap).max())
                            gap[0, 1] = gap[1, 0] = 0
                            np.fill_diagonal(gap, 0)
                            found = [float(gap.max()), near, diagonal]
                            cases.append([filters, activation, sigma_w2, sigma_b2, depth, kind, *(f"{v:.3e}" for v in found)])
                            worst[kind] = [max(pair) for pair in zip(worst[kind], found)]
                text = "; ".join(f"{kind} {' '.join(f'{v:.0e}' for v in values)}" for kind, values in worst.items())
                print(f"{size}:{padding}:{readout} {activation}: {text} (pairs apart, the near pair, diagonal)", flush=True)
    return cases


def times(program, env, folder, count):
    import jax
    import neural_tangents as nt
    import numpy as np

    rng = np.random.default_rng(1)
    for readout, pixels in (("flatten", 28), ("pool", 8)):
        x = np.maximum(rng.normal(size=(count, pixels, pixels, 1)), 0)
        write(folder, x)
        _, (clock, processors) = ours(program, env, folder, "ntk", f"3:zero:{readout}", "relu", 5, 2.0, 0.0)
        print(f"{count} images of {pixels} x {pixels}, depth 5, {readout}: ours {clock:.1f} s ({processors:.1f})", flush=True)
        for precision in (np.float64, np.float32):
            run = jax.jit(network(3, "zero", readout, "relu", 5, 2.0, 0.0), static_argnames="get")
            kernel = nt.batch(lambda a, b, get: run(a, b, get=get), batch_size=50, device_count=0)
            data = x.astype(precision)
            run(data[:50], data[:50], get="ntk").block_until_ready()
            start, before = time.perf_counter(), time.process_time()
            np.asarray(kernel(data, data, "ntk"))
            theirs, used = time.perf_counter() - start, time.process_time() - before
            line = f"  theirs in {np.dtype(precision).name} {theirs:.1f} s ({used:.1f}): {theirs / clock:.1f} times as long ({used / processors:.1f})"
            print(line, flush=True)


def main():
    env = os.environ | environment.enter("bench-spectrum", *PEERS)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few cases, no times")
    parser.add_argument("--times", type=int, default=500, help="images, a multiple of 50")
    parser.add_argument("--out", type=Path, help="a CSV file of every case")
    options = parser.parse_args()
    import jax

    jax.config.update("jax_enable_x64", True)
    program = newest("ntk", "bin")
    print(environment.versions(*PACKAGES))
    with tempfile.TemporaryDirectory() as folder:
        cases = equality(program, env, folder, options.quick)
        if not options.quick:
            times(program, env, folder, options.times)
    if options.out:
        with options.out.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            head = ["filters", "activation", "sigma_w2", "sigma_b2", "depth", "kernel", "pairs", "near_pair", "diagonal"]
            writer.writerow(head)
            writer.writerows(cases)


if __name__ == "__main__":
    main()
