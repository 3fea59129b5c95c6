#!/usr/bin/env python3
"""Which file of the library uses which: rings between the files of a folder, and uses against the order of lib.rs.

    check_rooms.py [SOURCE]         say what there is; exit status 1 if there is anything
    check_rooms.py --graph FOLDER   also what each file of FOLDER (`data`, for instance) uses within it

The order is that of the table at the top of lib.rs: a module uses those above it in the table, and what is not in the
table (`error`, `linalg`, …), which uses nothing of the table. A folder is one thing among the files beside it. Tests and
the command, `bin`, may use anything.
"""

import re
import sys
from pathlib import Path

TESTS = re.compile(r"tests?|\w+_tests?|gallery")
TEST_ONLY = re.compile(r"#\[cfg\((?:test|all\(test[^)]*\))\)\]\s*(?:#\[[^\]]*\]\s*)*")
PUB_USE = re.compile(r"\bpub(?:\([^)]*\))?\s+use ([^;]+);")


def end_of_item(text, start):
    """Where the item that begins at `start` ends: after its first `;`, or after the brace that closes its first one."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0 and text[at] in ";}":
            return at + 1
    return len(text)


def program_text(path):
    """Without comments, tests and the contents of strings, which may look like code."""
    text = re.sub(r'"(?:\\.|[^"\\])*"', '""', re.sub(r"//[^\n]*", "", path.read_text()), flags=re.S)
    text = re.sub(r"'(?:[{};\"]|\\.)'", "' '", text)
    while found := TEST_ONLY.search(text):
        text = text[: found.start()] + text[end_of_item(text, found.end()) :]
    return text


def paths_of(tree):
    """`a::{b, c::{d, e as f}}` as a::b, a::c::d, a::c::e."""
    head, brace, rest = tree.partition("{")
    if not brace:
        return [tree.split(" as ")[0].strip()]
    paths, depth, item = [], 0, ""
    for letter in rest[: rest.rindex("}")] + ",":
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            paths += [head.strip() + path for path in paths_of(item)] if item.strip() else []
            item = ""
        else:
            item += letter
    return paths


class Crate:
    """Files by module: ("data", "rows"); a folder's mod.rs is ("data",), lib.rs ()."""

    def __init__(self, source):
        self.files = {}
        for path in sorted(source.rglob("*.rs")):
            parts = path.relative_to(source).with_suffix("").parts
            if parts[0] != "bin" and not any(TESTS.fullmatch(part) for part in parts):
                self.files[parts[:-1] if parts[-1] in ("mod", "lib") else parts] = path
        self.text = {module: program_text(path) for module, path in self.files.items()}
        self.hands_on = {}
        for module, text in self.text.items():
            full = [self.full(module, path) for tree in PUB_USE.findall(text) for path in paths_of(tree)]
            self.hands_on[module] = {path[-1]: path for path in full if path}

    def full(self, module, path):
        """A path that is written in `module`, from the crate's root; None for one into another crate."""
        parts, here = path.split("::"), module
        if parts[0] == "crate":
            here, parts = (), parts[1:]
        elif parts[0] not in ("self", "super") and (*module, parts[0]) not in self.files:
            return None
        while parts and parts[0] in ("self", "super"):
            here = here[:-1] if parts[0] == "super" else here
            parts = parts[1:]
        return (*here, *parts)

    def file(self, path):
        """The file that a full path leads to, also where a mod.rs hands the name on."""
        for _ in range(9):
            module = path
            while module not in self.files:
                module = module[:-1]
            onward = self.hands_on[module].get(path[len(module)]) if len(path) > len(module) else None
            if onward is None:
                break
            path = onward
        return module

    def uses(self, module):
        text = self.text[module]
        if self.files[module].name in ("mod.rs", "lib.rs"):
            text = PUB_USE.sub("", text)
        paths = [path for tree in re.findall(r"\buse ([^;]+);", text) for path in paths_of(tree)]
        paths += re.findall(r"\b(?:crate|super|self)(?:::\w+)+", re.sub(r"\buse [^;]+;", "", text))
        return {self.file(full) for path in paths if (full := self.full(module, path))} - {module, ()}

    def graph(self, folder, uses):
        """What each file or folder in `folder` uses of the others."""
        depth, graph = len(folder) + 1, {}
        for module in self.files:
            if module and module[: depth - 1] == folder:
                used = {other[:depth] for other in uses[module] if other[: depth - 1] == folder}
                graph.setdefault(module[:depth], set()).update(used - {module[:depth]})
        return graph


def rings(graph):
    """The parts of more than one in which each leads to each, by Tarjan's algorithm."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            part = stack[stack.index(node) :]
            del stack[-len(part) :]
            found.extend([sorted(part)] if len(part) > 1 else [])

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def problems(crate, shown=None):
    uses = {module: crate.uses(module) for module in crate.files}
    name = "/".join
    found = []
    for folder in sorted({module[:-1] for module in crate.files if module}):
        graph = crate.graph(folder, uses)
        if shown == name(folder):
            print("\n".join(f"{name(node)} → {', '.join(map(name, sorted(graph[node]))) or 'none'}" for node in sorted(graph)))
        for ring in rings(graph):
            arrows = [f"{name(a)} → {name(b)}" for a in ring for b in sorted(graph[a]) if b in ring]
            found.append(f"ring in {name(folder) or 'the crate'}: {', '.join(arrows)}")
    order = re.findall(r"^//! \| \[?`(\w+)`\]? \|", crate.files[()].read_text(), re.M)
    rank = {module: place for place, module in enumerate(order)}
    for module in sorted(crate.files)[1:]:
        against = [other for other in sorted(uses[module]) if rank.get(module[0], -1) < rank.get(other[0], -1)]
        found += [f"against the order of lib.rs: {name(module)} → {name(other)}" for other in against]
    return found


def main(arguments):
    shown = arguments.pop(arguments.index("--graph") + 1) if "--graph" in arguments else None
    source = [argument for argument in arguments if argument != "--graph"]
    library = Path(source[0]) if source else Path(__file__).resolve().parents[2] / "analysis-core/src"
    found = problems(Crate(library), shown)
    print("\n".join(found) if found else "no ring of files, and no use against the order of lib.rs")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
