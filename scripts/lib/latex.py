#!/usr/bin/env python3
"""Compile every .tex in the given folders, each in a document of its own with what the file's first line asks for.

    scripts/lib/latex.py FOLDER...
"""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

DOCUMENT = r"""\documentclass{article}
%s
\begin{document}
\input{%s}
\end{document}
"""


def compile_one(table):
    """What pdflatex says where it fails, or leaves a sign out; nothing where all is well."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        # Under a plain name: \\input cannot read every path.
        (folder / "table.tex").write_bytes(table.read_bytes())
        # A figure's .tex shows the PDF beside it.
        drawn = table.with_suffix(".pdf")
        if drawn.exists():
            (folder / drawn.name).write_bytes(drawn.read_bytes())
        needed = table.read_text(encoding="utf-8").partition("\n")[0].removeprefix("% needs ")
        (folder / "document.tex").write_text(DOCUMENT % (needed, "table.tex"), encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "document.tex"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", errors="replace")
        missing = [line for line in done.stdout.splitlines() if line.startswith("Missing character")]
        if done.returncode == 0 and not missing:
            return None
        return "\n".join(missing or done.stdout.splitlines()[-25:])


def main():
    tables = sorted(table for folder in sys.argv[1:] for table in Path(folder).rglob("*.tex"))
    if not tables:
        sys.exit("error: no .tex in " + ", ".join(sys.argv[1:]))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(zip(tables, pool.map(compile_one, tables)))
    for table, problem in found:
        if problem:
            print(f"error: {table}:\n{problem}\n", file=sys.stderr)
    failed = sum(problem is not None for _, problem in found)
    print(f"   {len(found) - failed} of {len(found)} tables compile")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
