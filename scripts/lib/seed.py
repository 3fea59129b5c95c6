#!/usr/bin/env python3
"""The seed: a build folder in which everything that a notebook's kernel needs is compiled already.

evcxr compiles each cell as a small package `ctx`, in a folder of its own. A kernel that starts on a copy of the seed
(hard links, see kernel.py) finds its dependencies compiled. The seed is made with exactly the manifest, profile and flags
that evcxr uses; where the workspace has compiled a crate already, `reuse_rustc.py` links the result instead of compiling it
again, so polars is compiled once for the command, the tests and the notebooks.

`ensure()` does nothing when no source has changed since the seed was made (it compares a hash of their contents).
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import view

LIB = Path(__file__).resolve().parent
ROOT = LIB.parents[1]
TOOLS = ROOT / ".tools"
SEED = TOOLS / "seed"
VERSIONS = TOOLS / "versions"
KEY = SEED / "KEY"

# What evcxr 0.22.0 writes, to the letter (its src/module.rs), with the dependencies of notebooks/evcxr.toml.
MANIFEST = """
[package]
name = "ctx"
version = "1.0.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]
path = "src/lib.rs"

[profile.dev]
opt-level = 2
debug = false
strip = "debuginfo"
rpath = true
lto = false
debug-assertions = true
codegen-units = 16
panic = 'unwind'
incremental = true
overflow-checks = true

[dependencies]
"""

# Cells hold no heavy loops: they compile fastest without optimisation. The library's own loops do.
CARGO_CONFIG = """# Written by scripts/lib/seed.py, for the kernels' build folders below this one.
[build]
target = "{triple}"

[profile.dev.package.ctx]
opt-level = 0

[profile.dev.package.analysis-core]
opt-level = 3
overflow-checks = false
debug-assertions = false

[profile.dev.package.matrixmultiply]
overflow-checks = false
debug-assertions = false
"""


def tree(folder):
    """Its files, without what is built there and without pages for people."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".md")
    return sorted(path for path in files if "target" not in path.parts)


def sources():
    """Every file whose content decides what the seed contains."""
    return [
        ROOT / "Cargo.toml",
        ROOT / "Cargo.lock",
        ROOT / ".cargo/config.toml",
        ROOT / "notebooks/evcxr.toml",
        *tree(ROOT / "analysis-core"),
        *tree(ROOT / "notebooks/dylib"),
        *(LIB / name for name in ("seed.py", "view.py", "hidden_crates.txt", "reuse_rustc.py")),
    ]


def content_hash(paths, *more):
    digest = hashlib.sha256()
    for path in paths:
        data = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)}\0{len(data)}\0".encode() + data)
    for text in more:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()


def key():
    """A hash of the sources, of where they are, and of the compiler."""
    return content_hash(sources(), str(ROOT), rustc_version())


