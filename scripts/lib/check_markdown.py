#!/usr/bin/env python3
"""Every link of the project's Markdown (pages, and the text cells of notebooks) leads somewhere: a relative one to a file, and
to a heading of it where it names one. A section named as `[03](03-….ipynb), *Heading*` is a heading of that notebook. The
README is short.

    check_markdown.py [ROOT]
"""

import json
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from urllib.parse import unquote

README_BYTES = 7000
LINK = re.compile(r"!?\[(?:[^\[\]]|\\.|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
SECTION = re.compile(r"\]\(([^)\s]+\.ipynb)\),? \*([^*\n]+)\*")
FENCE = re.compile(r"^(```+|~~~+).*?^\1\s*$", re.M | re.S)


def linked(text):
    """The text without what looks like a link in code, each line where it was."""
    text = FENCE.sub(lambda block: re.sub(r"[^\n]", " ", block.group(0)), text)
    return re.sub(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", lambda code: re.sub(r"[\[\]()]", " ", code.group(0)), text)


def texts(path):
    """What is Markdown in a file: the page, or each text cell of a notebook."""
    if path.suffix != ".ipynb":
        return [path.read_text(encoding="utf-8")]
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]


def headings(path):
    return [match.group(1).strip() for text in texts(path) for match in re.finditer(r"^#{1,6}\s+(.+?)\s*#*$", linked(text), re.M)]


def anchor(heading):
    """The name that GitHub gives a heading."""
    heading = re.sub(r"[`*]|!?\[([^\]]*)\]\([^)]*\)", lambda match: match.group(1) or "", heading).lower()
    kept = (c for c in heading if c in " -_" or unicodedata.category(c)[0] in "LN")
    return "".join(kept).replace(" ", "-")


def faults_of(path, root):
    name = path.relative_to(root)
    for text in texts(path):
        shown = linked(text)
        for match in LINK.finditer(shown):
            target = match.group(1)
            where = f"{name}, line {shown.count(chr(10), 0, match.start()) + 1}"
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            file, _, section = unquote(target).partition("#")
            there = (root / file.lstrip("/") if file.startswith("/") else path.parent / file) if file else path
            if not there.exists():
                yield f"{where}: there is no {target}"
            elif not there.resolve().is_relative_to(root.resolve()):
                yield f"{where}: {target} lies outside the project"
            elif section and there.suffix == ".md" and section not in map(anchor, headings(there)):
                yield f"{where}: {file or name} has no heading #{section}"
        for match in SECTION.finditer(shown):
            there = path.parent / match.group(1)
            found = [re.sub(r"^\d\d · ", "", heading) for heading in headings(there)] if there.exists() else []
            if match.group(2) not in found:
                yield f"{name}: {match.group(1)} has no section \"{match.group(2)}\""


def files(root):
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md", "*.ipynb"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    return [root / name for name in sorted(set(listed.split("\0")) - {""}) if (root / name).exists()]


def main():
    root = Path(sys.argv[1]).absolute() if sys.argv[1:] else Path(__file__).resolve().parents[2]
    pages = files(root)
    faults = [fault for path in pages for fault in faults_of(path, root)]
    size = (root / "README.md").stat().st_size
    if size > README_BYTES:
        faults.append(f"README.md has {size} bytes: at most {README_BYTES}, the rest goes beside what it speaks of")
    if faults:
        sys.exit("\n".join(f"error: {fault}" for fault in faults))
    print(f"{len(pages)} Markdown pages and notebooks: every link leads somewhere")


if __name__ == "__main__":
    main()
