#!/usr/bin/env python3
"""Reference values for the kernel tests, to 30 digits, by means the library does not use.

    pip install mpmath gmpy2
    python kernels.py relu > relu.tsv          # seconds
    python kernels.py dual > dual.tsv          # some minutes

relu.tsv: NNGP and NTK of ReLU networks, composed from the textbook formulas at 200 digits.
dual.tsv: E[phi(x)phi(y)] and E[phi'(x)phi'(y)] of one layer:
    smooth phi  two-dimensional trapezoidal rule (exponentially convergent for analytic phi) in z, w with x = r1 z,
                y = r2 (c z + s w);
    kinked phi  the inner expectation over y given x in closed form (normal distribution functions), the outer integral
                by mpmath's adaptive quadrature, split at the kinks and where they sweep past;
    sin, cos    E exp(i(x ± y)) in closed form.
Numbers in the input columns are doubles, written with 17 digits, and taken as exactly those doubles.
"""
import sys
from mpmath import mp, mpf, acos, sqrt, pi, cos, sin, exp, log1p, erf, erfc, tanh, cosh, sinh, quad, nstr

THETAS = [1e-30, 1e-20, 1e-12, 1e-8, 1e-4, 0.01, 0.3, 0.9, 1.0, 1.1, 1.5, 1.5707963267948966, 1.7, 2.0, 2.1, 2.2, 2.6]
SUPPLEMENTS = [1e-30, 1e-20, 1e-12, 1e-8, 1e-4, 0.01, 0.3, 0.5]


def angle(kind, value):
    a = mpf(value)
    return a if kind == "theta" else pi - a


def kappa0(u):
    return (pi - acos(u)) / pi


def kappa1(u):
    return (sqrt(1 - u * u) + u * (pi - acos(u))) / pi


def relu():
    mp.dps = 200
    print("angle_kind\tangle\thidden_layers\tnngp\tntk")
    for kind, values in (("theta", THETAS), ("supplement", SUPPLEMENTS)):
        for value in values:
            u = cos(angle(kind, value))
            sigma, theta = u, u
            for layer in range(1, 21):
                theta = kappa1(sigma) + theta * kappa0(sigma)
                sigma = kappa1(sigma)
                if layer in (1, 2, 3, 5, 10, 20):
                    print(f"{kind}\t{value!r}\t{layer}\t{nstr(sigma, 30)}\t{nstr(theta, 30)}")


def phi_normal(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


def cdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def gelu(x):
    return x * cdf(x)


def sigmoid(x):
    return 1 / (1 + exp(-x))


SMOOTH = {  # phi, phi', half-width of the strip in which phi is analytic and tame
    "tanh": (tanh, lambda x: 1 / cosh(x) ** 2, 1.5),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x)), 3.0),
    "gelu": (gelu, lambda x: cdf(x) + x * phi_normal(x), 2.0),
    "silu": (lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x))), 3.0),
    "softplus": (lambda x: log1p(exp(x)), sigmoid, 3.0),
    "erf": (erf, lambda x: 2 / sqrt(pi) * exp(-x * x), 1.5),
}


def smooth(name, r1, r2, theta):
    """The step: analytic in a strip of half-width a/r, error exp(-2 pi a/(r h)); 34 digits asked for."""
    phi, slope, a = SMOOTH[name]
    c, s = cos(theta), sin(theta)
    reach = mpf("12.6")  # exp(-reach^2/2) = 3e-35
    digits = mpf(34) * mp.log(10)
    h1 = 2 * pi * a / (max(r1, r2 * abs(c)) * 1 + mpf("0.4")) / digits
    # The strip in w is wider by 1/s; the Gaussian itself asks for h <= 2 pi / sqrt(2 digits).
    h1 = min(h1, pi / sqrt(2 * digits) * 2)
    h2 = min(2 * pi * a / (r2 * s + mpf("0.4")) / digits, 2 * pi / sqrt(2 * digits))
    n1, n2 = int(reach / h1) + 1, int(reach / h2) + 1
    w = [(h2 * j, phi_normal(h2 * j) * h2) for j in range(-n2, n2 + 1)]
    value = derivative = mpf(0)
    for i in range(-n1, n1 + 1):
        z = h1 * i
        weight = phi_normal(z) * h1
        iv = id_ = mpf(0)
        for wj, pj in w:
            y = r2 * (c * z + s * wj)
            iv += pj * phi(y)
            id_ += pj * slope(y)
        value += weight * phi(r1 * z) * iv
        derivative += weight * slope(r1 * z) * id_
    return value, derivative


# Kinked: E over y ~ N(m, v^2) in closed form.
def upper_linear(m, v, t):  # E[(y - t)+]
    a = (m - t) / v
    return (m - t) * cdf(a) + v * phi_normal(a)


def leaky_inner(m, v):
    return mpf(0.1) * m + (1 - mpf(0.1)) * upper_linear(m, v, mpf(0))


def hardtanh_inner(m, v):  # clip(y, -1, 1) = -1 + (y+1)+ - (y-1)+
    return -1 + upper_linear(m, v, mpf(-1)) - upper_linear(m, v, mpf(1))


def shifted_inner(m, v):  # |y - 0.7|
    t = mpf(0.7)
    return 2 * upper_linear(m, v, t) - (m - t)


def elu_inner(m, v, a):  # y for y > 0, a (exp(y) - 1) below: phi' jumps by a - 1
    below = exp(m + v * v / 2) * cdf(-(m + v * v) / v) - cdf(-m / v)
    return upper_linear(m, v, mpf(0)) + a * below


def relu_inner(m, v):
    return upper_linear(m, v, mpf(0))


def relu2_inner(m, v):
    a = m / v
    return (m * m + v * v) * cdf(a) + m * v * phi_normal(a)


