"""What one would write with neural-tangents, numpy and scipy for what `ntk smoothness` does; see spectrum.py.

As a program it is one whole process, from the published files to r and β:

    peers.py neural-tangents|numpy DATA_FOLDER ROWS WINDOW
"""

import json
import sys
from pathlib import Path

import numpy as np


def neural_tangents_kernel(columns, hidden_layers, single=False):
    """x (n,d) → the NTK (n,n): κ of unit rows has L + 1 on the diagonal, as this library's default kernel. Jitted."""
    import jax
    from neural_tangents import stax

    jax.config.update("jax_enable_x64", not single)
    layers = []
    for layer in range(hidden_layers):
        # Their first layer divides by the number of columns; ours does not.
        layers += [stax.Dense(1, W_std=(2 if layer else columns) ** 0.5, b_std=None), stax.Relu()]
    kernel = stax.serial(*layers, stax.Dense(1, W_std=2**0.5, b_std=None))[2]
    return jax.jit(lambda x: kernel(x, None, "ntk"))


def numpy_kernel(x):
    """The same for one hidden layer, by its formula: κ(u) = u κ₀(u) + κ₁(u) = (2u(π − θ) + sin θ)/π, θ = arccos u."""
    u = np.clip(x @ x.T, -1.0, 1.0)
    return (2 * u * (np.pi - np.arccos(u)) + np.sqrt(1 - u * u)) / np.pi


def targets(y, copies=20, seed=0):
    """y (n) and permutations of it (n, 1 + copies)."""
    rng = np.random.default_rng(seed)
    return np.column_stack([y, *(rng.permutation(y) for _ in range(copies))])


def measure(k, y, decompose=np.linalg.eigh):
    """Eigenvalues of K/n, largest first, and c² (n,k) for the columns of y."""
    values, vectors = decompose(k / len(k))
    return values[::-1], (vectors.T @ y)[::-1] ** 2 / len(k)


def smoothness(k, y, window):
    """r and β over the indices 1..window, and r of 20 permutations."""
    values, energies = measure(k, targets(y))
    i = np.log(np.arange(1, window + 1))
    slope = lambda v: -float(np.polyfit(i, np.log(v[:window]), 1)[0])
    r, *null = (slope(tail) for tail in np.cumsum(energies[::-1], axis=0)[::-1].T)
    return {"r": r, "beta": slope(values), "null": null}


def mnist(folder, rows):
    """The first training images, of unit norm, and their labels."""
    read = lambda name, offset: np.frombuffer((Path(folder) / "mnist" / name).read_bytes(), np.uint8, offset=offset)
    x = read("train-images-idx3-ubyte", 16).reshape(-1, 784)[:rows].astype(float)
    return x / np.linalg.norm(x, axis=1, keepdims=True), read("train-labels-idx1-ubyte", 8)[:rows].astype(float)


def main():
    program, folder, rows, window = sys.argv[1:]
    x, y = mnist(folder, int(rows))
    kernel = neural_tangents_kernel(x.shape[1], 1) if program == "neural-tangents" else numpy_kernel
    print(json.dumps(smoothness(np.asarray(kernel(x)), y, int(window))))


if __name__ == "__main__":
    main()
