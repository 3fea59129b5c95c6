#!/usr/bin/env python3
"""What a kernel's rust-analyzer sees: the crates and the parts of the standard library that a notebook can meet.

evcxr asks an embedded rust-analyzer for the type of every `let`. At a kernel's start it reads the source of every crate that
`cargo metadata` names, and that is most of the start: hundreds of crates, many of them not even compiled (cargo names those
of inactive features), or used inside a library where no notebook ever sees them. So kernels run a cargo of their own
(`make_toolchain`), which hands every call on to the real one, but takes these crates out of the answer that rust-analyzer
gets. Nothing that is compiled changes. The standard library's source is the toolchain's own without the CPU's intrinsics,
which are more text than all the rest.

    view.py < METADATA    filter the answer of `cargo metadata` (called by the kernels' cargo)
"""

import json
import shutil
import sys
from pathlib import Path

LIB = Path(__file__).resolve().parent
TOOLS = LIB.parents[1] / ".tools"
TOOLCHAIN = TOOLS / "toolchain"
RUST_SRC = TOOLS / "rust-src"
VISIBLE = TOOLS / "seed/VISIBLE"

CARGO = """#!/bin/sh
# Written by scripts/lib/view.py.
if [ "$1" = metadata ] && [ -n "$EVCXR_TMPDIR" ]; then
    case "$*" in
    *--no-deps*) ;;
    *--filter-platform*"$EVCXR_TMPDIR/Cargo.toml"* | *"$EVCXR_TMPDIR/Cargo.toml"*--filter-platform*)
        all=$EVCXR_TMPDIR/metadata.json
        "{cargo}" "$@" >"$all" || exit
        "{python}" -E -S "{view}" <"$all" || cat "$all"
        exit ;;
    esac
fi
# After a cell that does not compile evcxr asks for `cargo check`, which would first check every dependency: minutes. `build`
# gives the same messages, and its dependencies are compiled already.
if [ -n "$EVCXR_TMPDIR" ]; then
    for argument; do
        shift
        [ "$argument" != check ] || argument=build
        set -- "$@" "$argument"
    done
fi
exec "{cargo}" "$@"
"""

PASS_ON = """#!/bin/sh
# Written by scripts/lib/view.py.
exec "{tool}" "$@"
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


def filtered(metadata, keep):
    """`cargo metadata`'s answer with only the packages in `keep`, and no dependencies of build scripts and tests."""
    kept = {p["id"] for p in metadata["packages"] if f"{p['name']} {p['version']}" in keep}
    kept |= set(metadata["workspace_members"])
    metadata["packages"] = [package for package in metadata["packages"] if package["id"] in kept]
    nodes = [node for node in metadata["resolve"]["nodes"] if node["id"] in kept]
    for node in nodes:
        node["deps"] = [
            dep for dep in node["deps"] if dep["pkg"] in kept and any(kind["kind"] is None for kind in dep["dep_kinds"])
        ]
        node["dependencies"] = [dep["pkg"] for dep in node["deps"]]
    metadata["resolve"]["nodes"] = nodes
    return metadata


def write_executable(path, text):
    new = path.with_suffix(".new")
    new.write_text(text)
    new.chmod(0o755)
    new.rename(path)


def make_toolchain(sysroot, python=sys.executable):
    """A toolchain folder for rustup whose cargo is ours; everything else is handed on."""
    (TOOLCHAIN / "bin").mkdir(parents=True, exist_ok=True)
    real = Path(sysroot) / "bin"
    cargo = real / "cargo" if (real / "cargo").exists() else shutil.which("cargo")
    write_executable(TOOLCHAIN / "bin/cargo", CARGO.format(cargo=cargo, python=python, view=Path(__file__).resolve()))
    for name in ("rustc", "rustdoc"):
        tool = real / name if (real / name).exists() else shutil.which(name)
        write_executable(TOOLCHAIN / "bin" / name, PASS_ON.format(tool=tool))
    link = TOOLCHAIN / "lib"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(sysroot) / "lib")


def make_rust_src(library):
    """The standard library's source without its intrinsics (`core::arch`) and its tests."""
    new, final = RUST_SRC.with_name("rust-src.new"), RUST_SRC
    origin = f"{library} {(Path(library) / 'std/src/lib.rs').stat().st_mtime_ns}"
    if (final / "ORIGIN").exists() and (final / "ORIGIN").read_text() == origin:
        return
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    # Without the workspace's Cargo.toml, so that rust-analyzer puts these together itself and asks cargo nothing.
    for part in ("core", "alloc", "std", "proc_macro", "panic_unwind", "unwind"):
        shutil.copytree(Path(library) / part, new / part, ignore=shutil.ignore_patterns("tests", "benches"))
    intrinsics = new / "stdarch/crates/core_arch/src"
    intrinsics.mkdir(parents=True)
    (intrinsics / "mod.rs").write_text("// Left out: see scripts/lib/view.py.\n")
    (new / "ORIGIN").write_text(origin)
    shutil.rmtree(final, ignore_errors=True)
    new.rename(final)


if __name__ == "__main__":
    json.dump(filtered(json.load(sys.stdin), set(VISIBLE.read_text().splitlines())), sys.stdout)
