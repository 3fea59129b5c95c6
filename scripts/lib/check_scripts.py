#!/usr/bin/env python3
"""Tests of the scripts themselves, in seconds: with fake programs on the search path, in a folder with an awkward name.

    check_scripts.py [NAME…]    as for `python3 -m unittest`
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LIB = Path(__file__).resolve().parent
SCRIPTS = LIB.parent
NAME = """a "b" & c#'d [e"""
TOOLS = "bash sh env dirname uname sed tr mkdir touch grep tail cat rm sort comm mv printf git ln cp cksum".split()


class Case(unittest.TestCase):
    """A copy of the scripts in a folder with an awkward name, and a search path with only what a test puts there."""

    def setUp(self):
        self.top = Path(tempfile.mkdtemp(prefix="ntk-scripts-"))
        self.addCleanup(shutil.rmtree, self.top, ignore_errors=True)
        self.root = self.top / NAME
        self.lib = self.root / "scripts/lib"
        shutil.copytree(SCRIPTS, self.root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        self.bin = self.top / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            if found := shutil.which(tool):
                (self.bin / tool).symlink_to(found)

    def program(self, name, text, folder=None):
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def run_in(self, *command, env=None, cwd=None):
        clean = {"PATH": str(self.bin), "HOME": str(self.top), "TMPDIR": str(self.top)} | (env or {})
        return subprocess.run(
            list(map(str, command)), cwd=cwd or self.root, env=clean, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

    def bash(self, script, **more):
        """Run `script` after the parts in lib/ are read."""
        parts = 'for part in system rust python evcxr library kernel; do . "$LIB/$part.sh"; done'
        return self.run_in("bash", "-c", f'. "{"$1"}/lib/common.sh"; {parts}; {script}', "-", self.root / "scripts", **more)

    def python(self, script, *arguments, **more):
        """Run `script` with the modules of lib/ at hand."""
        start = "import sys; sys.path.insert(0, sys.argv[1])\n"
        return self.run_in(sys.executable, "-E", "-c", start + script, self.lib, *arguments, **more)

    def good(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout


class System(Case):
    """Packages that are needed, and mold, which is only wished for."""

    def setUp(self):
        super().setUp()
        self.log = self.top / "apt"
        self.program("pkg-config", f'[ -e "{self.top}/openblas" ]')
        self.program("cc", "")
        (self.top / "openblas").touch()
        self.user("1000")

    def user(self, number):
        self.program("id", f"echo {number}")

    def apt(self, text):
        """apt-get that notes its last words, and does `text` for each package in $one."""
        self.program("apt-get", f'echo "$*" >>"{self.log}"; case "$*" in *update*) exit 0 ;; esac\nfor one in "$@"; do {text}; done')

    def test_without_mold_and_without_root_all_is_well(self):
        self.apt(":")
        out = self.good(self.bash("setup_system"))
        self.assertEqual(len(out.splitlines()), 1)
        self.assertIn("mold is not installed", out)
        self.assertFalse(self.log.exists(), "apt-get cannot be used without root")
        self.assertEqual(self.good(self.bash("setup_system")), "", "it is said once")

    def test_without_mold_and_without_apt_all_is_well(self):
        self.assertIn("mold is not installed", self.good(self.bash("setup_system")))

    def test_a_distribution_without_mold_still_gets_the_compiler(self):
        self.user("0")
        (self.bin / "cc").unlink()
        (self.top / "openblas").unlink()
        self.apt(
            f'case $one in mold) exit 100 ;; gcc) ln -s "{shutil.which("true")}" "{self.bin}/cc" ;; libopenblas-dev) touch "{self.top}/openblas" ;; esac'
        )
        out = self.good(self.bash("setup_system"))
        self.assertIn("mold is not installed", out)
        self.assertTrue((self.bin / "cc").exists() and (self.top / "openblas").exists())
        calls = self.log.read_text().splitlines()
        self.assertFalse(any("gcc" in call and "mold" in call for call in calls), calls)
        before = len(calls)
        self.good(self.bash("setup_system"))
        self.assertEqual(len(self.log.read_text().splitlines()), before, "what cannot be had is not tried at every run")

    def test_mold_is_installed_where_it_can_be(self):
        self.user("0")
        self.apt(f'[ "$one" != mold ] || ln -s "{shutil.which("true")}" "{self.bin}/mold"')
        self.assertNotIn("not installed", self.good(self.bash("setup_system")))
        self.assertTrue((self.bin / "mold").exists())

    def test_what_is_needed_is_still_needed(self):
        (self.bin / "cc").unlink()
        done = self.bash("setup_system")
        self.assertEqual(done.returncode, 1)
        self.assertIn("missing: compiler.", done.stderr)
        self.user("0")
        self.apt("exit 100")
        done = self.bash("setup_system")
        self.assertEqual(done.returncode, 1)
        self.assertIn("apt-get could not install: gcc", done.stderr)

    def test_latex_is_installed_only_where_nobody_is_asked(self):
        self.apt(f'[ "$one" != texlive-latex-base ] || for tool in pdflatex kpsewhich; do ln -s "{shutil.which("true")}" "{self.bin}/$tool"; done')
        ready = '. "$LIB/latex.sh"; if latex_ready; then echo ready; else echo skipped; fi'
        self.program("sudo", f'echo "$*" >>"{self.top}/asked"; exit 1')
        self.assertEqual(self.good(self.bash(ready)), "skipped\n")
        self.assertFalse(self.log.exists())
        self.assertEqual((self.top / "asked").read_text(), "-n true\n", "sudo must not ask for a password")
        (self.bin / "sudo").unlink()
        done = self.bash(ready)
        self.assertEqual((self.good(done), done.stderr), ("skipped\n", ""))
        self.user("0")
        self.assertTrue(self.good(self.bash(ready)).endswith("ready\n"))

    def test_rustfmt_and_clippy_are_added_or_named(self):
        self.program("cargo", f'[ -e "{self.top}/$1" ]')
        done = self.bash("rust_components rustfmt clippy")
        self.assertEqual(done.returncode, 1)
        self.assertIn("rustup component add rustfmt clippy", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.program("rustup", f'echo "$*" >"{self.top}/rustup"')
        (self.top / "fmt").touch()
        self.good(self.bash("rust_components rustfmt clippy"))
        self.assertEqual((self.top / "rustup").read_text(), "component add clippy\n")
        (self.top / "clippy").touch()
        (self.top / "rustup").unlink()
        self.good(self.bash("rust_components rustfmt clippy"))
        self.assertFalse((self.top / "rustup").exists())


class Lab(Case):
    """Only notebooks as committed are trusted."""

    def test_trusts_only_what_is_committed(self):
        git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
        notebooks = self.root / "notebooks"
        notebooks.mkdir()
        for name in ("kept", "changed", "staged"):
            (notebooks / f"{name}.ipynb").write_text("{}")
        self.program("setup", "", self.root / "scripts")
        self.program("id", "echo 1000")
        python = self.program("python", f'printf "%s\\n" "$@" >>"{self.top}/called"', self.root / ".tools/python/bin")
        for command in (["init", "-q"], ["add", "notebooks"], ["commit", "-q", "-m", "x"]):
            self.good(self.run_in(*git, *command))
        (notebooks / "changed.ipynb").write_text('{"a": 1}')
        (notebooks / "staged.ipynb").write_text('{"a": 1}')
        (notebooks / "new.ipynb").write_text("{}")
        (notebooks / "added.ipynb").write_text("{}")
        self.good(self.run_in(*git, "add", "notebooks/added.ipynb", "notebooks/staged.ipynb"))
        self.assertTrue(python.exists())
        self.good(self.run_in(self.root / "scripts/lab", "--no-browser"))
        called = (self.top / "called").read_text().splitlines()
        self.assertEqual(called[:3], ["-m", "nbformat.sign", str(notebooks / "kept.ipynb")])
        self.assertEqual(called[3], str(self.lib / "lab.py"))
        self.assertEqual(called[-1], "--no-browser")


class Inputs(Case):
    """Whatever a notebook reads makes it run again."""

    def key(self, **env):
        script = 'import inputs, pathlib; print(inputs.key("n", [["code", "1"]], "library", pathlib.Path(sys.argv[2])))'
        return self.good(self.python(script, self.root, env={name: str(value) for name, value in env.items()}))

    def test_kept_results_count(self):
        results = self.root / "notebooks/results"
        results.mkdir(parents=True)
        (results / "a.json").write_text("1")
        first = self.key()
        self.assertEqual(self.key(), first)
        before = (results / "a.json").stat()
        (results / "a.json").write_text("2")
        os.utime(results / "a.json", ns=(before.st_atime_ns, before.st_mtime_ns))
        second = self.key()
        self.assertNotEqual(second, first, "the contents count, not the time")
        (results / "b.json").write_text("")
        self.assertNotEqual(self.key(), second)

    def test_the_data_are_looked_for_where_the_library_looks(self):
        for folder in (self.root / "data", self.top / "elsewhere"):
            folder.mkdir()
            (folder / "x").write_text("1")
        first, told = self.key(), self.key(NTK_DATA_DIR=self.top / "elsewhere")
        (self.top / "elsewhere/x").write_text("22")
        self.assertEqual(self.key(), first)
        self.assertEqual(self.key(NTK_DATA_DIR=""), self.key(NTK_DATA_DIR=""))
        self.assertNotEqual(self.key(NTK_DATA_DIR=self.top / "elsewhere"), told)
        told = self.key(NTK_DATA_DIR=self.top / "elsewhere")
        (self.root / "data/x").write_text("333")
        self.assertNotEqual(self.key(), first)
        self.assertEqual(self.key(NTK_DATA_DIR=self.top / "elsewhere"), told)

    def test_a_relative_folder_counts_from_where_the_user_is(self):
        here = self.top / "here"
        here.mkdir()
        env = {"NTK_DATA_DIR": "my data", "NTK_STORE_DIR": "/store"}
        out = self.good(self.bash('cd /; echo "$NTK_DATA_DIR|$NTK_STORE_DIR"', cwd=here, env=env))
        self.assertEqual(out.strip(), f"{here.resolve()}/my data|/store")


class Rooms(Case):
    """Rings of files, and uses against the order of lib.rs."""

    FILES = {
        "lib.rs": "//! | [`low`] | below |\n//! | [`high`] | above |\npub mod error; pub mod high; pub mod low;",
        "error.rs": "pub struct Error;",
        "low/mod.rs": "mod plain; mod shape; pub use plain::Plain; pub use shape::{Shape};",
        "low/plain.rs": 'use crate::error::Error; // use crate::high::High;\nconst A: &str = "use super::shape::Shape;";',
        "low/shape.rs": "use super::{Plain, plain::Plain as P};\n#[cfg(test)]\nmod tests { use crate::high::High; }",
        "high.rs": "use crate::low::{self, Shape}; fn f() { crate::error::Error; low::Plain; }",
    }

    def check(self, **changed):
        source = self.top / "src"
        for name, text in self.FILES.items():
            path = source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + changed.get(name.removesuffix(".rs").replace("/", "_"), ""))
        return self.run_in(sys.executable, self.lib / "check_rooms.py", source, "--graph", "low")

    def test_what_is_in_order(self):
        out = self.good(self.check()).splitlines()
        self.assertEqual(out[:3], ["low → none", "low/plain → none", "low/shape → low/plain"])
        self.assertTrue(out[3].startswith("no ring"), out)

    def test_what_is_not(self):
        for changed, word in [
            ({"low_plain": "use super::Shape;"}, "ring in low: low/plain → low/shape, low/shape → low/plain"),
            ({"low_mod": "pub struct A;", "low_shape": "use super::A;"}, "no ring"),
            ({"low_mod": "use shape::B; pub struct A;", "low_shape": "use super::A;"}, "ring in low: low → low/shape, "),
            ({"low_plain": "fn f(x: crate::high::High) {}"}, "against the order of lib.rs: low/plain → high"),
            ({"error": "use crate::high::{a, High};"}, "against the order of lib.rs: error → high"),
            ({"low_plain": "#[cfg(test)]\nuse crate::high::High;"}, "no ring"),
        ]:
            done = self.check(**changed)
            self.assertIn(word, done.stdout + done.stderr)
            self.assertEqual(done.returncode, int(word != "no ring"), changed)


class Bibliography(Case):
    """One references.bib for figures that were copied together."""

    def test_every_entry_stands_once(self):
        import merge_bib

        one = "@article{a,\n  title = {A @ b}\n}\n\n@misc{b,\n  title = {B}\n}\n"
        other = "@misc{b,\n  title = {another}\n}\n\n@book{c,\n  title = {C}\n}\n"
        both = merge_bib.merged(one, [other, one])
        self.assertEqual([key for key, _ in merge_bib.entries(both)], ["a", "b", "c"])
        self.assertIn("{B}", both)
        self.assertEqual(merge_bib.merged(both, [one, other]), both)


class Paths(Case):
    """A checkout below a folder with blanks, quotes and signs that mean something to a shell, to sed, JSON or TOML."""

    def test_a_colon_is_refused_at_once(self):
        moved = self.root.rename(self.top / "a:b")
        done = self.run_in("bash", moved / "scripts/setup", cwd=self.top)
        self.assertEqual(done.returncode, 1)
        self.assertIn("colon", done.stderr)

    def test_help_says_what_a_script_does_and_does_nothing(self):
        for name in ["run", "test", "setup", "lab", "refresh"]:
            said = self.good(self.run_in("bash", self.root / "scripts" / name, "--help"))
            first = (self.root / "scripts" / name).read_text().splitlines()[1]
            self.assertEqual(said.splitlines()[0], first.removeprefix("# "))
            self.assertNotIn("shellcheck", said)
        self.assertFalse((self.root / ".tools").exists())

    def test_the_kernel_is_registered_with_these_very_paths(self):
        (self.root / ".tools/python/bin").mkdir(parents=True)
        (self.root / ".tools/python/bin/python").symlink_to(sys.executable)
        out = self.good(self.bash("setup_system() { :; }; kernel_seed() { :; }; setup_kernel; kernel_spec"))
        file = self.root / ".tools/python/share/jupyter/kernels/ntk-rust/kernel.json"
        spec = json.loads(file.read_text())
        python, kernel = self.root / ".tools/python/bin/python", self.lib / "kernel.py"
        self.assertEqual(spec["argv"], [str(python), "-E", str(kernel), "{connection_file}"])
        self.assertEqual(json.loads(out[out.index("{") :]), spec)

    def test_check_features(self):
        self.program("cargo", f"""printf '%s\\n' "x v1 std" "mine v1 ($FAKE) a" """)
        env = {"FAKE": str(self.root)}
        self.good(self.run_in("bash", self.lib / "check_features.sh", env=env))
        self.program("cargo", """case $* in *--workspace*) echo "x v1 std,more" ;; *) echo "x v1 std" ;; esac""")
        done = self.run_in("bash", self.lib / "check_features.sh", env=env)
        self.assertEqual(done.returncode, 1)
        self.assertIn("x v1 std", done.stderr)

    def test_the_notebooks_dependencies_are_toml(self):
        try:
            import tomllib
        except ImportError:  # Python 3.10
            self.skipTest("no tomllib")
        (self.root / "notebooks").mkdir()
        shutil.copy(SCRIPTS.parent / "notebooks/evcxr.toml", self.root / "notebooks")
        read = tomllib.loads(self.good(self.python("import seed; print(seed.dependencies())")))
        self.assertEqual(read["analysis-core"]["path"], str(self.root.resolve() / "notebooks/dylib"))
        self.assertEqual(read["versions"]["path"], str(self.root.resolve() / ".tools/versions"))

    def test_the_kernels_cargo_hands_on_and_filters(self):
        sysroot = self.root / "sys root/bin"
        says = 'for word in "$@"; do printf "<%s>" "$word"; done; echo " $CARGO_TARGET_DIR"'
        for tool in ("cargo", "rustc", "rustdoc"):
            self.program(tool, f"echo {tool}; {says}", sysroot)
        make = "import view; view.make_toolchain(sys.argv[2], sys.argv[3])"
        self.good(self.python(make, sysroot.parent, sys.executable))
        cargo = self.root / ".tools/toolchain/bin/cargo"
        self.assertEqual(self.good(self.run_in(cargo, "build", "a b")), "cargo\n<build><a b> \n")
        self.assertEqual(self.good(self.run_in(cargo.with_name("rustc"), 'x "y"')), 'rustc\n<x "y"> \n')
        link = self.top / "link"
        link.symlink_to(self.root)
        env = {"EVCXR_TMPDIR": str(self.root), "CARGO_TARGET_DIR": "target"}
        self.assertEqual(self.good(self.run_in(cargo, "check", "-q", env=env)), "cargo\n<build><-q> target\n")
        linked = env | {"EVCXR_TMPDIR": str(link)}
        self.assertEqual(self.good(self.run_in(cargo, "build", env=linked)), f"cargo\n<build> {link}/target\n")
        source = self.root / ".tools/rust-src"
        source.mkdir()
        (source / "metadata.json").write_text("kept")
        self.assertEqual(self.good(self.run_in(cargo, "metadata", "--manifest-path", source / "Cargo.toml", env=env)), "kept")
        # rust-analyzer's question about the kernel's folder: filtered by view.py.
        answer = {"packages": [], "workspace_members": [], "resolve": {"nodes": []}}
        (self.root / ".tools/seed").mkdir()
        (self.root / ".tools/seed/VISIBLE").write_text("")
        hidden = {"id": "h", "name": "h", "version": "1"}
        self.program("cargo", f"echo '{json.dumps(answer | {'packages': [hidden]})}'", sysroot)
        self.assertEqual(json.loads(self.good(self.run_in(cargo, "metadata", self.root / "Cargo.toml", env=env))), answer)

    def test_compiled_crates_are_taken_over(self):
        """From the workspace's target folder, which may have been copied from elsewhere after it was compiled."""
        host, compiled = "x86_64-linux", self.top / "compiled"
        old, new = self.root / "target", self.root / ".tools/seed/target"
        from_folder, to_folder = old / host / "release/deps", new / host / "debug/deps"
        for folder in (from_folder, to_folder):
            folder.mkdir(parents=True)
        for suffix in ("rlib", "rmeta"):
            (from_folder / f"libx-1f.{suffix}").write_text(suffix)
        (to_folder / "libx-1f.rlib").write_text("left by an interrupted run")
        (from_folder / "libx-1f2.rlib").write_text("another crate")
        escaped = lambda path: str(path).replace(" ", "\\ ")
        made_by = "release/build/x-2/out/gen.rs"
        for place in (old, Path("/some where/else/target")):
            (from_folder / "x-1f.d").write_text(
                f"{escaped(place)}/{host}/release/deps/x-1f.d: /r/registry/src/i/x/src/lib.rs {escaped(place)}/{host}/{made_by}\n\n"
                f"{escaped(place)}/{made_by}:\n\n# env-dep:OUT_DIR={place}/{host}/release/build/x-2/out\n"
            )
            rustc = self.program("fake rustc", f'echo compiled >"{compiled}"', self.root)
            env = {"NTK_REUSE_FROM": str(old), "NTK_REUSE_TO": str(new)}
            arguments = ["--crate-name", "x", "/r/registry/src/i/x/src/lib.rs", "--out-dir", to_folder, "-C", "extra-filename=-1f"]
            reuse = [sys.executable, "-E", "-S", self.lib / "reuse_rustc.py", rustc]
            done = self.run_in(*reuse, *arguments, env=env)
            self.good(done)
            self.assertFalse(compiled.exists())
            self.assertEqual(sorted(os.listdir(to_folder)), ["libx-1f.rlib", "libx-1f.rmeta", "x-1f.d"])
            self.assertEqual((to_folder / "libx-1f.rlib").read_text(), "rlib")
            message = {"$message_type": "artifact", "artifact": str(to_folder / "libx-1f.rmeta"), "emit": "metadata"}
            self.assertEqual(json.loads(done.stderr), message)
            lines = (to_folder / "x-1f.d").read_text().splitlines()
            generated = f"{escaped(new)}/{host}/debug/build/x-2/out/gen.rs"
            self.assertTrue(lines[0].endswith(f"x-1f.d: /r/registry/src/i/x/src/lib.rs {generated}"), lines[0])
            self.assertEqual(lines[2], f"{escaped(new)}/debug/build/x-2/out/gen.rs:")
            self.assertEqual(lines[4], f"# env-dep:OUT_DIR={new}/{host}/debug/build/x-2/out")
        # A crate of this project, one with another hash, and a folder of another profile are compiled.
        for change in ({2: "/home/x/src/lib.rs"}, {6: "extra-filename=-2"}, {4: new / host / "other/deps"}):
            compiled.unlink(missing_ok=True)
            self.good(self.run_in(*reuse, *(change.get(i, word) for i, word in enumerate(arguments)), env=env))
            self.assertTrue(compiled.exists(), change)

    def test_a_kernels_folder_has_a_name_without_blanks(self):
        script = """
import pathlib, kernel
folder = pathlib.Path(sys.argv[2])
name = kernel.without_blanks(folder)
print(name, pathlib.Path(name).resolve() == folder.resolve())
kernel.remove_link(folder)
print(pathlib.Path(name).parent.exists())
print(kernel.without_blanks(folder.parents[1]) == str(folder.parents[1]))
"""
        folder = self.root / "kernel"
        folder.mkdir()
        lines = self.good(self.python(script, folder)).splitlines()
        self.assertTrue(lines[0].endswith(" True") and lines[0].count(" ") == 1, lines)
        self.assertEqual(lines[1:], ["False", "True"])

    def test_a_stray_file_among_the_kernels_does_no_harm(self):
        kernels = self.root / ".tools/kernels"
        (kernels / "gone").mkdir(parents=True)
        (kernels / ".DS_Store").touch()
        out = self.good(self.python("import kernel; print([folder.name for folder in kernel.stale()])"))
        self.assertEqual(out.strip(), "['gone']")

    def test_without_mold_kernels_link_as_the_seed_did(self):
        script = """
import os, pathlib, subprocess, kernel, shutil
env = kernel.environment(pathlib.Path(sys.argv[2]))
mold = shutil.which("mold", path=env["PATH"])
print(mold and subprocess.run([mold, "-run", "printf", "%s.", "a b", "c"], capture_output=True, text=True).stdout)
"""
        self.program("lld", "")
        (self.root / "kernel").mkdir()
        self.assertEqual(self.good(self.python(script, self.root / "kernel")).strip(), "a b.c.")
        mold = self.program("mold", "shift; echo the real one")
        self.assertEqual(self.good(self.python(script, self.root / "kernel")).strip(), "the real one")
        self.assertTrue(mold.exists())

    def test_rust_src_path_counts_for_both(self):
        told = self.top / "my source"
        (told / "std/src").mkdir(parents=True)
        (told / "std/src/lib.rs").touch()
        self.program("rustc", "echo /nowhere")
        env = {"RUST_SRC_PATH": str(told)}
        self.assertEqual(self.good(self.bash("rust_src", env=env)).strip(), str(told))
        self.assertEqual(self.good(self.python('import seed; print(seed.rust_src("/nowhere"))', env=env)).strip(), str(told))


class Markdown(Case):
    """check_markdown.py finds what leads nowhere, and nothing else."""

    def check(self, pages, code=0):
        root = self.root / "pages"
        for name, text in ({"README.md": "# All"} | pages).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.good(self.run_in("git", "init", "-q", root))
        done = self.run_in(sys.executable, "-E", self.lib / "check_markdown.py", root)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr

    def notebook(self, *cells):
        return json.dumps({"cells": [{"cell_type": "markdown", "source": [cell]} for cell in cells]})

    def test_what_is_there_is_found(self):
        page = """# One: *a* `b`, (c)
[itself](#one-a-b-c) [`code`](sub/other.md#two-parts) ![picture](<sub/a.png>) [web](https://example.org/none)
[folder](sub/) `[no](link)`, [03](sub/03.ipynb), *A section*
```sh
[no](link)
```
"""
        files = {"page.md": page, "sub/other.md": "## Two_parts\n## Two parts\n[up](../page.md)", "sub/a.png": ""}
        self.check(files | {"sub/03.ipynb": self.notebook("# 03 · Title", "## A section\n[a](a.png)")})

    def test_what_is_not_there_is_named(self):
        page = "# One\n\n[a](none.md)\n![b](none.png)\n[c](README.md#none)\n[03](03.ipynb), *None*\n[d](../../outside)"
        (self.root / "outside").touch()
        said = self.check({"sub/page.md": page.replace("README", "../README"), "sub/03.ipynb": self.notebook("[e](none.csv)")}, 1)
        for wanted in ("page.md, line 3: there is no none.md", "line 4: there is no none.png", "has no heading #none"):
            self.assertIn(wanted, said)
        for wanted in ('03.ipynb has no section "None"', "outside lies outside the project", "03.ipynb, line 1: there is no none.csv"):
            self.assertIn(wanted, said)
        self.assertEqual(len(said.splitlines()), 6, said)

    def test_the_readme_stays_short(self):
        self.assertIn("at most 7000", self.check({"README.md": "x" * 7001}, 1))


if __name__ == "__main__":
    unittest.main()
