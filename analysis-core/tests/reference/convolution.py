#!/usr/bin/env python3
"""Reference values for convolutional kernels, to 30 digits: the recursion over all pairs of positions, written as it stands in the
papers (Arora et al. 2019, section 4; Novak et al. 2019), with nothing of the library's.

    pip install mpmath gmpy2
    python convolution.py > convolution.tsv          # a minute

Images are numbers[position][channel]; they are written as the library's rows, channel by channel, in 17 digits, and taken as exactly
those doubles.
"""
import itertools
import random

from mpmath import acos, asin, mp, mpf, nstr, pi, sqrt

mp.dps = 60
random.seed(14)


def dual(activation, xx, yy, xy):
    """E φ(u)φ(v) and E φ'(u)φ'(v) of centred normal u, v of these variances and this covariance."""
    if activation == "erf":
        a, b = 1 + 2 * xx, 1 + 2 * yy
        return 2 / pi * asin(2 * xy / sqrt(a * b)), 4 / pi / sqrt(a * b - 4 * xy * xy)
    slope = mpf(0.125) if activation == "leaky-relu:0.125" else mpf(0)
    r = sqrt(xx * yy)
    if r == 0:
        return mpf(0), mpf(0)
    u = max(mpf(-1), min(mpf(1), xy / r))

    # E relu(u)relu(v), and both slopes 1; then φ(t) = relu(t) − slope·relu(−t).
    def relu(c):
        return r * (sqrt(1 - c * c) + c * (pi - acos(c))) / (2 * pi), (pi - acos(c)) / (2 * pi)

    (same, one), (other, two) = relu(u), relu(-u)
    return (1 + slope**2) * same - 2 * slope * other, (1 + slope**2) * one + 2 * slope * two


def kernel(shape, filters, padding, readout, activation, depth, sigma_w2, sigma_b2, x, y):
    height, width = shape
    images = {"x": x, "y": y}
    names = [("x", "x"), ("y", "y"), ("x", "y")]
    # (image, image) -> {((line, column), (line, column)): covariance}
    current = {
        (a, b): {
            (p, q): sum(mpf(s) * mpf(t) for s, t in zip(images[a][p[0] * width + p[1]], images[b][q[0] * width + q[1]])) / len(x[0])
            for p in itertools.product(range(height), range(width))
            for q in itertools.product(range(height), range(width))
        }
        for a, b in names
    }
    reach = filters // 2

    def convolved(values, height, width):
        """The mean over the filter, which moves both positions alike."""
        if padding == "valid":
            new = height - 2 * reach, width - 2 * reach
        else:
            new = height, width

        def at(p, q):
            total = mpf(0)
            for dy in range(-reach, reach + 1):
                for dx in range(-reach, reach + 1):
                    both = [(p[0] + dy, p[1] + dx), (q[0] + dy, q[1] + dx)]
                    if padding == "valid":
                        both = [(line + reach, column + reach) for line, column in both]
                    if padding == "circular":
                        both = [(line % height, column % width) for line, column in both]
                    if all(0 <= line < height and 0 <= column < width for line, column in both):
                        total += values[tuple(both)]
            return total / filters**2

        places = list(itertools.product(range(new[0]), range(new[1])))
        return {(p, q): at(p, q) for p in places for q in places}, new

    w, b = mpf(sigma_w2), mpf(sigma_b2)
    tangent = None
    for layer in range(depth):
        size = (height, width)
        sigma = {}
        for name in names:
            values, (height, width) = convolved(current[name], *size)
            sigma[name] = {place: w * value + b for place, value in values.items()}
        if tangent is None:
            theta = {name: dict(sigma[name]) for name in names}
        else:
            theta = {}
            for name in names:
                values, _ = convolved(tangent[name], *size)
                theta[name] = {place: sigma[name][place] + w * value for place, value in values.items()}
        current, tangent = {}, {}
        for a, c in names:
            current[a, c], tangent[a, c] = {}, {}
            for (p, q), covariance in sigma[a, c].items():
                value, slope = dual(activation, sigma[a, a][p, p], sigma[c, c][q, q], covariance)
                current[a, c][p, q] = value
                tangent[a, c][p, q] = slope * theta[a, c][p, q]
    results = []
    for name in names:
        chosen = [place for place in current[name] if readout == "pool" or place[0] == place[1]]
        mean = lambda values: sum(values[place] for place in chosen) / len(chosen)
        nngp = w * mean(current[name]) + b
        results += [nngp, nngp + w * mean(tangent[name])]
    return results


def normal(shape, channels):
    return [[round(random.gauss(0, 1), 3) for _ in range(channels)] for _ in range(shape[0] * shape[1])]


def row(image):
    return ",".join(repr(image[p][c]) for c in range(len(image[0])) for p in range(len(image)))


def pairs(shape, channels):
    x, y = normal(shape, channels), normal(shape, channels)
    yield "apart", x, y
    yield "near", x, [[a + 1e-7 * b for a, b in zip(p, q)] for p, q in zip(x, y)]
    yield "multiple", x, [[3 * a for a in p] for p in x]
    yield "opposite", x, [[-a for a in p] for p in x]
    # Mostly background, as digits are: neighbourhoods without anything, and such that share one pixel.
    dots = [[0.0] * channels for _ in x]
    other = [[0.0] * channels for _ in x]
    dots[4], other[4], dots[5] = [0.75] * channels, [0.3125] * channels, [0.1] * channels
    yield "dots", dots, other


def main():
    print("pair\timage\tfilters\tactivation\tdepth\tsigma_w2\tsigma_b2\tx\ty\tnngp_xx\tntk_xx\tnngp_yy\tntk_yy\tnngp_xy\tntk_xy")
    small = ((1, "zero", (1, 3)), (3, "zero", (1, 2, 3)), (3, "circular", (1, 3)), (3, "valid", (1,)))
    wide = ((5, "zero", (2,)), (5, "circular", (2,)), (3, "valid", (2,)))
    for shape, channels, layers in (((3, 4), 2, small), ((5, 3), 1, small), ((6, 5), 1, wide)):
        for name, x, y in pairs(shape, channels):
            if channels == 1 and name != "apart":
                continue
            for filters, padding, depths in layers:
                for readout in ("flatten", "pool"):
                    for activation, sigma_w2, sigma_b2 in (("relu", 2.0, 0.0), ("relu", 1.5, 0.25), ("leaky-relu:0.125", 1.75, 0.0), ("erf", 1.5, 0.25)):
                        if padding != "zero" and activation == "leaky-relu:0.125":
                            continue
                        for depth in depths:
                            if name == "dots" and sigma_b2 == 0 and padding == "valid":
                                continue
                            values = kernel(shape, filters, padding, readout, activation, depth, sigma_w2, sigma_b2, x, y)
                            setting = [name, f"{shape[0]}x{shape[1]}x{channels}", f"{filters}:{padding}:{readout}", activation, depth, sigma_w2, sigma_b2]
                            print(*setting, row(x), row(y), *(nstr(value, 30) for value in values), sep="\t")


if __name__ == "__main__":
    main()