def output(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def rustc_version():
    return output("rustc", "-vV")


def triple():
    return re.search(r"^host: (.*)$", rustc_version(), re.M).group(1)


@contextmanager
def locked():
    """Held while the seed changes, and while it is linked into a kernel's folder."""
    TOOLS.mkdir(exist_ok=True)
    with open(TOOLS / "seed.lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def environment():
    """evcxr's own flags, and nothing of the caller's that would change what cargo compiles."""
    foreign = re.compile(r"CARGO_(BUILD|PROFILE|TARGET)_|CARGO_ENCODED_RUSTFLAGS|CARGO_INCREMENTAL|RUSTC_.*WRAPPER")
    env = {name: value for name, value in os.environ.items() if not foreign.match(name)}
    return env | {"CARGO_TARGET_DIR": "target", "CARGO_BUILD_BUILD_DIR": "target", "RUSTFLAGS": "-Cprefer-dynamic"}


def cargo(*arguments, quiet=False, **variables):
    mold = ["mold", "-run"] if sys.platform != "darwin" and shutil.which("mold") else []
    errors = subprocess.DEVNULL if quiet else None
    subprocess.run([*mold, "cargo", *arguments], cwd=SEED, env=environment() | variables, stderr=errors, check=True)


def prefer_offline(*arguments):
    """With what is on this computer already if that is enough: setting up again needs no network."""
    try:
        cargo(*arguments, "--offline", quiet=True)
    except subprocess.CalledProcessError:
        cargo(*arguments)


def write(path, text):
    """Write only what differs: cargo looks at the time of change."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def dependencies():
    """The dependencies in notebooks/evcxr.toml, their paths made absolute as evcxr does."""
    table = (ROOT / "notebooks/evcxr.toml").read_text().split("[dependencies]", 1)[1]
    lines = [line for line in table.splitlines() if line.strip() and not line.startswith("#")]
    # A JSON text is a TOML text too, whatever the path holds.
    absolute = lambda match: f"path = {json.dumps(str((ROOT / 'notebooks' / match.group(1)).resolve()), ensure_ascii=False)}"
    return "\n".join(re.sub(r'path *= *"([^"]+)"', absolute, line) for line in lines) + "\n"


def write_versions(packages):
    """An empty package that pins `packages` (name, version) under a condition that never holds.

    A kernel starts without dependencies, which empties its lock file, and resolves them again without the network: without
    the pins it would take the newest versions that happen to be on this computer, and compile everything for ten minutes.
    """
    pins = "".join(
        f'pin{i} = {{ package = "{name}", version = "={version}", default-features = false }}\n'
        for i, (name, version) in enumerate(packages)
    )
    write(
        VERSIONS / "Cargo.toml",
        '# Written by scripts/lib/seed.py.\n[package]\nname = "versions"\nversion = "0.1.0"\nedition = "2024"\n\n'
        f'[lib]\npath = "lib.rs"\n\n[workspace]\n\n[target.\'cfg(any())\'.dependencies]\n{pins}',
    )
    write(VERSIONS / "lib.rs", "// Pins versions; holds no code.\n")


def resolve():
    """The seed's lock file: the workspace's, less what notebooks do not use, and the pins made from it."""
    inputs = [ROOT / "Cargo.lock", ROOT / "Cargo.toml", ROOT / "analysis-core/Cargo.toml", SEED / "Cargo.toml"]
    wanted, stamp = content_hash(inputs), SEED / "LOCK"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    write_versions([])
    shutil.copyfile(ROOT / "Cargo.lock", SEED / "Cargo.lock")
    prefer_offline("update", "--workspace", "-q")
    package = r'\[\[package\]\]\nname = "([^"]+)"\nversion = "([^"]+)"\nsource = "registry'
    write_versions(re.findall(package, (SEED / "Cargo.lock").read_text()))
    # Every platform's crates, since evcxr asks for the metadata of all.
    prefer_offline("fetch", "-q")
    stamp.write_text(wanted)


def build():
    host = triple()
    write(TOOLS / ".cargo/config.toml", CARGO_CONFIG.format(triple=host))
    write(SEED / "Cargo.toml", MANIFEST + dependencies())
    write(SEED / "src/lib.rs", "")
    resolve()
    try:
        compile_seed(host)
    except subprocess.CalledProcessError:
        # A compiler that was killed can leave files that do not fit together. Those of this project's own crates are made
        # anew; a true error shows again.
        print("   once more, with this project's own crates compiled from scratch", file=sys.stderr, flush=True)
        for left in (SEED / "target").glob("**/incremental"):
            shutil.rmtree(left, ignore_errors=True)
        for left in (SEED / "target").glob("**/*analysis[-_]*"):
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
        compile_seed(host)


def compile_seed(host):
    # A program of its own, so that every crate is not also a search for the right Python.
    wrapper = SEED / "reuse_rustc"
    view.write_executable(wrapper, f"#!/bin/sh\nexec {view.words(sys.executable, '-E', '-S', LIB / 'reuse_rustc.py')} \"$@\"\n")
    cargo(
        "build", "--offline", "--target", host,
        RUSTC_WRAPPER=str(wrapper),
        NTK_REUSE_FROM=str(ROOT / "target"),
        NTK_REUSE_TO=str(SEED / "target"),
    )  # fmt: skip


def limit_view():
    """Prepare what kernels' rust-analyzer sees (view.py)."""
    tree = ["cargo", "tree", "--offline", "-e", "normal", "--prefix", "none", "-f", "{p}"]
    write(view.VISIBLE, view.visible(output(*tree, cwd=SEED, env=environment())))
    sysroot = output("rustc", "--print", "sysroot").strip()
    view.make_toolchain(sysroot)
    if source := rust_src(sysroot):
        view.make_rust_src(source, triple())
    elif not view.RUST_SRC.exists():
        sys.exit("error: the standard library's source is missing: kernels could not tell the type of a `let`. Run scripts/setup")


def rust_src(sysroot):
    """The standard library's source, looked for where lib/rust.sh looks: where RUST_SRC_PATH says, in the toolchain, in
    Debian's package rust-web-src."""
    told = [Path(os.environ["RUST_SRC_PATH"])] if os.environ.get("RUST_SRC_PATH") else []
    places = [*told, Path(sysroot) / "lib/rustlib/src/rust/library", *sorted(Path("/usr/src").glob("rustc-*/library"))]
    return next((place for place in places if (place / "std/src/lib.rs").exists()), None)


def date_build_scripts_back():
    """Give what build scripts left in the seed the time of the workspace's own run of them.

    Linked crates keep the time at which the workspace compiled them; cargo takes one for stale when the output of a build
    script that it depends on is newer.
    """
    for new in (SEED / "target").glob("**/debug/build/*/*"):
        name = str(new.relative_to(SEED / "target")).replace("debug/build/", "release/build/")
        old = ROOT / "target" / name
        if new.is_file() and old.is_file() and old.stat().st_mtime_ns < new.stat().st_mtime_ns:
            os.utime(new, ns=(old.stat().st_mtime_ns, old.stat().st_mtime_ns))


def ensure():
    """Bring the seed up to date; fast when it is. Returns its key."""
    wanted = key()
    if KEY.exists() and KEY.read_text() == wanted:
        return wanted
    with locked():
        if KEY.exists() and KEY.read_text() == wanted:  # another process has just done it
            return wanted
        first = not KEY.exists()
        print(
            "── The notebooks' library " + ("(usually 2 minutes)" if first else "has changed (usually under a minute)"),
            file=sys.stderr,
            flush=True,
        )
        start = time.monotonic()
        KEY.unlink(missing_ok=True)
        SEED.mkdir(parents=True, exist_ok=True)
        build()
        date_build_scripts_back()
        limit_view()
        KEY.write_text(wanted)
        print(f"   done in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return wanted


if __name__ == "__main__":
    try:
        ensure()
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: the notebooks' library could not be built: {' '.join(error.cmd)} ended with {error.returncode}")
