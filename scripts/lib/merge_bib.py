#!/usr/bin/env python3
"""Adds to a BibTeX file the entries of others that it lacks:  merge_bib.py TARGET SOURCE…

An export writes one `references.bib` into its folder; figures that are copied into another folder take their entries along.
"""

import re
import sys
from pathlib import Path


def entries(text):
    """Key and text of every entry, in order; an entry begins with @ at the start of a line."""
    parts = re.split(r"(?m)^(?=@)", text)[1:]
    return [(re.match(r"@\w+\{([^,\s]+),", part).group(1), part.strip()) for part in parts]


def merged(target, sources):
    known = dict(entries(target))
    for source in sources:
        for key, text in entries(source):
            known.setdefault(key, text)
    return "\n\n".join(known.values()) + "\n"


def main(target, *sources):
    path = Path(target)
    present = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(merged(present, [Path(s).read_text(encoding="utf-8") for s in sources]), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
