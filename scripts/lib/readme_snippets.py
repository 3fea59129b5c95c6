#!/usr/bin/env python3
"""What the Markdown pages show is what happens: run the Python snippets, compile the LaTeX snippets where LaTeX is installed,
run the README's `ntk` commands and compare with the output that it prints below them, and let `ntk` read every other command
line that a page or a notebook's text holds.

    readme_snippets.py NTK    NTK: the command's program

Snippets run in the project's folder, as a reader would run them, and must leave no file behind there.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from check_markdown import files, texts

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DOCUMENT = r"""\documentclass{article}
\usepackage{booktabs,graphicx}
\begin{document}
%s
\end{document}
"""


def snippets(path, language):
    """(line number, code) of every fenced block of that language."""
    text = path.read_text(encoding="utf-8")
    for block in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.M | re.S):
        yield text[: block.start()].count("\n") + 2, block.group(1)


def run(command, where, env=None):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=env, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"error: {where} fails:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def latex(engine, where, code):
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "snippet.tex"
        document.write_text(code if r"\documentclass" in code else DOCUMENT % code)
        run([engine, "-interaction=nonstopmode", "-halt-on-error", f"-output-directory={folder}", str(document)], where)


def is_command(line):
    """Whether a line is a whole `ntk` command: no `…`, `[a|b]` or FILE in the place of an argument."""
    return bool(re.match(r"ntk [a-z]", line)) and not re.search(r"[…|<>\[\]]|\b[A-Z]{4,}\b", line)


def commands(path):
    """The `ntk` command lines of a page or of a notebook's text."""
    for text in texts(path):
        text = text.replace("\\\n", " ")
        lines = [line for block in re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S) for line in block.splitlines()]
        spans = re.findall(r"(?<!`)`(ntk [^`]+)`(?!`)", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))
        for line in lines + [" ".join(span.split()) for span in spans]:
            # `cargo run … -- ARGUMENTS` is ntk, too.
            line = re.sub(r"^cargo run .*--bin ntk -- ", "ntk ", line.strip())
            yield from (part.strip() for part in line.split("&&") if is_command(part.strip()))


def check_readme_commands(ntk):
    """The README's commands run, and print what it says they print. Their results go into a store of their own."""
    wanted = [line for _, block in snippets(README, "text") for line in block.splitlines() if line.strip()]
    lines = [line for _, block in snippets(README, "sh") for line in block.splitlines() if line.startswith("ntk ")]
    with tempfile.TemporaryDirectory() as store:
        env = os.environ | {"NTK": ntk, "NTK_STORE_DIR": store}
        printed = ""
        for line in lines:
            print(f"README.md: {line}")
            printed += run(["bash", "-c", f'ntk() {{ "$NTK" "$@"; }}; set -e; {line}'], f"README.md: {line}", env)
    for line in wanted:
        if line not in printed:
            sys.exit(f"error: README.md shows an output that its commands do not print: {line}\n{printed[-3000:]}")
    return len(lines)


def check_command_lines(ntk):
    """Every other command line, with `--help` behind it: ntk refuses a flag or a value that it does not know before that."""
    seen = {}
    for path in files(ROOT):
        for line in commands(path):
            seen.setdefault(line, path.relative_to(ROOT))
    faults = []
    for line, name in seen.items():
        done = subprocess.run([ntk, *shlex.split(line, comments=True)[1:], "--help"], capture_output=True, text=True)
        if done.returncode != 0:
            faults.append(f"error: {name}: {line}: {done.stderr.strip().splitlines()[0]}")
    if faults:
        sys.exit("\n".join(faults))
    print(f"{len(seen)} command lines are read by ntk")
    return len(seen)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: readme_snippets.py NTK")
    count = 0
    for language in ("python", "latex", "sh", "text"):
        if not list(snippets(README, language)):
            sys.exit(f"error: README.md holds no snippet in {language}")
    engine = shutil.which("pdflatex")
    for path in (path for path in files(ROOT) if path.suffix == ".md"):
        name = path.relative_to(ROOT)
        for line, code in snippets(path, "python"):
            print(f"{name}, line {line}: Python")
            print(run([sys.executable, "-c", code], f"{name}, line {line}")[-2000:], end="")
            count += 1
        for line, code in snippets(path, "latex"):
            print(f"{name}, line {line}: LaTeX" + ("" if engine else " (not compiled: no pdflatex here)"))
            if engine:
                latex(engine, f"{name}, line {line}", code)
                count += 1
    count += check_readme_commands(sys.argv[1]) + check_command_lines(sys.argv[1])
    print(f"{count} snippets ran")


if __name__ == "__main__":
    main()
