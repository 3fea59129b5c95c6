#!/usr/bin/env python3
"""The kept measure of all images (`ntk whole-set`) beside one by another method: cuSOLVER's eigenvectors, on one large GPU.

    python3 scripts/bench/whole_set_gpu.py DATA_FOLDER OUT mnist fashion-mnist       (cupy and pyarrow; a GPU of 140 GB)
    python3 scripts/bench/whole_set_gpu.py DATA_FOLDER OUT mnist --rows 4000         to see that it runs

Nothing is shared with the library but the published files: K comes from the kernel's formula in double precision, its n
eigenvectors from `cusolverDnXsyevd` (one-stage tridiagonalisation, divide and conquer, back-transformation; the library goes
through a band and has no eigenvectors), coefficients from a product. It writes OUT/whole-set-cusolver.csv: per set the largest
difference of an eigenvalue against n·ε·λ₁, and of a tail Σ_{k≥i} c_k² of labels against the whole, at every kept i. A tail is
compared where i does not cut through eigenvalues that are one to rounding: inside them any basis is right.

With the eigenvectors at hand it also writes what the library has for smaller n only: OUT/whole-set-f0-expected.csv, the tail of f₀ in
expectation, Σ_{k≥i} u_kᵀ K^{RFK} u_k / n, at every kept i; and OUT/whole-set-leave-one-out.csv, leave-one-out errors of labels and of
f₀ in expectation, ridgeless and at several ridges, with generalised cross-validation beside them.
"""

import argparse
import csv
import gzip
import json
import sys
import time
from pathlib import Path

import cupy as cp
import numpy as np
import pyarrow.parquet as pq
from cupy_backends.cuda.libs import cublas, cusolver

KEPT = Path(__file__).resolve().parents[2] / "notebooks" / "results"
BLOCK = 2000


def idx(folder, name, offset):
    plain, packed = folder / name, folder / f"{name}.gz"
    raw = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    return np.frombuffer(raw, np.uint8, offset=offset)


def kernel_rows(x, start, angles):
    """Rows start.. of κ(u)/n, κ(u) = (`angles`·u(π − θ) + sin θ)/π, cos θ = u: the NTK for 2, the covariance of f₀ for 1."""
    n = len(x)
    u = x[start : start + BLOCK] @ x.T
    cp.clip(u, -1, 1, out=u)
    rows = (angles * u * (np.pi - cp.arccos(u)) + cp.sqrt(1 - u * u)) / (np.pi * n)
    # A row with itself: u is 1 but for rounding, and the angle loses half the digits of that.
    rows[cp.arange(len(rows)), cp.arange(start, start + len(rows))] = angles / n
    return rows


def gram(x):
    """K/n of unit rows x (n,d); block by block."""
    k = cp.empty((len(x), len(x)))
    for start in range(0, len(x), BLOCK):
        k[start : start + BLOCK] = kernel_rows(x, start, 2)
    return k


def targets(labels):
    """The label encodings of the library: (name, (n,k))."""
    y = labels.astype(float)
    hot = np.eye(10)[labels]
    return {
        "integer": y[:, None],
        "centred-integer": (y - y.mean())[:, None],
        "one-hot": hot,
        "centred-one-hot": hot - hot.mean(axis=0),
        "parity": (1 - 2 * (labels % 2).astype(float))[:, None],
    }


def decompose(k):
    """Eigenvalues, smallest first, and eigenvectors as rows, which take K's own memory: numpy.linalg.eigh's copies do not fit."""
    n = len(k)
    values, info, double = cp.empty(n), cp.empty(1, np.int32), 1  # CUDA_R_64F
    handle, params = cp.cuda.device.get_cusolver_handle(), cusolver.createParams()
    vector, lower = cusolver.CUSOLVER_EIG_MODE_VECTOR, cublas.CUBLAS_FILL_MODE_LOWER
    shape = (handle, params, vector, lower, n, double, k.data.ptr, n, double, values.data.ptr, double)
    on_device, on_host = cusolver.xsyevd_bufferSize(*shape)
    print(f"workspace {on_device / 1e9:.1f} GB and {on_host / 1e9:.1f} GB on the host", flush=True)
    device, host = cp.empty(on_device, np.int8), np.empty(on_host, np.int8)
    cusolver.xsyevd(*shape, device.data.ptr, on_device, host.ctypes.data, on_host, info.data.ptr)
    if int(info[0]):
        sys.exit(f"cuSOLVER's dsyevd did not converge: info {int(info[0])}")
    return values, k


