"""Θ(x,x) of random networks with JAX: what the samplers of analysis-core are measured against.

M = 256, 20 hidden ReLU layers, one output, 64-bit: jitted gradients, mapped over initialisations, as one would write it.

    python3 -m venv venv && venv/bin/pip install "jax[cpu]"
    venv/bin/python scripts/bench/dispersion.py

Run it beside `cargo bench --features cli --bench dispersion`, on an idle machine.
"""

import time

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)
WIDTH, HIDDEN, NETWORKS, REPEATS = 256, 20, 32, 3


def initialise(key):
    keys = jax.random.split(key, HIDDEN + 1)
    rows = [WIDTH] * HIDDEN + [1]
    return [(jax.random.normal(k, (r, WIDTH)) * (2 / WIDTH) ** 0.5, jnp.zeros(r)) for k, r in zip(keys, rows)]


def output(parameters, x):
    for w, b in parameters[:-1]:
        x = jax.nn.relu(w @ x + b)
    w, b = parameters[-1]
    return (w @ x + b)[0]


def theta(key, x):
    gradient = jax.grad(output)(initialise(key), x)
    return sum(jnp.sum(g * g) for g in jax.tree_util.tree_leaves(gradient))


def main():
    x = jnp.zeros(WIDTH).at[0].set(1.0)
    keys = jax.random.split(jax.random.PRNGKey(0), NETWORKS)
    for name, run in [
        ("vmap", jax.jit(lambda keys: jax.vmap(lambda k: theta(k, x))(keys))),
        ("lax.map", jax.jit(lambda keys: jax.lax.map(lambda k: theta(k, x), keys))),
    ]:
        values = run(keys).block_until_ready()
        times = []
        for _ in range(REPEATS):
            start = time.perf_counter()
            run(keys).block_until_ready()
            times.append((time.perf_counter() - start) / NETWORKS)
        print(f"jax {jax.__version__} {name}: {1e3 * min(times):.2f} ms a network (mean Θ {float(values.mean()):.1f})")


if __name__ == "__main__":
    main()