def relu3_inner(m, v):
    a = m / v
    return (m**3 + 3 * m * v * v) * cdf(a) + (m * m * v + 2 * v**3) * phi_normal(a)


KINKED = {  # phi, inner, phi', inner', kinks
    "leaky": (lambda x: x if x > 0 else mpf(0.1) * x, leaky_inner,
              lambda x: mpf(1) if x > 0 else mpf(0.1), lambda m, v: mpf(0.1) + (1 - mpf(0.1)) * cdf(m / v), [mpf(0)]),
    "hardtanh": (lambda x: max(mpf(-1), min(mpf(1), x)), hardtanh_inner,
                 lambda x: mpf(1) if abs(x) < 1 else mpf(0), lambda m, v: cdf((m + 1) / v) - cdf((m - 1) / v),
                 [mpf(-1), mpf(1)]),
    "shifted": (lambda x: abs(x - mpf(0.7)), shifted_inner,
                lambda x: mpf(1) if x > mpf(0.7) else mpf(-1), lambda m, v: 2 * cdf((m - mpf(0.7)) / v) - 1, [mpf(0.7)]),
    "steep-elu": (lambda x: x if x > 0 else 2 * (exp(x) - 1), lambda m, v: elu_inner(m, v, 2),
            lambda x: mpf(1) if x > 0 else 2 * exp(x),
            lambda m, v: cdf(m / v) + 2 * exp(m + v * v / 2) * cdf(-(m + v * v) / v), [mpf(0)]),
    "elu": (lambda x: x if x > 0 else exp(x) - 1, lambda m, v: elu_inner(m, v, 1),
            lambda x: mpf(1) if x > 0 else exp(x),
            lambda m, v: cdf(m / v) + exp(m + v * v / 2) * cdf(-(m + v * v) / v), [mpf(0)]),
    "relu^1": (lambda x: x if x > 0 else mpf(0), relu_inner, lambda x: mpf(1) if x > 0 else mpf(0),
               lambda m, v: cdf(m / v), [mpf(0)]),
    "relu^2": (lambda x: x * x if x > 0 else mpf(0), relu2_inner, lambda x: 2 * x if x > 0 else mpf(0),
               lambda m, v: 2 * relu_inner(m, v), [mpf(0)]),
    "relu^3": (lambda x: x**3 if x > 0 else mpf(0), relu3_inner, lambda x: 3 * x * x if x > 0 else mpf(0),
               lambda m, v: 3 * relu2_inner(m, v), [mpf(0)]),
}


def kinked(name, r1, r2, theta):
    phi, inner, slope, inner_slope, kinks = KINKED[name]
    c, s = cos(theta), sin(theta)
    reach = mpf(13)
    points = {-reach, reach, mpf(0), mpf(-4), mpf(4)}
    for k in kinks:
        points.add(k / r1)
        if c != 0:
            centre, width = k / (r2 * c), s / abs(c)
            points.add(centre)
            for f in (0.3, 1, 3, 6, 10, 14):
                points.add(centre - f * width)
                points.add(centre + f * width)
    points = sorted(p for p in points if -reach <= p <= reach)
    results = []
    for f, g in ((phi, inner), (slope, inner_slope)):
        total = mpf(0)
        for a, b in zip(points, points[1:]):
            middle = (a + b) / 2
            eps = (b - a) * mpf("1e-55")
            # Open ends: phi' is taken from inside the piece.
            total += quad(lambda z: f(r1 * z) * g(r2 * c * z, r2 * s) * phi_normal(z), [a + eps, middle, b - eps])
        results.append(total)
    return results


# E sin x sin y = (E cos(x - y) - E cos(x + y))/2, and so on.
def waves(name, r1, r2, theta):
    decay, product = exp(-(r1 * r1 + r2 * r2) / 2), r1 * r2 * cos(theta)
    sines, cosines = decay * sinh(product), decay * cosh(product)
    return (sines, cosines) if name == "sin" else (cosines, sines)


def dual():
    mp.dps = 40
    print("activation\tr1\tr2\tangle_kind\tangle\tvalue\tderivative")
    angles = [("theta", a) for a in (1e-12, 1e-5, 0.05, 0.7, 1.6, 2.4)] + [("supplement", a) for a in (0.05, 1e-5, 1e-12)]

    def emit(name, r1, r2, kind, a, f):
        value, derivative = f(name, mpf(r1), mpf(r2), angle(kind, a))
        print(f"{name}\t{r1!r}\t{r2!r}\t{kind}\t{a!r}\t{nstr(value, 30)}\t{nstr(derivative, 30)}", flush=True)

    for name in KINKED:
        for r1, r2 in ((1.0, 1.0), (0.1, 0.1), (6.0, 6.0), (0.5, 2.0), (1.0, 1.0009765625), (30.0, 1.0)):
            for kind, a in angles:
                emit(name, r1, r2, kind, a, kinked)
    for name in ("sin", "cos"):
        for r1, r2 in ((1.0, 1.0), (0.1, 0.1), (3.0, 3.0), (0.5, 2.0)):
            for kind, a in angles:
                emit(name, r1, r2, kind, a, waves)
    mp.dps = 36
    for name in SMOOTH:
        for r1, r2 in ((1.0, 1.0), (0.1, 0.1), (2.5, 2.5), (0.5, 1.5)):
            for kind, a in angles[1::2]:
                emit(name, r1, r2, kind, a, smooth)
    for name in ("tanh", "gelu"):
        emit(name, 6.0, 6.0, "theta", 0.05, smooth)
        emit(name, 6.0, 3.0, "theta", 2.4, smooth)


if __name__ == "__main__":
    {"relu": relu, "dual": dual}[sys.argv[1]]()
