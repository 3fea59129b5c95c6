#!/usr/bin/env python3
"""Start one evcxr kernel for Jupyter:  kernel.py CONNECTION_FILE

Each kernel gets a build folder of its own (two on one folder disturb each other), linked from the seed in a fraction of a
second. An edit of the library is noticed here: the seed is brought up to date first. The folder of a kernel that is gone is
removed when the next one starts: a kernel, and every process it starts, holds a lock on its folder's `alive` file.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import seed
import view

KERNELS = seed.TOOLS / "kernels"
NO_MOLD = seed.TOOLS / "no-mold"


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
        if not folder.is_dir():
            continue  # nothing of ours
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
        for gone in old:
            remove_link(Path(gone))
        folder = Path(tempfile.mkdtemp(dir=KERNELS))
        alive = os.open(folder / "alive", os.O_CREAT | os.O_RDWR)
        fcntl.flock(alive, fcntl.LOCK_EX)
        os.set_inheritable(alive, True)
        shutil.copy2(seed.SEED / "Cargo.lock", folder / "Cargo.lock")
        link_tree(seed.SEED / "target", folder / "target")
    if old:  # thousands of files: not while somebody waits for the kernel
        subprocess.Popen(["nice", "rm", "-rf", *old], start_new_session=True, stdout=subprocess.DEVNULL)
    return folder


def without_blanks(folder):
    """The same folder by a name without blanks: evcxr tells its child process which library to load in a line of words.

    Where the path has a blank, this is a link in the folder for temporary files, and the kernels' cargo (view.py) names what
    it compiles by it."""
    if not re.search(r"\s", str(folder)):
        return str(folder)
    place = tempfile.mkdtemp(prefix="ntk-kernel-")
    if re.search(r"\s", place):
        os.rmdir(place)
        sys.exit(f"error: {folder} and {place} both have a blank, which evcxr cannot take. Set TMPDIR to a folder without one")
    os.symlink(folder, os.path.join(place, "build"))
    (folder / "link").write_text(place)
    return os.path.join(place, "build")


def remove_link(folder):
    """Remove the link that `without_blanks` made for this folder."""
    try:
        place = Path((folder / "link").read_text())
        (place / "build").unlink()
        place.rmdir()
    except OSError:
        pass  # there is none


def write_no_mold():
    """Without mold evcxr would take lld, if that is installed, with other flags than the seed has, and compile everything
    anew. It finds this in mold's place: cargo with the linker that it takes by itself, as in the seed."""
    NO_MOLD.mkdir(parents=True, exist_ok=True)
    view.write_executable(NO_MOLD / "mold", '#!/bin/sh\n# Written by scripts/lib/kernel.py.\n[ "$1" != -run ] || shift\nexec "$@"\n')


def environment(folder):
    env = seed.environment()
    for name in ("CARGO_TARGET_DIR", "CARGO_BUILD_BUILD_DIR", "RUSTFLAGS"):
        env.pop(name)  # evcxr sets its own
    env["EVCXR_TMPDIR"] = without_blanks(folder)
    env["RUST_BACKTRACE"] = "0"
    # evcxr would otherwise rewrite the entry of the user's own evcxr kernel, if there is one.
    env["JUPYTER_PATH"] = str(folder / "none")
    # Two ways to the kernels' own cargo (view.py): rustup's, and for a cargo without rustup the search path.
    env["RUSTUP_TOOLCHAIN"] = str(view.TOOLCHAIN)
    places = [view.TOOLCHAIN / "bin"]
    if not shutil.which("mold"):
        places.append(NO_MOLD)
        write_no_mold()
    env["PATH"] = os.pathsep.join([*map(str, places), env["PATH"]])
    env["RUST_SRC_PATH"] = str(view.RUST_SRC)
    return env


def main(connection_file):
    seed.ensure()
    evcxr = seed.TOOLS / "evcxr/bin/evcxr_jupyter"
    folder = private_folder()
    os.execve(evcxr, [str(evcxr), "--control_file", connection_file], environment(folder))


if __name__ == "__main__":
    main(sys.argv[1])