def compare(name, n, values, rows, labels, folder):
    eigenvalues = pq.read_table(folder / f"whole-set-{name}-eigenvalues.parquet")
    tails = pq.read_table(folder / f"whole-set-{name}-tails.parquet")
    theirs = cp.asnumpy(values)[::-1]
    ours = eigenvalues.column(eigenvalues.column_names[-1]).to_numpy()
    rounding = n * np.finfo(float).eps * ours[0]
    yield {"what": "eigenvalues", "difference": float(np.abs(ours - theirs).max()), "of": "n ε λ₁", "unit": rounding}
    yield {
        "what": "eigenvalues, relative, the worst",
        "difference": float(np.abs(ours / theirs - 1).max()),
        "of": "1",
        "unit": 1.0,
    }
    indices = tails.column("i").to_numpy()
    # c_k of an eigenvalue turns with its neighbours by rounding over their distance.
    gap = (theirs[indices[1:] - 2] - theirs[indices[1:] - 1]) / rounding
    clear = np.concatenate([[True], gap > 1])
    for encoding, y in targets(labels).items():
        energy = ((rows @ cp.asarray(y)) ** 2).sum(axis=1)[::-1] / n
        tail = cp.asnumpy(cp.cumsum(energy[::-1])[::-1])[indices - 1]
        kept = tails.column(encoding).to_numpy()
        yield {
            "what": f"tail, {encoding}",
            "difference": float(np.abs(kept - tail)[clear].max() / kept[0]),
            "of": "Σ c²",
            "unit": 1.0,
            "compared": int(clear.sum()),
            "left out": int((~clear).sum()),
            "relative, the worst": float(np.abs(kept / tail - 1)[clear].max()),
        }


def expected_energies(x, rows):
    """u_kᵀ K^{RFK} u_k / n, smallest eigenvalue first."""
    energies = cp.zeros(len(x))
    for start in range(0, len(x), BLOCK):
        # A block of columns of K^{RFK}/n, which is symmetric.
        product = rows @ kernel_rows(x, start, 1).T
        product *= rows[:, start : start + BLOCK]
        energies += product.sum(axis=1)
    return energies


def left_out(x, values, rows, labels):
    """Leave-one-out errors of labels and of f₀ in expectation, and generalised cross-validation; ridges in mean eigenvalues."""
    n, mean = len(x), float(values.sum()) / len(x)
    for ridge in (0.0, 0.01, 0.1, 1.0, 10.0):
        shrunk = 1 / (values + ridge * mean)
        inverse = (rows * shrunk[:, None]).T @ rows
        diagonal = cp.diag(inverse).copy()
        trace = float(shrunk.sum())
        found = {}
        for encoding, y in targets(labels).items():
            alpha = inverse @ cp.asarray(y)
            found[encoding] = (float(((alpha / diagonal[:, None]) ** 2).sum()) / n, float((alpha**2).sum()) * n / trace**2)
        spread = cp.zeros(n)
        for start in range(0, n, BLOCK):
            product = inverse @ kernel_rows(x, start, 1).T
            product *= inverse[:, start : start + BLOCK]
            spread += product.sum(axis=1)
        # K^{RFK} itself, not over n.
        found["f0-expected"] = (float((spread / diagonal**2).sum()), float(spread.sum()) * n * n / trace**2)
        for target, (error, gcv) in found.items():
            yield {"target": target, "ridge": ridge, "error": error, "gcv": gcv, "kappa": n / trace}
        del inverse


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--rows", type=int, help="only so many rows: nothing is kept for these, so nothing is compared")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    gpu = cp.cuda.runtime.getDeviceProperties(0)["name"].decode()
    found, expected, errors = [], {}, []
    for name in options.sets:
        folder = options.data / name
        images = idx(folder, "train-images-idx3-ubyte", 16).reshape(-1, 784)[: options.rows].astype(float)
        labels = idx(folder, "train-labels-idx1-ubyte", 8)[: options.rows]
        n = len(images)
        start = time.perf_counter()
        x = cp.asarray(images / np.linalg.norm(images, axis=1, keepdims=True))
        k = gram(x)
        cp.cuda.Device().synchronize()
        made = time.perf_counter()
        print(f"{name}: n = {n}, K in {made - start:.1f} s", flush=True)
        trace = float(cp.trace(k))
        values, rows = decompose(k)
        cp.cuda.Device().synchronize()
        taken = time.perf_counter() - made
        print(f"{name}: eigenvectors in {taken:.1f} s; Σλ − trace = {float(values.sum()) - trace:.1e}", flush=True)
        if options.rows:
            one = rows[n // 2]
            residual = cp.abs(gram(x) @ one - values[n // 2] * one).max()
            print(f"{name}: residual of eigenvector {n // 2}: {float(residual):.1e}", flush=True)
        else:
            for line in compare(name, n, values, rows, labels, KEPT):
                line = {"set": name, "n": n, "seconds": round(taken, 1), "gpu": gpu} | line
                print(json.dumps(line, ensure_ascii=False), flush=True)
                found.append(line)
            write(options.out / "whole-set-cusolver.csv", found)
            indices = pq.read_table(KEPT / f"whole-set-{name}-tails.parquet").column("i").to_numpy()
            tail = cp.asnumpy(cp.cumsum(expected_energies(x, rows)))[::-1]
            expected |= {(name, int(i)): float(tail[i - 1]) for i in indices}
            write(options.out / "whole-set-f0-expected.csv", [{"set": s, "i": i, "tail": t} for (s, i), t in expected.items()])
        start = time.perf_counter()
        for line in left_out(x, values, rows, labels):
            errors.append({"set": name, "n": n} | line)
            print(json.dumps(errors[-1], ensure_ascii=False), flush=True)
            write(options.out / "whole-set-leave-one-out.csv", errors)
        print(f"{name}: left out in {time.perf_counter() - start:.1f} s", flush=True)
        del k, values, rows, x
        cp.get_default_memory_pool().free_all_blocks()


def write(path, found):
    columns = list(dict.fromkeys(key for line in found for key in line))
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, columns)
        table.writeheader()
        table.writerows(found)


if __name__ == "__main__":
    sys.exit(main())
