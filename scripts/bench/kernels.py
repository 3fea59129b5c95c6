#!/usr/bin/env python3
"""NTK and NNGP Gram matrices of fully connected networks beside neural-tangents', in its parametrisation. One table.

    scripts/setup library
    python3 scripts/bench/kernels.py                    (Python 3.11 or 3.12; some minutes)
    python3 scripts/bench/kernels.py --quick            one activation

24 rows of 10 numbers of different norms, two of them 1e-6 apart; every (σ_w², σ_b²), depth and activation that both have. A number of
the table is the largest |K − K'|/√(K_ii K_jj) over all pairs of rows and depths. `--out` writes every case as CSV.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import environment
from ours import ROOT, newest
from spectrum import PEERS

ACTIVATIONS = ["relu", "leaky-relu:0.1", "erf", "gelu", "sin", "cos", "relu^2"]
VARIANCES = [(1.0, 0.0), (2.0, 0.1), (1.5, 1.0)]
DEPTHS = [1, 3, 10]


def rows():
    import numpy as np

    rng = np.random.default_rng(0)
    x = rng.normal(size=(24, 10)) * rng.uniform(0.5, 2.0, size=(24, 1))
    x[1] = x[0] + 1e-6 * rng.normal(size=10)
    return x


def theirs(x, activation, depth, sigma_w2, sigma_b2):
    import numpy as np
    from neural_tangents import stax

    phi = {
        "relu": stax.Relu,
        "leaky-relu:0.1": lambda: stax.LeakyRelu(0.1),
        "erf": stax.Erf,
        "gelu": stax.Gelu,
        "sin": stax.Sin,
        "cos": stax.Cos,
        "relu^2": lambda: stax.RectifiedMonomial(2),
    }
    dense = lambda: stax.Dense(1, W_std=sigma_w2**0.5, b_std=sigma_b2**0.5, parameterization="ntk")
    layers = [layer for _ in range(depth) for layer in (dense(), phi[activation]())]
    kernel = stax.serial(*layers, dense())[2](x, None, ("ntk", "nngp"))
    return {"ntk": np.asarray(kernel.ntk), "nngp": np.asarray(kernel.nngp)}


def ours(program, env, folder, kind, activation, depth, sigma_w2, sigma_b2):
    import numpy as np

    file = Path(folder) / "K.npy"
    flags = f"--csv {folder}/x.csv --target y --scaling none --window 1..=5 --save-gram {file} --no-cache --kernel {kind} --depth {depth}"
    flags += f" --activation {activation} --parametrisation ntk --sigma-w2 {sigma_w2} --sigma-b2 {sigma_b2}"
    done = subprocess.run([program, "smoothness", *flags.split()], env=env, capture_output=True, text=True)
    if not file.exists():
        sys.exit(done.stderr)
    k = np.load(file)
    file.unlink()
    return k


def main():
    env = os.environ | environment.enter("bench-spectrum", *PEERS)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="ReLU only, one depth")
    parser.add_argument("--out", type=Path, help="a CSV file of every case")
    options = parser.parse_args()
    import jax
    import numpy as np

    jax.config.update("jax_enable_x64", True)
    x = rows()
    program, cases = newest("ntk", "bin"), []
    with tempfile.TemporaryDirectory() as folder:
        header = ",".join([*(f"x{j}" for j in range(x.shape[1])), "y"])
        table = np.column_stack([x, np.sin(np.arange(len(x)))])
        # 17 digits: the same numbers on both sides.
        np.savetxt(f"{folder}/x.csv", table, fmt="%.17g", delimiter=",", header=header, comments="")
        for activation in ACTIVATIONS[:1] if options.quick else ACTIVATIONS:
            for sigma_w2, sigma_b2 in VARIANCES:
                worst = {"ntk": 0.0, "nngp": 0.0}
                # Ten layers of relu^2 are a polynomial of degree 1024, which leaves the range of doubles.
                few = DEPTHS[:1] if options.quick else DEPTHS[:2] if activation == "relu^2" else DEPTHS
                for depth in few:
                    peer = theirs(x, activation, depth, sigma_w2, sigma_b2)
                    for kind, k in peer.items():
                        own = ours(program, env, folder, kind, activation, depth, sigma_w2, sigma_b2)
                        size = np.sqrt(np.outer(np.diag(own), np.diag(own)))
                        if not np.isfinite(own).all():
                            sys.exit(f"{activation}, {kind}, depth {depth}: ours is not finite")
                        # Theirs may be NaN: counted, and left out of what is compared.
                        none = ~np.isfinite(k)
                        gap = np.where(none, 0.0, np.abs(own - k) / size)
                        near, diagonal = float(gap[0, 1]), float(np.diag(gap).max())
                        gap[0, 1] = gap[1, 0] = 0
                        np.fill_diagonal(gap, 0)
                        cases.append([activation, sigma_w2, sigma_b2, depth, kind, float(gap.max()), near, diagonal, int(none.sum())])
                        worst[kind] = max(worst[kind], float(gap.max()))
                print(f"{activation:15} σ_w² = {sigma_w2}, σ_b² = {sigma_b2}: NNGP {worst['nngp']:.0e}, NTK {worst['ntk']:.0e}", flush=True)
    for name, place in (("pairs apart", 5), ("the pair 1e-6 apart", 6), ("diagonal", 7)):
        for kind in ("nngp", "ntk"):
            print(f"{name}, {kind}: at most {max(case[place] for case in cases if case[4] == kind):.1e}")
    for case in cases:
        if case[8]:
            print(f"{case[0]}, σ_w² = {case[1]}, σ_b² = {case[2]}, depth {case[3]}, {case[4]}: {case[8]} of theirs are NaN")
    if options.out:
        with options.out.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["activation", "sigma_w2", "sigma_b2", "depth", "kernel", "pairs", "near_pair", "diagonal", "theirs_nan"])
            writer.writerows([*case[:5], *(f"{value:.3e}" for value in case[5:8]), case[8]] for case in cases)


if __name__ == "__main__":
    main()
