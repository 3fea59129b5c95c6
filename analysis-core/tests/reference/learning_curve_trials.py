#!/usr/bin/env python3
"""Slopes of learning curves at infinite width, trial by trial, in numpy: the numbers in flow/learning_curve_tests.rs.

    pip install numpy
    python learning_curve_trials.py 300     # two minutes

Paper 1's task at d = 5 (one hidden ReLU layer, no bias, noise 0.2, f*(x) = (sum x)^2, 300 test points): the closed flow
f_t = f_0 + K(z, x)/n U (1 - exp(-t L))/L U^T (y - f_0), started at zero (mirrored) and at a draw from the NNGP (standard),
best of 121 times from 0.5 to 6n. Printed: mean, standard error of the mean and standard deviation over trials of the slope of
ln(best error) against ln n, n = 50, 100, 200, 400, for zero, drawn, and their difference.
"""
import sys
import numpy as np

SIZES, D, NOISE, TEST = np.array([50, 100, 200, 400]), 5, 0.2, 300


def kernels(u):
    """NTK and NNGP of one hidden ReLU layer at unit rows of cosine u."""
    u = np.clip(u, -1, 1)
    t = np.arccos(u)
    nngp = (u * (np.pi - t) + np.sqrt(1 - u * u)) / np.pi
    return nngp + u * (np.pi - t) / np.pi, nngp


def points(rng, n):
    x = rng.standard_normal((n, D))
    return x / np.linalg.norm(x, axis=1)[:, None]


def best(rng, n):
    x, z = points(rng, n), points(rng, TEST)
    y, truth = x.sum(1) ** 2 + NOISE * rng.standard_normal(n), z.sum(1) ** 2
    values, u = np.linalg.eigh(kernels(x @ x.T)[0] / n)
    cross = kernels(z @ x.T)[0]
    both = np.vstack([x, z])
    e, v = np.linalg.eigh(kernels(both @ both.T)[1])
    drawn = v @ (np.sqrt(np.maximum(e, 0)) * rng.standard_normal(n + TEST))
    times = np.geomspace(0.5, 6 * n, 121)
    filters = -np.expm1(-np.maximum(values, 1e-14)[:, None] * times) / np.maximum(values, 1e-14)[:, None]
    errors = []
    for start in (np.zeros(n + TEST), drawn):
        learned = cross / n @ (u @ (filters * (u.T @ (y - start[:n]))[:, None]))
        errors.append(((start[n:, None] + learned - truth[:, None]) ** 2).mean(0).min())
    return errors


def main():
    rng, trials = np.random.default_rng(1), int(sys.argv[1])
    logs = np.log(SIZES) - np.log(SIZES).mean()
    slopes = []
    for _ in range(trials):
        errors = np.log(np.array([best(rng, n) for n in SIZES]))
        zero, drawn = (errors * logs[:, None]).sum(0) / (logs**2).sum()
        slopes.append((zero, drawn, zero - drawn))
    slopes = np.array(slopes)
    sd = slopes.std(0, ddof=1)
    print(slopes.mean(0), sd / np.sqrt(trials), sd)


if __name__ == "__main__":
    main()
