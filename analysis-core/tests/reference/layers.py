#!/usr/bin/env python3
"""Writes layers.tsv: the NNGP and NTK of networks with residual connections and LayerNorm, to 25 digits, from 60 of mpmath.

    layers.py                       write layers.tsv
    layers.py --neural-tangents     also compare with neural-tangents 0.6.5 (jax 0.4.30), in double precision

The recursion is written with plain covariances, as the papers have it: cancellation costs nothing at 60 digits.
"""

import json
import sys
import warnings
from pathlib import Path

from mpmath import acos, asin, cosh, exp, mp, mpf, nstr, pi, sinh, sqrt

mp.dps = 60


def dense(w, b):
    return {"dense": {"sigma_w2": w, "sigma_b2": b}}


def phi(name):
    return {"activation": name}


def residual(scale, *block):
    return {"residual": {"block": list(block), "scale": scale}}


NORM = "layer-norm"
RELU, ERF, SIN, LEAKY = phi("relu"), phi("erf"), phi("sin"), phi("leaky-relu:0.1")
NETWORKS = [
    [dense(2.0, 0.1), RELU, dense(1.5, 0.3)],
    [dense(2.0, 0.1), residual(0.5, RELU, dense(2.0, 0.1)), RELU, dense(2.0, 0.0)],
    [dense(2.0, 0.0)] + 10 * [residual(0.3, RELU, dense(2.0, 0.0))] + [RELU, dense(1.0, 0.0)],
    [dense(1.5, 0.3), NORM, RELU, dense(2.0, 0.1), NORM, RELU, dense(1.0, 0.0)],
    [dense(1.0, 0.2)] + 3 * [residual(1.0, NORM, RELU, dense(2.0, 0.1), RELU, dense(2.0, 0.0))] + [NORM],
    [dense(1.0, 0.2), residual(0.7, NORM, ERF, dense(1.3, 0.1)), NORM, ERF, dense(2.0, 0.4)],
    [dense(1.0, 0.0), residual(1.0, dense(0.5, 0.1), residual(0.4, ERF, dense(2.0, 0.0))), ERF, dense(1.0, 0.1)],
    [dense(1.0, 0.1), residual(0.6, dense(2.0, 0.0)), dense(1.2, 0.1)],
    [dense(1.0, 0.1), NORM, residual(0.5, SIN, dense(1.1, 0.2)), NORM, SIN, dense(1.0, 0.0)],
    [dense(1.0, 0.1), NORM, residual(0.5, LEAKY, dense(1.1, 0.2)), NORM, LEAKY, dense(1.0, 0.0)],
]
# Apart, 1e-8 apart, 1e-3 times as long and opposite to the first.
FIRST = [0.9, -0.4, 1.3, 0.2]
ROWS = [FIRST, [-0.2, 1.1, 0.5, -0.7], [0.9, -0.4, 1.3, 0.20000001], [-0.0009, 0.0004, -0.0013, -0.0002]]


def kappa(angle):
    """κ₀/2 and κ₁/2 (Cho and Saul 2009)."""
    c = mp.cos(angle)
    return (pi - angle) / (2 * pi), (mp.sin(angle) + (pi - angle) * c) / (2 * pi)


def moments(name, x, y, c):
    """E φ(u)φ(v) and E φ'(u)φ'(v) for variances x and y and covariance c."""
    if name == "erf":
        root = sqrt((1 + 2 * x) * (1 + 2 * y))
        return 2 / pi * asin(2 * c / root), 4 / pi / sqrt((1 + 2 * x) * (1 + 2 * y) - 4 * c * c)
    if name == "sin":
        damped = exp(-(x + y) / 2)
        return damped * sinh(c), damped * cosh(c)
    slope = mpf(float(name.split(":")[1])) if ":" in name else mpf(0)
    scale = sqrt(x * y)
    angle = acos(min(mpf(1), max(mpf(-1), c / scale)))
    (k0, k1), (_, opposite) = kappa(angle), kappa(pi - angle)
    value = scale * ((1 + slope**2) * k1 - 2 * slope * opposite)
    return value, (1 + slope**2) * k0 + 2 * slope * (mpf(1) / 2 - k0)


