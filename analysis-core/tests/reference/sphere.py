#!/usr/bin/env python3
"""Reference eigenvalues of ReLU kernels on the sphere S^(d-1), by means the library does not use.

    pip install mpmath gmpy2
    python sphere.py > sphere.tsv          # some minutes

lambda_k = c_d int_0^pi kappa(cos t) P_k(cos t) sin(t)^(d-2) dt with P_k(1) = 1 and c_d int sin^(d-2) = 1, at 80 digits:
the trapezoidal rule after t = (pi/2)(1 + tanh((pi/2) sinh s)) (double exponential; the library uses Gauss-Legendre panels
in double-double), kappa composed from the textbook formulas in u, P_k by Gegenbauer's recursion. The rule is run at two
steps, and a row is printed only if they agree to 25 digits of the eigenvalue.
"""
import sys
import gmpy2
from gmpy2 import mpfr, acos, sqrt, sin, cos, tanh, sinh, cosh

gmpy2.get_context().precision = 270
PI = gmpy2.const_pi()
DIMENSIONS = [2, 3, 4, 5, 6, 10]
DEGREES = [0, 1, 2, 3, 4, 5, 10, 11, 40, 41, 100, 101, 160, 161, 400, 401, 1000, 1001]
KERNELS = [(kind, layers, bias) for kind in ("ntk", "nngp") for layers, bias in ((1, 0), (2, 0), (3, 0), (1, 1), (2, 1))]


def kernel(u):
    """Every kernel of KERNELS at u, bias: 2 kappa((1 + u)/2)."""
    values = {}
    for bias in (0, 1):
        sigma = (1 + u) / 2 if bias else u
        theta, factor = sigma, 2 if bias else 1
        for layer in range(1, 4):
            angle = acos(max(mpfr(-1), min(mpfr(1), sigma)))
            first = (sqrt(max(mpfr(0), 1 - sigma * sigma)) + sigma * (PI - angle)) / PI
            theta = first + theta * (PI - angle) / PI
            sigma = first
            values["nngp", layer, bias] = factor * sigma
            values["ntk", layer, bias] = factor * theta
    return [values[k] for k in KERNELS]


def nodes(step):
    """t, dt of the double exponential rule on (0, pi)."""
    result, limit = [], int(mpfr("4.8") / step)
    for j in range(-limit, limit + 1):
        s = j * step
        inner = PI / 2 * sinh(s)
        weight = PI / 2 * (PI / 2 * cosh(s)) / cosh(inner) ** 2 * step
        # 1 + tanh without cancellation at the left end.
        t = PI / (1 + gmpy2.exp(-2 * inner))
        if weight > mpfr("1e-78"):
            result.append((t, weight))
    return result


def eigenvalues(d, rule, kappas):
    """{(kernel, degree): value}."""
    total = [[mpfr(0)] * len(KERNELS) for _ in DEGREES]
    norm = mpfr(0)
    wanted = {k: i for i, k in enumerate(DEGREES)}
    coefficients = [(mpfr(2 * k + d - 2) / (k + d - 2), mpfr(k) / (k + d - 2)) for k in range(1, DEGREES[-1] + 1)]
    for (t, w), kappa in zip(rule, kappas):
        w = w * sin(t) ** (d - 2)
        norm += w
        u = cos(t)
        weighted = [w * value for value in kappa]
        before, value = mpfr(1), u
        for p, row in ((before, 0), (value, 1)):
            for i, f in enumerate(weighted):
                total[row][i] += f * p
        for k, (a, b) in enumerate(coefficients, start=1):
            before, value = value, a * u * value - b * before
            row = wanted.get(k + 1)
            if row is not None:
                for i, f in enumerate(weighted):
                    total[row][i] += f * value
    return [[value / norm for value in row] for row in total]


def main():
    print("kind\thidden_layers\tbias\td\tdegree\teigenvalue")
    # cos(1000 t) asks for a step that resolves it in the middle, where dt/ds = pi^2/4.
    rules = [nodes(mpfr(1) / n) for n in (1400, 1700)]
    kappas = [[kernel(cos(t)) for t, _ in rule] for rule in rules]
    for d in DIMENSIONS:
        coarse, fine = (eigenvalues(d, rule, values) for rule, values in zip(rules, kappas))
        for row, degree in enumerate(DEGREES):
            for i, (kind, layers, bias) in enumerate(KERNELS):
                value = fine[row][i]
                exact_zero = layers == 1 and bias == 0 and degree >= 3 and degree % 2 == 1
                error = abs(value - coarse[row][i])
                if exact_zero:
                    assert abs(value) < mpfr("1e-40"), (kind, d, degree, value)
                    text = "0"
                else:
                    assert error < abs(value) * mpfr("1e-25"), (kind, layers, bias, d, degree, value, error)
                    text = f"{value:.25e}"
                print(f"{kind}\t{layers}\t{bias}\t{d}\t{degree}\t{text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
