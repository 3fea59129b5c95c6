#!/usr/bin/env python3
"""What a kernel's rust-analyzer sees: the crates and the parts of the standard library that a notebook can meet.

evcxr asks an embedded rust-analyzer for the type of every `let`. At a kernel's start it reads the source of every crate that
`cargo metadata` names, and that is most of the start: hundreds of crates, many of them not even compiled (cargo names those
of inactive features), or used inside a library where no notebook ever sees them. So kernels run a cargo of their own
(`make_toolchain`), which hands every call on to the real one, but takes these crates out of the answer that rust-analyzer
gets. Nothing that is compiled changes. The standard library's source is the toolchain's own, the parts that no notebook meets
(the CPU's intrinsics are more text than all the rest) left blank.

    view.py < METADATA    filter the answer of `cargo metadata` (called by the kernels' cargo)
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

LIB = Path(__file__).resolve().parent
TOOLS = LIB.parents[1] / ".tools"
TOOLCHAIN = TOOLS / "toolchain"
RUST_SRC = TOOLS / "rust-src"
VISIBLE = TOOLS / "seed/VISIBLE"

CARGO = """#!/bin/sh
# Written by scripts/lib/view.py.
if [ -n "$EVCXR_TMPDIR" ]; then
    case "$*" in
    # evcxr checks a cell that it cannot make sense of (a typing error, say). With `check`, that would compile every
    # dependency once more, for minutes; `build` finds the same errors with what is compiled.
    "check "*) shift && set -- build "$@" ;;
    "--offline check "*) shift 2 && set -- --offline build "$@" ;;
    esac
    # Where that folder is a link (kernel.py), cargo shall name what it compiles by the link.
    if [ -L "$EVCXR_TMPDIR" ] && [ "$CARGO_TARGET_DIR" = target ]; then
        export CARGO_TARGET_DIR="$EVCXR_TMPDIR/target" CARGO_BUILD_BUILD_DIR="$EVCXR_TMPDIR/target"
    fi
    # The rest are rust-analyzer's questions.
    case "$*" in
    "metadata "*" --no-deps "*) ;;
    "metadata "*{rust_src}"/Cargo.toml"*) [ ! -f {rust_src}/metadata.json ] || exec cat {rust_src}/metadata.json ;;
    "metadata "*"$EVCXR_TMPDIR/Cargo.toml"*)
        all=$EVCXR_TMPDIR/metadata.json
        {cargo} "$@" >"$all" || exit
        {python} -E -S {view} <"$all" || cat "$all"
        exit ;;
    esac
fi
exec {cargo} "$@"
"""

PASS_ON = """#!/bin/sh
# Written by scripts/lib/view.py.
exec {tool} "$@"
"""


def hidden():
    """Names of crates that no notebook meets."""
    lines = (LIB / "hidden_crates.txt").read_text().splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def visible(compiled):
    """The crates of `compiled` ("name vVERSION …" per line, as `cargo tree` prints them) that rust-analyzer shall see."""
    hide = hidden()
    packages = {tuple(line.split()[:2]) for line in compiled.splitlines() if line.strip()}
    return "".join(sorted(f"{name} {version.lstrip('v')}\n" for name, version in packages if name not in hide))


def filtered(metadata, keep, members=True):
    """`cargo metadata`'s answer with only the packages in `keep`, and no dependencies of build scripts and tests."""
    kept = {p["id"] for p in metadata["packages"] if f"{p['name']} {p['version']}" in keep}
    if members:
        kept |= set(metadata["workspace_members"])
    else:
        for field in ("workspace_members", "workspace_default_members"):
            metadata[field] = [member for member in metadata[field] if member in kept]
    metadata["packages"] = [package for package in metadata["packages"] if package["id"] in kept]
    nodes = [node for node in metadata["resolve"]["nodes"] if node["id"] in kept]
    for node in nodes:
        node["deps"] = [
            dep for dep in node["deps"] if dep["pkg"] in kept and any(kind["kind"] is None for kind in dep["dep_kinds"])
        ]
        node["dependencies"] = [dep["pkg"] for dep in node["deps"]]
    metadata["resolve"]["nodes"] = nodes
    return metadata


def words(*parts):
    """Words of a shell's command line, whatever they hold."""
    return shlex.join(str(part) for part in parts)


def write_executable(path, text):
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    new.write_text(text)
    new.chmod(0o755)
    new.rename(path)


def make_toolchain(sysroot, python=sys.executable):
    """A toolchain folder for rustup whose cargo is ours; everything else is handed on."""
    (TOOLCHAIN / "bin").mkdir(parents=True, exist_ok=True)
    real = Path(sysroot) / "bin"
    cargo = real / "cargo" if (real / "cargo").exists() else shutil.which("cargo")
    write_executable(TOOLCHAIN / "bin/cargo", CARGO.format(cargo=words(cargo), python=words(python), view=words(LIB / "view.py"), rust_src=words(RUST_SRC)))
    for name in ("rustc", "rustdoc"):
        tool = real / name if (real / name).exists() else shutil.which(name)
        write_executable(TOOLCHAIN / "bin" / name, PASS_ON.format(tool=words(tool)))
    link = TOOLCHAIN / "lib"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(sysroot) / "lib")


BLANK = ("stdarch", "portable-simd", "compiler-builtins", "backtrace", "coretests", "alloctests", "test", "std_detect", "vendor")
STANDARD = {"core", "alloc", "std", "proc_macro", "panic_unwind", "unwind", "hashbrown"}  # hashbrown: std's HashMap
STANDARD |= {"rustc-std-workspace-core", "rustc-std-workspace-alloc", "rustc-std-workspace-std"}


def make_rust_src(library, triple):
    """The standard library's source with the parts in BLANK left empty, and what cargo says of it."""
    new, final, library = RUST_SRC.with_name("rust-src.new"), RUST_SRC, Path(library)
    # With its own place, which stands in what cargo said of it: a checkout may be moved or copied.
    origin = f"{final} {library} {(library / 'std/src/lib.rs').stat().st_mtime_ns} {BLANK} {sorted(STANDARD)}"
    if (final / "ORIGIN").exists() and (final / "ORIGIN").read_text() == origin:
        return
    for part in (new, final):
        shutil.rmtree(part, ignore_errors=True)

    def copy(source, target):
        blank = source.endswith(".rs") and Path(source).relative_to(library).parts[0] in BLANK
        Path(target).touch() if blank else shutil.copyfile(source, target)

    shutil.copytree(library, new, copy_function=copy)
    new.rename(final)
    # As rust-analyzer asks: the standard library's manifests use what only a nightly cargo takes.
    allow = {"__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS": "nightly"}
    command = ["cargo", "metadata", "--format-version", "1", "--filter-platform", triple, "--locked"]
    answer = subprocess.run(command, cwd=final, env=os.environ | allow, capture_output=True, text=True)
    if answer.returncode == 0:
        metadata = json.loads(answer.stdout)
        keep = {f"{p['name']} {p['version']}" for p in metadata["packages"] if p["name"] in STANDARD}
        (final / "metadata.json").write_text(json.dumps(filtered(metadata, keep, members=False)))
    else:  # rust-analyzer then puts the library together without cargo; the types of hash maps are lost
        (final / "Cargo.toml").unlink(missing_ok=True)
    (final / "ORIGIN").write_text(origin)


if __name__ == "__main__":
    json.dump(filtered(json.load(sys.stdin), set(VISIBLE.read_text().splitlines())), sys.stdout)
