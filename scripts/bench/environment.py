"""Where a comparison runs: a Python environment of its own, and the processor's best kernels for what the peers bring along."""

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[2] / ".tools"
ORIGINAL = "NTK_BENCH_ENVIRONMENT"


def enter(name, *packages):
    """Goes on in the environment `.tools/NAME`, which is made at the first call, with exactly these packages in it.

    Settings of OpenBLAS are left behind: where a machine has them for the OpenBLAS that this library is linked to, they would
    slow down the newer one that numpy brings along. Returns the environment in which ours is to run, with these settings (but
    for a number of threads: both sides use the cores they find).
    """
    folder = TOOLS / name
    if Path(sys.prefix).resolve() != folder.resolve() or ORIGINAL not in os.environ:
        python, stamp = folder / "bin/python", folder / "PACKAGES"
        if not stamp.exists() or stamp.read_text() != " ".join(packages):
            print(f"── Python environment .tools/{name}: {', '.join(packages)}", file=sys.stderr, flush=True)
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True)
            stamp.write_text(" ".join(packages))
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS_", "OMP_", "MKL_"))}
        ours = clean | {name: value for name, value in os.environ.items() if name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
        # neural-tangents imports tensorflow, which has much to say.
        clean |= {ORIGINAL: json.dumps(ours), "TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
        os.execve(python, [str(python), *sys.argv], clean)
    return json.loads(os.environ[ORIGINAL])


def versions(*packages):
    """Of the packages, of Python, and of every BLAS that is loaded, with the kernels that it chose."""
    import threadpoolctl

    found = {name: importlib.metadata.version(name) for name in packages} | {"python": sys.version.split()[0]}
    for library in threadpoolctl.threadpool_info():
        if library["user_api"] == "blas":
            owner = Path(library["filepath"]).parent.name.removesuffix(".libs")
            found[f"BLAS of {owner}"] = (
                f"{library['internal_api']} {library['version']} {library['architecture']}, {library['num_threads']} threads"
            )
    return found


def processor():
    """Its name and the number of cores that this process may use."""
    cpu = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = [line.split(":", 1)[1].strip() for line in cpu.splitlines() if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{names[0] if names else 'unknown processor'}, {cores} cores"
