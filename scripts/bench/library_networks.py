"""The networks that `ntk drift` begins with, made again without the library: its seeds, ChaCha8 and the ziggurat, in numba.

A seed's stream has the key SHA-256("ntk-stream-1", seed, length of the name, name, index); a cell's seed is the first eight
bytes of such a key. Weights are drawn row by row, layer by layer, then biases (`analysis-core/src/{seed,network/parameters}.rs`).
"""

import hashlib
import math

import numba
import numpy as np


def key(seed, name, index):
    name = name.encode()
    parts = [b"ntk-stream-1", seed.to_bytes(8, "little"), len(name).to_bytes(8, "little"), name, index.to_bytes(8, "little")]
    return hashlib.sha256(b"".join(parts)).digest()


def cell_seed(seed, activation, depth, width, sigma_w2, sigma_b2, trial):
    number = lambda v: f"{v:g}"
    name = f"drift {activation} H={depth} M={width} w={number(sigma_w2)} b={number(sigma_b2)}"
    return int.from_bytes(key(seed, name, trial)[:8], "little")


@numba.njit(inline="always")
def rotate(v, by):
    return (v << np.uint32(by)) | (v >> np.uint32(32 - by))


@numba.njit(inline="always")
def quarter(s, a, b, c, d):
    s[a] += s[b]
    s[d] = rotate(s[d] ^ s[a], 16)
    s[c] += s[d]
    s[b] = rotate(s[b] ^ s[c], 12)
    s[a] += s[b]
    s[d] = rotate(s[d] ^ s[a], 8)
    s[c] += s[d]
    s[b] = rotate(s[b] ^ s[c], 7)


@numba.njit
def chacha8(words, count):
    """`count` numbers of 64 bits: ChaCha with 8 rounds, counter from 0, stream 0 (RFC 8439's block with a 64-bit counter)."""
    out = np.empty((count + 7) // 8 * 8, np.uint64)
    first, state = np.zeros(16, np.uint32), np.empty(16, np.uint32)
    first[:4] = np.array([0x61707865, 0x3320646E, 0x79622D32, 0x6B206574], np.uint32)
    first[4:12] = words
    for block in range(len(out) // 8):
        first[12], first[13] = np.uint32(block & 0xFFFFFFFF), np.uint32(block >> 32)
        state[:] = first
        for _ in range(4):
            quarter(state, 0, 4, 8, 12)
            quarter(state, 1, 5, 9, 13)
            quarter(state, 2, 6, 10, 14)
            quarter(state, 3, 7, 11, 15)
            quarter(state, 0, 5, 10, 15)
            quarter(state, 1, 6, 11, 12)
            quarter(state, 2, 7, 8, 13)
            quarter(state, 3, 4, 9, 14)
        for pair in range(8):
            # numba adds two numbers of 32 bits as numbers of 64: what is carried is cut off here, and in `state` above.
            low, high = np.uint32(state[2 * pair] + first[2 * pair]), np.uint32(state[2 * pair + 1] + first[2 * pair + 1])
            out[8 * block + pair] = np.uint64(low) | (np.uint64(high) << np.uint64(32))
    return out[:count]


def table(r=3.654152885361008796):
    """Edges of the 256 layers of the ziggurat of exp(−x²/2), of equal area, from the outside in; the outermost has the tail.

    Within 1e-10 of the table of `rand_distr`: a network's loss is the library's to some 1e-11.
    """
    area = r * math.exp(-r * r / 2) + math.sqrt(math.pi / 2) * math.erfc(r / math.sqrt(2))
    x = [area / math.exp(-r * r / 2), r]
    while len(x) < 256:
        x.append(math.sqrt(-2 * math.log(area / x[-1] + math.exp(-x[-1] ** 2 / 2))))
    return np.array(x + [0.0])


X = table()
F = np.exp(-(X**2) / 2)


@numba.njit
def ziggurat(bits, count, x_table, f_table):
    """`count` standard normal numbers from a stream of 64-bit numbers, as `rand_distr` draws them; how many bits were used."""
    out, at = np.empty(count), 0
    one, open_one = 2.0**-53, 2.0**-52
    for place in range(count):
        while True:
            word = bits[at]
            at += 1
            layer = int(word & np.uint64(0xFF))
            u = float(word >> np.uint64(12)) * open_one * 2 - 1
            x = u * x_table[layer]
            if abs(x) < x_table[layer + 1]:
                break
            if layer == 0:
                x, y = 1.0, 0.0
                while -2 * y < x * x:
                    x = math.log((float(bits[at] >> np.uint64(12)) + 0.5) * open_one) / x_table[1]
                    y = math.log((float(bits[at + 1] >> np.uint64(12)) + 0.5) * open_one)
                    at += 2
                x = x - x_table[1] if u < 0 else x_table[1] - x
                break
            uniform = float(bits[at] >> np.uint64(11)) * one
            at += 1
            if f_table[layer + 1] + (f_table[layer] - f_table[layer + 1]) * uniform < math.exp(-x * x / 2):
                break
        out[place] = x
    return out, at


def normals(seed, name, index, shape):
    count = math.prod(shape)
    words = np.frombuffer(key(seed, name, index), "<u4")
    bits = chacha8(words, count + count // 20 + 256)
    drawn, used = ziggurat(bits, count, X, F)
    assert used < len(bits), "a stream's numbers did not suffice"
    return drawn.reshape(shape)


def network(seed, inputs, hidden_layers, width, outputs, sigma_w2, sigma_b2):
    """[(W (units above, units below), b)], standard parametrisation: variances σ_w²/(units below) and σ_b²."""
    sizes = [inputs] + [width] * hidden_layers + [outputs]
    layers = range(1, len(sizes))
    weights = [normals(seed, "network-weights", l, (sizes[l], sizes[l - 1])) * (sigma_w2 / sizes[l - 1]) ** 0.5 for l in layers]
    biases = [normals(seed, "network-biases", l, (sizes[l],)) * sigma_b2**0.5 for l in layers]
    return list(zip(weights, biases))
