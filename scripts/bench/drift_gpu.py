#!/usr/bin/env python3
"""`ntk drift` by another program: the same networks, the paper's own steps, in double precision, on a GPU.

    python3 scripts/bench/drift_gpu.py DATA_FOLDER OUT.json --activation relu --depth 20 --sigma-w2 2.4,2.5    (jax, numba)
    python3 scripts/bench/drift_gpu.py DATA_FOLDER OUT.json … --beside notebooks/results/drift-relu.json

All networks of a grid take one step together: 60 with 20 hidden layers of 256 units, on 128 images, take 10⁵ steps in minutes
where the library takes an hour for each on one core. Nothing is shared with the library but the published images and what
`library_networks.py` draws again: gradients and the kernel come from automatic differentiation, in double precision. OUT.json is
what `ntk drift --json` writes, without test images and the linearised network; `DriftResult::read` reads it.
`--beside` compares every network that both have at every step that both look at.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import library_networks
import numpy as np
from scipy.sparse.linalg import eigsh

jax.config.update("jax_enable_x64", True)
PHI = {"relu": jax.nn.relu, "tanh": jnp.tanh}
CLASSES = 10
PLATEAU_FALL, PLATEAU_STEPS = 1e-7, 100
DIVERGED = 1e6
CHUNK = 1000


def images(folder, count, scaling, factor):
    """Rows x (n, d) as the library scales them, and one-hot labels (n, 10)."""
    pixels = np.frombuffer((folder / "train-images-idx3-ubyte").read_bytes(), np.uint8, offset=16, count=784 * count)
    labels = np.frombuffer((folder / "train-labels-idx1-ubyte").read_bytes(), np.uint8, offset=8, count=count)
    x = pixels.reshape(count, 784).astype(float)
    x /= np.linalg.norm(x, axis=1, keepdims=True) if scaling == "unit-norm" else 255
    return x * (factor or (784**0.5 if scaling == "unit-norm" else 1.0)), np.eye(CLASSES)[labels]


def layers(parameters, taps, x, phi):
    """Outputs (n, k), and what each layer of weights is fed; `taps` are added to every layer's sums."""
    fed, h = [], x
    for place, ((w, b), tap) in enumerate(zip(parameters, taps)):
        fed.append(h)
        h = h @ w.T + b + tap
        if place + 1 < len(parameters):
            h = phi(h)
    return h, fed


def outputs(parameters, x, phi):
    return layers(parameters, [0.0] * len(parameters), x, phi)[0]


def loss(parameters, x, y, phi):
    return jnp.mean((outputs(parameters, x, phi) - y) ** 2)


@partial(jax.jit, static_argnames=("phi", "rate"))
def descend(parameters, x, y, count, phi, rate):
    """`count` steps of every network of the batch, at most CHUNK; the loss before each."""
    together = jax.vmap(jax.value_and_grad(partial(loss, phi=phi)), in_axes=(0, 0, None))

    def step(place, carry):
        now, losses = carry
        value, gradient = together(now, x, y)
        return jax.tree.map(lambda p, g: p - rate * g, now, gradient), losses.at[place].set(value)

    return jax.lax.fori_loop(0, count, step, (parameters, jnp.zeros((CHUNK, len(x)))))


@partial(jax.jit, static_argnames="phi")
def tangent(parameters, x, phi):
    """Θ of one network, (n·k, n·k), row i·k + o: derivatives by every layer's sums, times what the layer is fed."""
    n = len(x)
    taps = [jnp.zeros((n, len(b))) for _, b in parameters]
    f, back, fed = jax.vjp(lambda taps: layers(parameters, taps, x, phi), taps, has_aux=True)
    k = f.shape[1]
    cotangents = jnp.broadcast_to(jnp.eye(k)[:, None, :], (k, n, k))
    theta = jnp.zeros((n, k, n, k))
    for slope, below in zip(jax.vmap(back)(cotangents)[0], fed):
        slope = slope.transpose(1, 0, 2).reshape(n * k, -1)
        theta += (slope @ slope.T).reshape(n, k, n, k) * (below @ below.T + 1)[:, None, :, None]
    return theta.reshape(n * k, n * k)


def forms(theta, n):
    square = theta.reshape(n, CLASSES, n, CLASSES)
    return {"full": theta, "trace": jnp.einsum("iojo->ij", square), "one": square[:, 0, :, 0]}


def change(now, start):
    inner, own, first = (now * start).sum(), (now * now).sum(), (start * start).sum()
    return {"alignment": inner / jnp.sqrt(own * first), "drift": jnp.sqrt(((now - start) ** 2).sum() / first)}


