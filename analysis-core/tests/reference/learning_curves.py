#!/usr/bin/env python3
"""Slopes of learning curves on the sphere, by means the library does not use: the numbers in flow/population_tests.rs.

    pip install mpmath gmpy2
    python learning_curves.py          # a minute

Paper 1's task (one hidden ReLU layer, no bias, noise 0.2, f*(x) = (sum x)^2, standard initialisation but where it says mirrored). Eigenvalues to
degree 120 come from sphere.py's rule; the degrees beyond count as extra ridge (and as never learned), with their sum from
the trace; optima are searched on grids. Printed: ln(R2/R1)/ln(n2/n1).
"""
import math
from gmpy2 import mpfr, cos
import sphere

LAST = 120
NOISE2 = 0.04
RIDGE = {5: [(400, 1000), (4000, 10000), (100000, 400000)], 10: [(4000, 10000), (1000000, 10000000)]}
FLOW = [(1000, 10000), (10000, 100000)]


def multiplicity(d, k):
    return math.comb(k + d - 1, d - 1) - (math.comb(k + d - 3, d - 1) if k >= 2 else 0)


def main():
    sphere.DEGREES = list(range(LAST + 1))
    sphere.KERNELS = [("ntk", 1, 0), ("nngp", 1, 0)]
    rule = sphere.nodes(mpfr(1) / 300)
    kappas = [sphere.kernel(cos(t)) for t, _ in rule]
    for d in (5, 10):
        values = sphere.eigenvalues(d, rule, kappas)
        zero = [k % 2 == 1 and k >= 3 for k in range(LAST + 1)]
        ntk, nngp = ([0.0 if z else float(row[i]) for row, z in zip(values, zero)] for i in (0, 1))
        count = [multiplicity(d, k) for k in range(LAST + 1)]
        rest_ntk = 2 - sum(l * c for l, c in zip(ntk, count))
        rest_nngp = 1 - sum(l * c for l, c in zip(nngp, count))
        energy = [1, 0, (2 * d - 2) / (d + 2)] + [0] * (LAST - 2)
        total = [e + c * m for e, c, m in zip(energy, count, nngp)]

        def ridge(n, kappa, total=total, rest_nngp=rest_nngp):
            learned = [l / (l + kappa) for l in ntk]
            if sum(a * c for a, c in zip(learned, count)) + rest_ntk / kappa > n:
                return math.inf
            squares = sum(a * a * c for a, c in zip(learned, count))
            bias = sum((1 - a) ** 2 * v for a, v in zip(learned, total)) + rest_nngp
            return n / (n - squares) * (bias + NOISE2) - NOISE2

        def flow(n, t):
            kept = [math.exp(-t * l) for l in ntk]
            return rest_nngp + sum(v * q * q + NOISE2 / n * c * (1 - q) ** 2 for v, q, c in zip(total, kept, count))

        def best(risk, n, low):
            """The least over 10^low .. 10^(low+12), on a grid and then on a finer one around its best point."""
            coarse = min(range(600), key=lambda j: risk(n, 10 ** (low + 0.02 * j)))
            return min(risk(n, 10 ** (low + 0.02 * coarse + 0.0005 * j)) for j in range(-40, 41))

        def mirrored(n, kappa):
            return ridge(n, kappa, energy, 0.0)

        curves = (("ridge", ridge, -12, RIDGE[d]), ("mirrored ridge", mirrored, -12, RIDGE[d]), ("flow", flow, -1, FLOW))
        for name, risk, low, ranges in curves:
            for a, b in ranges:
                slope = math.log(best(risk, b, low) / best(risk, a, low)) / math.log(b / a)
                print(f"d = {d}, {name}, {a} .. {b}: {slope:.6f}")


if __name__ == "__main__":
    main()
