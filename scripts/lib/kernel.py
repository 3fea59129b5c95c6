#!/usr/bin/env python3
"""Start one evcxr kernel for Jupyter:  kernel.py CONNECTION_FILE

Each kernel gets a build folder of its own (two on one folder disturb each other), linked from the seed in a fraction of a
second. An edit of the library is noticed here: the seed is brought up to date first. The folder of a kernel that is gone is
removed when the next one starts: a kernel, and every process it starts, holds a lock on its folder's `alive` file.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import seed
import view

KERNELS = seed.TOOLS / "kernels"


def is_written_by_kernels(name):
    """Files that a kernel writes: not taken over from the seed."""
    return name == "incremental" or name.startswith((".cargo-", "ctx-", "libctx", "libcode_"))


def link_tree(source, target, copy=False):
    """Link the compiled crates, which are replaced as a whole when they change; copy cargo's own records, which cargo
    rewrites in place: through a link, a kernel that compiles would change the seed and every other kernel."""
    os.mkdir(target)
    with os.scandir(source) as entries:
        for entry in entries:
            if is_written_by_kernels(entry.name):
                continue
            place = os.path.join(target, entry.name)
            if entry.is_dir(follow_symlinks=False):
                link_tree(entry.path, place, copy or entry.name in (".fingerprint", "build"))
            elif copy and entry.stat().st_size < 100_000:
                shutil.copy2(entry.path, place)
            else:
                os.link(entry.path, place)


def stale():
    """Folders of kernels that are gone."""
    for folder in KERNELS.iterdir():
        try:
            with open(folder / "alive", "rb") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # in use
        except FileNotFoundError:
            pass  # its start was interrupted, or its removal
        yield folder


def private_folder():
    """A new build folder, and the lock that says it is in use (inherited by the kernel)."""
    KERNELS.mkdir(parents=True, exist_ok=True)
    with seed.locked():
        old = [str(folder) for folder in stale()]
        folder = Path(tempfile.mkdtemp(dir=KERNELS))
        alive = os.open(folder / "alive", os.O_CREAT | os.O_RDWR)
        fcntl.flock(alive, fcntl.LOCK_EX)
        os.set_inheritable(alive, True)
        shutil.copy2(seed.SEED / "Cargo.lock", folder / "Cargo.lock")
        link_tree(seed.SEED / "target", folder / "target")
    if old:  # thousands of files: not while somebody waits for the kernel
        subprocess.Popen(["nice", "rm", "-rf", *old], start_new_session=True, stdout=subprocess.DEVNULL)
    return folder


def environment(folder):
    env = seed.environment()
    for name in ("CARGO_TARGET_DIR", "CARGO_BUILD_BUILD_DIR", "RUSTFLAGS"):
        env.pop(name)  # evcxr sets its own
    env["EVCXR_TMPDIR"] = str(folder)
    env["RUST_BACKTRACE"] = "0"
    # evcxr would otherwise rewrite the entry of the user's own evcxr kernel, if there is one.
    env["JUPYTER_PATH"] = str(folder / "none")
    # Two ways to the kernels' own cargo (view.py): rustup's, and for a cargo without rustup the search path.
    env["RUSTUP_TOOLCHAIN"] = str(view.TOOLCHAIN)
    env["PATH"] = f"{view.TOOLCHAIN / 'bin'}{os.pathsep}{env['PATH']}"
    env["RUST_SRC_PATH"] = str(view.RUST_SRC)
    return env


def main(connection_file):
    seed.ensure()
    evcxr = seed.TOOLS / "evcxr/bin/evcxr_jupyter"
    folder = private_folder()
    os.execve(evcxr, [str(evcxr), "--control_file", connection_file], environment(folder))


if __name__ == "__main__":
    main(sys.argv[1])