def through(layers, state):
    """(Σ(x,x), Σ(y,y), Σ(x,y), Θ(x,y)) behind the layers."""
    for layer in layers:
        x, y, c, t = state
        if layer == NORM:
            scale = sqrt(x * y)
            state = mpf(1), mpf(1), c / scale, t / scale
            continue
        ((kind, what),) = layer.items()
        if kind == "dense":
            w, b = mpf(what["sigma_w2"]), mpf(what["sigma_b2"])
            state = w * x + b, w * y + b, w * c + b, w * c + b + w * t
        elif kind == "activation":
            value, slope = moments(what, x, y, c)
            state = moments(what, x, x, x)[0], moments(what, y, y, y)[0], value, slope * t
        else:
            block, square = through(what["block"], state), mpf(what["scale"]) ** 2
            state = tuple(a + square * b for a, b in zip(state, block))
    return state


def kernels(layers, x, y):
    x, y = [mpf(v) for v in x], [mpf(v) for v in y]
    inner = lambda a, b: sum(p * q for p, q in zip(a, b)) / len(a)  # noqa: E731
    return through(layers, (inner(x, x), inner(y, y), inner(x, y), mpf(0)))[2:]


def stax_of(layers):
    """The same network in neural-tangents; a block's scale goes into its last Dense."""
    from neural_tangents import stax

    activations = {"relu": stax.Relu, "erf": stax.Erf, "sin": stax.Sin, "leaky-relu:0.1": lambda: stax.LeakyRelu(0.1)}
    made = []
    for layer in layers:
        if layer == NORM:
            made.append(stax.LayerNorm(eps=0.0))
            continue
        ((kind, what),) = layer.items()
        if kind == "dense":
            made.append(stax.Dense(1, what["sigma_w2"] ** 0.5, what["sigma_b2"] ** 0.5, parameterization="ntk"))
        elif kind == "activation":
            made.append(activations[what]())
        else:
            block, scale = json.loads(json.dumps(what["block"])), what["scale"]
            if scale != 1:
                block[-1]["dense"] = {name: scale**2 * value for name, value in block[-1]["dense"].items()}
            branches = stax.parallel(stax.Identity(), stax_of(block))
            made.append(stax.serial(stax.FanOut(2), branches, stax.FanInSum()))
    return stax.serial(*made)


def compare():
    """The largest |K − K'|/√(K_ii K_jj): of the pairs apart, of the pair 1e-8 apart, on the diagonal."""
    import jax

    warnings.filterwarnings("ignore", message="`FanIn` layers assume")
    jax.config.update("jax_enable_x64", True)
    import numpy as np

    x = np.array(ROWS)
    for layers in NETWORKS:
        found = stax_of(layers)[2](x, None, ("nngp", "ntk"))
        truth = [[kernels(layers, a, b) for b in ROWS] for a in ROWS]
        worst = {}
        for which, theirs in enumerate((found.nngp, found.ntk)):
            ours = np.array([[float(pair[which]) for pair in row] for row in truth])
            diagonal = np.sqrt(np.outer(np.diag(ours), np.diag(ours)))
            error = np.abs(np.asarray(theirs) - ours) / diagonal
            near = max(error[0, 2], error[2, 0])
            error[0, 2] = error[2, 0] = 0
            own = np.diag(error).max()
            np.fill_diagonal(error, 0)
            worst[("nngp", "ntk")[which]] = tuple(f"{float(v):.0e}" for v in (error.max(), near, own))
        print(worst, json.dumps(layers)[:100])


def main():
    lines = ["network\tx\ty\tnngp\tntk"]
    for layers in NETWORKS:
        for i, x in enumerate(ROWS):
            for y in ROWS[: i + 1]:
                values = "\t".join(nstr(value, 25) for value in kernels(layers, x, y))
                rows = "\t".join(",".join(map(repr, row)) for row in (x, y))
                lines.append(f"{json.dumps({'layers': layers})}\t{rows}\t{values}")
    Path(__file__).with_suffix(".tsv").write_text("\n".join(lines) + "\n")
    if "--neural-tangents" in sys.argv:
        compare()


if __name__ == "__main__":
    main()