@partial(jax.jit, static_argnames="phi")
def seen(parameters, start, x, y, phi):
    """The kernel's changes from `start` (Θ₀ and f₀), the loss, and Θ summed over outputs."""
    n, (theta, first) = len(x), start
    now, then, f = forms(tangent(parameters, x, phi), n), forms(theta, n), outputs(parameters, x, phi)
    changes = {form: change(now[form], then[form]) for form in now}
    aligned = change(now["trace"], y @ y.T)["alignment"]
    return changes, aligned, ((f - y) ** 2).mean(), jnp.sqrt(((f - first) ** 2).mean()), now["trace"]


def look(cell, step, parameters, x, y, phi):
    """What the library's DriftLook has of the kernel and the loss."""
    n = len(x)
    if step == 0:
        cell["start"] = tangent(parameters, x, phi), outputs(parameters, x, phi)
        largest = eigsh(np.asarray(cell["start"][0]), k=1, return_eigenvectors=False)[0]
        cell["stable_rate"] = CLASSES * n / float(largest)
    changes, aligned, value, moved, trace = jax.tree.map(np.asarray, seen(parameters, cell["start"], x, y, phi))
    values = np.linalg.eigvalsh(trace / n)
    return {
        "step": step,
        "loss": float(value),
        **jax.tree.map(float, changes),
        "target_alignment": float(aligned),
        "largest_eigenvalue": float(values[-1]),
        "eigenvalue_sum": float(values.sum()),
        "effective_rank": float(values.sum() ** 2 / (values**2).sum()),
        "moved": float(moved),
    }


def watch(cell, first, losses):
    """The stopping rule and the divergence over the losses after steps first, first + 1, …; the step at which it ended."""
    for step, value in enumerate(losses, first):
        cell["loss_rises"] += int(value > cell["loss"])
        cell["loss"] = float(value)
        if not np.isfinite(value) or value > cell["bound"]:
            cell["ending"] = "diverged"
            return step
        cell["smallest_loss"] = min(cell["smallest_loss"], cell["loss"])
        if cell["loss"] < cell["fall"][1] - PLATEAU_FALL:
            cell["fall"] = (step, cell["loss"])
        if step - cell["fall"][0] >= PLATEAU_STEPS:
            cell["ending"] = "plateau"
            return step
    return None


def train(options, cells, x, y, save):
    """Every network of the batch to its end, looked at on the way; a network that has ended goes on unseen."""
    phi, rate = PHI[options.activation], options.rate
    # The rows span n directions: what the first layer does to the others never changes.
    basis = np.linalg.svd(x, full_matrices=False)[2]
    rows = jnp.asarray(x @ basis.T)
    one = [jax.tree.map(jnp.asarray, [(w @ basis.T, b) if l == 0 else (w, b) for l, (w, b) in enumerate(c.pop("network"))]) for c in cells]
    batch = jax.tree.map(lambda *p: jnp.stack(p), *one)
    repeated = jnp.broadcast_to(rows, (len(cells), *rows.shape))
    pick = lambda batch, place: jax.tree.map(lambda p: p[place], batch)
    for place, cell in enumerate(cells):
        cell["looks"] = [look(cell, 0, pick(batch, place), rows, y, phi)]
        value = cell["looks"][0]["loss"]
        cell.update(loss=value, smallest_loss=value, fall=(0, value), bound=DIVERGED * max(value, float((y**2).mean())))
    steps, began = 0, time.perf_counter()
    stops = sorted({*(l for l in options.looks if l < options.steps), *range(CHUNK, options.steps, CHUNK), options.steps})
    for stop in stops:
        before = batch
        batch, losses = descend(before, repeated, y, stop - steps, phi, rate)
        last = jax.vmap(partial(loss, phi=phi), in_axes=(0, 0, None))(batch, repeated, y)
        losses = np.concatenate([np.asarray(losses[: stop - steps]), np.asarray(last)[None]])[1:]
        for place, cell in enumerate(cells):
            if cell.get("ending"):
                continue
            ended = watch(cell, steps + 1, losses[:, place])
            if ended is not None:
                cell["steps"] = ended
                if cell["ending"] == "plateau":
                    there = pick(batch, place)
                    if ended < stop:
                        there = pick(descend(before, repeated, y, ended - steps, phi, rate)[0], place)
                    cell["looks"].append(look(cell, ended, there, rows, y, phi))
            elif stop in options.looks or stop == options.steps:
                cell["looks"].append(look(cell, stop, pick(batch, place), rows, y, phi))
                if stop == options.steps:
                    cell.update(ending="steps", steps=stop)
        steps = stop
        if stop in options.looks or stop % (10 * CHUNK) == 0 or stop == options.steps:
            left = sum("ending" not in cell for cell in cells)
            print(f"step {stop}: {left} of {len(cells)} networks under way, {time.perf_counter() - began:.1f} s", flush=True)
            save(cells, steps)
        if all("ending" in cell for cell in cells):
            return


