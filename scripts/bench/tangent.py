#!/usr/bin/env python3
"""The empirical NTK of 128 inputs at M = 256, 20 hidden ReLU layers: this library beside neural-tangents.

neural-tangents 0.6.5 does not import on current JAX; with 0.4.30 it does, but its structured derivatives fail; 0.4.23 has
all three of its implementations (Python 3.9 to 3.12):

    python3 -m venv .tools/neural-tangents
    .tools/neural-tangents/bin/pip install "jax[cpu]==0.4.23" neural-tangents==0.6.5 "numpy<2" "scipy<1.13"
    cargo build --release --locked -p analysis-core --features cli --bench tangent
    .tools/neural-tangents/bin/python scripts/bench/tangent.py [--n 128 --width 256 --hidden-layers 20 --rounds 3]

Both take the same parameters and inputs and must return the same kernel. They take turns, so that whatever else the machine
does falls on both; both use the cores they find. neural-tangents is tried with each of its three implementations, jitted, in
single and double precision; ours computes in double precision only. Times without compilation.
"""

import argparse
import tempfile
import time

import jax
import jax.numpy as jnp
import neural_tangents as nt
import numpy as np
from ours import Bench

NAMES = {1: "Jacobian contraction", 2: "NTK-vector products", 3: "structured derivatives"}


def network(parameters, x):
    for w, b in parameters[:-1]:
        x = jax.nn.relu(x @ w.T + b)
    w, b = parameters[-1]
    return x @ w.T + b


def draw(options, outputs):
    """Standard parametrisation at (σ_w², σ_b²) = (2, 1), the input dimension equal to the width, ‖x‖ = 1."""
    rng = np.random.default_rng(0)
    rows = [options.width] * options.hidden_layers + [outputs]
    parameters = [
        (rng.normal(size=(r, options.width)) * (2 / options.width) ** 0.5, rng.normal(size=r)) for r in rows
    ]
    x = rng.normal(size=(options.n, options.width))
    return parameters, x / np.linalg.norm(x, axis=1, keepdims=True)


def peers(parameters, x):
    """(name, a call that returns the kernel), warm."""
    for dtype in (jnp.float32, jnp.float64):
        cast = [(jnp.asarray(w, dtype), jnp.asarray(b, dtype)) for w, b in parameters]
        inputs = jnp.asarray(x, dtype)
        for implementation, name in NAMES.items():
            kernel = jax.jit(nt.empirical_ntk_fn(network, trace_axes=(-1,), implementation=implementation))
            run = lambda kernel=kernel, cast=cast, inputs=inputs: np.asarray(kernel(inputs, None, cast))
            try:
                run()
            except Exception as error:  # out of memory, say: it is then not a working implementation
                print(f"  {name}, {dtype.__name__}: {type(error).__name__}")
                continue
            yield f"{name}, {dtype.__name__}", run


def compare(options, outputs):
    parameters, x = draw(options, outputs)
    with tempfile.TemporaryDirectory() as folder:
        for index, (w, b) in enumerate(parameters):
            np.save(f"{folder}/w{index}.npy", w)
            np.save(f"{folder}/b{index}.npy", b)
        np.save(f"{folder}/x.npy", x)
        ours = Bench("tangent", folder)
        ours.ask("trace 1")
        tangent = np.load(f"{folder}/tangent.npy")
        tangent /= outputs  # neural-tangents takes the mean over traced axes
        print(f"{outputs} output(s):")
        mine, theirs = [], {}
        runs = list(peers(parameters, x))
        for name, run in runs:
            difference = np.abs(run() - tangent).max() / np.abs(tangent).max()
            assert difference < 1e-4 if "32" in name else difference < 1e-12, (name, difference)
        for _ in range(options.rounds):
            for name, run in runs:
                mine.append(ours.ask("trace 1")["milliseconds"][0])
                start = time.perf_counter()
                run()
                theirs.setdefault(name, []).append(1e3 * (time.perf_counter() - start))
        ours.close()
    print(f"  ours: {min(mine):.1f} ms (median {np.median(mine):.1f})")
    for name, times in theirs.items():
        ratio = min(times) / min(mine)
        print(f"  {name}: {min(times):.1f} ms (median {np.median(times):.1f}), {ratio:.1f} times ours")


def main():
    parser = argparse.ArgumentParser()
    for name, default in (("n", 128), ("width", 256), ("hidden-layers", 20), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--outputs", type=lambda text: [int(k) for k in text.split(",")], default=[1])
    options = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    print(f"jax {jax.__version__}, neural-tangents {nt.__version__}")
    for outputs in options.outputs:
        compare(options, outputs)


if __name__ == "__main__":
    main()
