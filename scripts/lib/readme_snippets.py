#!/usr/bin/env python3
"""Run the README's Python snippets, and compile its LaTeX snippets where LaTeX is installed.

Both run in the project's folder, as a reader would run them, and must leave no file behind there.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = r"""\documentclass{article}
\usepackage{booktabs,graphicx}
\begin{document}
%s
\end{document}
"""


def snippets(language):
    """(line number, code) of every fenced block of that language."""
    text = (ROOT / "README.md").read_text()
    for block in re.finditer(rf"^```{language}\n(.*?)^```$", text, re.M | re.S):
        yield text[: block.start()].count("\n") + 2, block.group(1)


def run(command, line):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    print(done.stdout[-2000:], end="")
    if done.returncode != 0:
        sys.exit(f"error: the README's snippet at line {line} fails:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def latex(engine, line, code):
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "snippet.tex"
        document.write_text(code if r"\documentclass" in code else DOCUMENT % code)
        run([engine, "-interaction=nonstopmode", "-halt-on-error", f"-output-directory={folder}", str(document)], line)


def main():
    count = 0
    for line, code in snippets("python"):
        print(f"README.md, line {line}: Python")
        run([sys.executable, "-c", code], line)
        count += 1
    if count == 0:
        sys.exit("error: README.md holds no Python snippet")
    engine = shutil.which("pdflatex")
    for line, code in snippets("latex"):
        print(f"README.md, line {line}: LaTeX" + ("" if engine else " (not compiled: no pdflatex here)"))
        if engine:
            latex(engine, line, code)
            count += 1
    print(f"{count} snippets ran")


if __name__ == "__main__":
    main()