def written(options, cells, steps):
    """The file of `ntk drift --json`."""
    own = ("depth", "width", "sigma_w2", "sigma_b2", "trial", "stable_rate", "loss_rises", "smallest_loss", "looks")
    done = []
    for cell in cells:
        ending, at = cell.get("ending", "unfinished"), cell.get("steps", steps)
        worse = cell["looks"][-1]["loss"] > max(cell["looks"][0]["loss"], 1e-12 * options.mean_square)
        if ending in ("plateau", "steps") and worse:
            ending = "failed"
        done.append({name: cell[name] for name in own} | {"acceleration": 1, "ending": ending, "steps": at, "taken": at})
    grid = {
        "activation": options.activation,
        "widths": [options.width],
        "depths": [options.depth],
        "sigma_w2": options.sigma_w2,
        "sigma_b2": options.sigma_b2,
        "trials": 1,
        "source": "mnist",
        "images": options.images,
        "test_images": 0,
        "scaling": options.scaling,
        **({"input_factor": options.input_factor} if options.input_factor else {}),
        "rate": options.rate,
        "steps": options.steps,
        "plateau_fall": PLATEAU_FALL,
        "plateau_steps": PLATEAU_STEPS,
        "acceleration": 1,
        "looks": options.looks,
        "kernel": "one",
        "spectra": False,
        "seed": options.seed,
    }
    here = Path(__file__).resolve()
    sources = hashlib.sha256(b"".join((here.parent / name).read_bytes() for name in (here.name, "library_networks.py")))
    origin = {
        "analysis_core": "none: scripts/bench/drift_gpu.py",
        "revision": options.revision,
        "tree": "not looked at",
        "sources": sources.hexdigest()[:16],
        "rustc": f"none: Python {sys.version.split()[0]}, jax {jax.__version__}",
        "machine": jax.devices()[0].device_kind,
    }
    return {"experiment": "drift", "schema": 2, "parameters": grid, "computed_by": [origin], "result": {"cells": done}}


def beside(cells, path):
    """The largest differences, by step, from what the library has of the same networks."""
    name = lambda cell: tuple(cell[k] for k in ("depth", "width", "sigma_w2", "sigma_b2", "trial"))
    ours = {name(cell): cell for cell in json.loads(path.read_text())["result"]["cells"]}
    found = {}
    for cell in cells:
        other = ours.get(name(cell))
        if other is None:
            continue
        looks = {l["step"]: l for l in other["looks"]}
        for mine in cell["looks"]:
            if mine["step"] in looks:
                theirs = looks[mine["step"]]
                drift = max(abs(mine[f]["drift"] - theirs[f]["drift"]) for f in ("full", "trace", "one"))
                apart = (drift, abs(mine["loss"] / theirs["loss"] - 1), name(cell))
                found.setdefault(mine["step"], []).append(apart)
    for step, all_apart in sorted(found.items()):
        drift, relative = max(all_apart)[0], max(a[1] for a in all_apart)
        print(f"{path.name}, step {step}, {len(all_apart)} networks: change within {drift:.2e} (at {max(all_apart)[2]}), loss within {relative:.2e} of itself")


def numbers(kind):
    return lambda text: [kind(v) for v in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder of MNIST's four files")
    parser.add_argument("out", type=Path)
    parser.add_argument("--activation", choices=sorted(PHI), default="relu")
    parser.add_argument("--depth", type=int, default=20)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--sigma-w2", type=numbers(float), default=[2.5])
    parser.add_argument("--sigma-b2", type=numbers(float), default=[k / 10 for k in range(1, 11)])
    parser.add_argument("--scaling", choices=["unit-norm", "unit-interval"], default="unit-norm")
    parser.add_argument("--input-factor", type=float)
    parser.add_argument("--images", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-5)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--looks", type=numbers(int), default=[10, 100, 1000, 10_000])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--revision", default="unknown", help="of this repository, for the file; where git cannot be asked")
    parser.add_argument("--beside", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    if options.revision == "unknown":
        asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True)
        options.revision = asked.stdout.strip() or "unknown"
    x, y = images(options.data, options.images, options.scaling, options.input_factor)
    options.mean_square = float((y**2).mean())
    cells = []
    for sigma_b2 in options.sigma_b2:
        for sigma_w2 in options.sigma_w2:
            place = (options.depth, options.width, sigma_w2, sigma_b2, 0)
            cell = dict(zip(("depth", "width", "sigma_w2", "sigma_b2", "trial"), place)) | {"loss_rises": 0}
            seed = library_networks.cell_seed(options.seed, options.activation, *place)
            cell["network"] = library_networks.network(seed, 784, options.depth, options.width, CLASSES, sigma_w2, sigma_b2)
            cells.append(cell)

    def save(cells, steps):
        options.out.write_text(json.dumps(written(options, cells, steps)))

    train(options, cells, x, jnp.asarray(y), save)
    for path in options.beside:
        beside(cells, path)


if __name__ == "__main__":
    sys.exit(main())
