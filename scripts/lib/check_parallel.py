#!/usr/bin/env python3
"""A grid by the documented line of GNU parallel: one job is killed, the same line repeats it alone, and what is merged is the result of one
process, byte for byte.

    check_parallel.py NTK      the command; skipped with a word where GNU parallel is not here and cannot be installed
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from check_slurm import GRID as WHOLE
from check_slurm import ROOT, TASKS, install, merged_is_whole, wait

# Half of it: killing needs a job that lasts, not many.
GRID = WHOLE.replace("--depth 2,3", "--depth 2")


def line():
    """The line of the command's documentation, with this grid and in place of everyone's jobs."""
    page = (ROOT / "analysis-core/COMMANDS.md").read_text()
    found = re.search(r"^seq 8 \| parallel .*$", page, re.MULTILINE)
    return found[0].replace("ntk drift", f"ntk {GRID}").replace("parallel ", "parallel --will-cite --jobs 2 ")


def of(folder):
    """The processes of ntk that work in this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "comm").read_text().strip() == "ntk" and os.readlink(entry / "cwd") == str(folder):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def main(ntk):
    install({"parallel": "parallel"}, "GNU parallel")
    with tempfile.TemporaryDirectory(prefix="ntk-parallel-") as name:
        folder = Path(name).resolve()
        environment = os.environ | {
            "PATH": f"{Path(ntk).resolve().parent}:{os.environ['PATH']}",
            "NTK_STORE_DIR": str(folder / "store"),
            "RAYON_NUM_THREADS": "1",
            "SHELL": "/bin/sh",
        }
        environment.setdefault("NTK_DATA_DIR", str(ROOT / "data"))
        log = folder / "log"
        quiet = {"cwd": folder, "env": environment, "stdin": subprocess.DEVNULL, "stderr": log.open("ab")}
        first = subprocess.Popen(["bash", "-c", line()], **quiet)
        if not wait(lambda: of(folder), 60):
            sys.exit(f"error: GNU parallel started nothing: {log.read_text()}")
        time.sleep(0.3)
        killed = of(folder)[:1]
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        if first.wait(300) != 1 or not killed:
            sys.exit(f"error: one job was to fail: {first.returncode} did, of the killed {killed}")
        print("   one of 8 jobs killed", flush=True)
        again = subprocess.run(["bash", "-c", line()], timeout=300, **quiet)
        # Nine lines and a heading: eight jobs, and one of them twice.
        jobs = len((folder / "jobs").read_text().splitlines()) - 1
        if again.returncode != 0 or jobs != TASKS + 1:
            sys.exit(f"error: the same line again ended with {again.returncode} after {jobs} jobs: {log.read_text()[-500:]}")
        print("   the same line repeated it alone", flush=True)
        os.environ["NTK_DATA_DIR"] = environment["NTK_DATA_DIR"]
        merged_is_whole(ntk, GRID, [folder / f"part-{index}.json" for index in range(1, TASKS + 1)], folder / "whole")


if __name__ == "__main__":
    main(sys.argv[1])
