#!/usr/bin/env python3
"""Epochs of full-batch gradient descent, one hidden ReLU layer: this library's fused engine beside a jitted JAX step.

    python3 -m venv .tools/jax
    .tools/jax/bin/pip install "jax[cpu]==0.10.2" numpy==2.4.6
    cargo build --release --locked -p analysis-core --features cli --bench epoch
    .tools/jax/bin/python scripts/bench/epoch.py [--n 400 --d 10 --m 8000 --tests 1000 --threads 0,1 --rounds 20]

Both start from the same parameters, take the same steps (learning rate 0.6, every parameter trained, the test error on the
test points after every step) and must end with the same losses. They take turns, a few epochs each, so that whatever else
the machine does falls on both. JAX uses the cores it finds, and keeps its weights (m,d) or (d,m): the ratios are against
whichever is faster. Ours uses as many threads as asked for (0: one per core).
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from ours import Bench

LEARNING_RATE = 0.6


class Jax:
    def __init__(self, data, dtype, transposed):
        w, a, x, y, z, fz = (jnp.asarray(data[k], dtype) for k in ("w", "a", "x", "y", "z", "fz"))
        if transposed:
            w = w.T
        scale = jnp.asarray(np.sqrt(2 / len(a)), dtype)

        def network(p, x):
            return scale * (jax.nn.relu(x @ (p[0] if transposed else p[0].T)) @ p[1])

        def loss(p):
            return jnp.mean((network(p, x) - y) ** 2) / 2

        def step(p):
            p = jax.tree.map(lambda v, g: v - jnp.asarray(LEARNING_RATE, dtype) * g, p, jax.grad(loss)(p))
            return p, jnp.mean((network(p, z) - fz) ** 2)

        self.step = jax.jit(step, donate_argnums=0)
        self.loss = jax.jit(loss)
        self.start = (w, a)
        self.p = jax.tree.map(jnp.copy, self.start)
        jax.block_until_ready(self.step(self.p))  # compiles; its result is dropped
        self.p = jax.tree.map(jnp.copy, self.start)

    def run(self, epochs):
        times = []
        for _ in range(epochs):
            start = time.perf_counter()
            self.p, error = jax.block_until_ready(self.step(self.p))
            times.append((time.perf_counter() - start) * 1e3)
        return {"milliseconds": times, "train_loss": float(self.loss(self.p)), "test_error": float(error)}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in {"n": 400, "d": 10, "m": 8000, "tests": 1000, "rounds": 20, "epochs": 5}.items():
        options.add_argument(f"--{name}", type=int, default=default)
    options.add_argument("--threads", default="0,1")
    options = options.parse_args()
    n, d, m, tests = options.n, options.d, options.m, options.tests
    threads = [int(t) or os.cpu_count() for t in options.threads.split(",")]
    jax.config.update("jax_enable_x64", True)

    random = np.random.default_rng(1)
    data = {"w": random.normal(size=(m, d)), "a": random.normal(size=m)}
    for name, rows in {"x": n, "z": tests}.items():
        points = random.normal(size=(rows, d))
        data[name] = points / np.linalg.norm(points, axis=1, keepdims=True)
    data["y"] = data["x"].sum(axis=1) ** 2 + 0.2 * random.normal(size=n)
    data["fz"] = data["z"].sum(axis=1) ** 2

    operations = m * ((d + 1) * (n + tests) + d * n)
    print(f"n = {n}, d = {d}, m = {m}, {tests} test points; {operations / 1e6:.1f} million multiply-adds an epoch; jax {jax.__version__}, {os.cpu_count()} cores")
    wrong = False
    with tempfile.TemporaryDirectory() as folder:
        for name, array in data.items():
            np.save(Path(folder) / f"{name}.npy", array)
        ours = Bench("epoch", folder)
        for precision, dtype in {"single": jnp.float32, "double": jnp.float64}.items():
            peers = {f"jax {layout}": Jax(data, dtype, layout == "(d,m)") for layout in ("(m,d)", "(d,m)")}
            times = {name: [] for name in [*peers, *threads]}
            last = {}
            for _ in range(options.rounds):
                for name, peer in peers.items():
                    last[name] = peer.run(options.epochs)
                for t in threads:
                    last[t] = ours.ask(f"{precision} {t} {options.epochs}")
                for name in times:
                    times[name] += last[name]["milliseconds"]
            least = {name: min(v) for name, v in times.items()}
            median = {name: float(np.median(v)) for name, v in times.items()}
            for name in times:
                kind = name if name in peers else f"{name} thread(s)"
                print(f"{precision}, {kind}: {least[name]:.2f} ms an epoch at best, {median[name]:.2f} in the median")
            for t in threads:
                ratios = [min(time[name] for name in peers) / time[t] for time in (least, median)]
                print(
                    f"{precision}, {t} thread(s): {ratios[0]:.1f} times as fast as the faster jax at best, {ratios[1]:.1f} in "
                    f"the median; {operations / least[t] / 1e6:.0f} billion multiply-adds a second at best"
                )
                # Two orders of summation, from the same start: they part by rounding, which the steps do not amplify.
                allowed = (options.rounds * options.epochs + m) * float(jnp.finfo(dtype).eps)
                for value in ("train_loss", "test_error"):
                    gap = abs(last[t][value] / last["jax (m,d)"][value] - 1)
                    print(f"    {value} {last[t][value]:.9g}: differs from jax's by {gap:.1e} (allowed {allowed:.1e})")
                    wrong |= not gap <= allowed
    if wrong:
        sys.exit("the two do not train the same network")


if __name__ == "__main__":
    main()
