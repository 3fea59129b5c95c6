#!/usr/bin/env python3
"""Execute the notebooks of this project and fail on anything that went wrong.

Executed copies go to `--out` (default notebooks/out); tracked files are never changed, except by `--refresh`, which writes
the outputs back into the notebooks themselves. A notebook is skipped when nothing that it depends on has changed since it
last ran to its end (inputs.py): its source, the library, the data, the kept results, the NTK_… settings.

A panic, a failed assertion or a `?` that ends a cell leave the cell's status at "ok" in evcxr. They show on standard error,
so any output there fails the notebook (deliberate messages go to standard output).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

import inputs
import seed

NOTEBOOKS = seed.ROOT / "notebooks"
KERNEL = "ntk-rust"
MAX_BYTES = 500_000  # of a committed notebook
# Progress has times in it, and outputs are compared with those of other runs.
os.environ["NTK_PROGRESS"] = "off"


class Failed(Exception):
    pass


def problem(cell):
    """What is wrong with a cell's outputs, if anything. evcxr calls a panic and a `?` error a success, and an `Err` at the
    end of a cell is shown as a red message; a cell that is there to show one has the tag "refusal", and then must."""
    shown = False
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            return f"{output.ename}: {output.evalue}"
        if output.output_type == "stream" and output.name == "stderr":
            return output.text
        data = output.get("data", {})
        # evcxr prints what a cell uses up instead of drawing it.
        if set(data) == {"text/plain"} and data["text/plain"].startswith(("Figure {", "Table {")):
            return "a figure or a table is shown as text: give it a name, and end the cell with the name"
        shown = shown or 'class="ntk-error"' in data.get("text/html", "")
    wanted = "refusal" in cell.metadata.get("tags", [])
    if shown != wanted:
        return "an error is shown, and the cell has no tag \"refusal\"" if shown else "no error, where one should be shown"
    return None


def merge_streams(cell):
    """Consecutive pieces of one stream become one: how text was cut into messages is chance."""
    merged = []
    for output in cell.get("outputs", []):
        if merged and output.output_type == "stream" and merged[-1].get("name") == output.name:
            merged[-1].text += output.text
        else:
            merged.append(output)
    if "outputs" in cell:
        cell.outputs = merged


def title(cell):
    line = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    return line if len(line) <= 60 else line[:57] + "…"


def execute(notebook, out, name, timeout):
    """Run every cell in a fresh kernel. Returns the timings."""
    client = NotebookClient(
        notebook,
        kernel_name=KERNEL,
        timeout=timeout,
        startup_timeout=300,
        record_timing=False,
        resources={"metadata": {"path": str(NOTEBOOKS)}},
    )
    log = out / f"{name}.kernel.log"
    begin = time.monotonic()
    try:
        with open(log, "w") as chatter, client.setup_kernel(stdout=chatter, stderr=chatter):
            started = time.monotonic() - begin
            print(f"   kernel ready after {started:.1f} s", flush=True)
            cells = execute_cells(client, notebook)
            reply = client.wait_for_reply(client.kc.kernel_info())
            notebook.metadata.language_info = reply["content"]["language_info"]
    except (DeadKernelError, RuntimeError) as error:
        raise Failed(f"the kernel died: {error}\n{log.read_text()[-2000:]}") from error
    return {"start": started, "cells": cells, "total": time.monotonic() - begin}


def execute_cells(client, notebook):
    timings = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        begin = time.monotonic()
        try:
            client.execute_cell(cell, index)
        except CellTimeoutError as error:
            raise Failed(f"cell {index} took too long: {title(cell)}\n{error}") from error
        except CellExecutionError as error:
            raise Failed(f"cell {index} failed: {title(cell)}\n{error}") from error
        seconds = time.monotonic() - begin
        merge_streams(cell)
        if text := problem(cell):
            raise Failed(f"cell {index} went wrong: {title(cell)}\n{text}")
        timings.append({"cell": index, "seconds": seconds, "first_line": title(cell)})
        print(f"   {seconds:7.1f} s  [{index}] {title(cell)}", flush=True)
    return timings


def without_chance(notebook):
    """Drop what differs between two equal runs."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata = nbformat.NotebookNode(
        kernelspec={"display_name": "Rust (NTK)", "language": "rust", "name": KERNEL},
        language_info=notebook.metadata.get("language_info", {}),
    )


def refuse_private(notebook, name):
    """A committed notebook holds no path of a machine, no git revision, and is light."""
    text = nbformat.writes(notebook)
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=seed.ROOT, capture_output=True, text=True).stdout.strip()
    for what, word in [("a path", str(seed.ROOT)), ("a path", str(Path.home())), ("a git revision", revision[:12])]:
        if word.strip("/") and word in text:
            raise Failed(f"{name}: its outputs contain {what}: {word}")
    if len(text.encode()) > MAX_BYTES:
        raise Failed(f"{name}: {len(text.encode())} bytes with its outputs, more than {MAX_BYTES}")


def write(notebook, path):
    """Complete or not at all."""
    new = path.with_suffix(".new")
    nbformat.write(notebook, new)
    os.replace(new, path)


def run(path, arguments):
    notebook = nbformat.read(path, as_version=4)
    name, out = path.stem, arguments.out
    stamp, copy = out / ".done" / name, out / path.name
    cells = [[cell.cell_type, cell.source] for cell in notebook.cells]
    wanted = inputs.key(path.name, cells, seed.key(), seed.ROOT)
    if not arguments.force and not arguments.refresh and copy.exists() and stamp.exists() and stamp.read_text() == wanted:
        print(f"── {path.name}: nothing has changed since it last ran")
        return None
    print(f"── {path.name}", flush=True)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    try:
        timings = execute(notebook, out, name, arguments.cell_timeout)
    finally:
        without_chance(notebook)
        write(notebook, copy)  # also of a failed run: it shows where it stopped
    if arguments.refresh:
        refuse_private(notebook, path.name)
        write(notebook, path)
    stamp.write_text(wanted)
    seconds = [cell["seconds"] for cell in timings["cells"]] or [0.0]
    slowest = max(timings["cells"], key=lambda cell: cell["seconds"], default={"cell": "-", "seconds": 0})
    timings["median_cell"] = statistics.median(seconds)
    print(
        f"   {len(seconds)} cells in {timings['total']:.0f} s: start {timings['start']:.1f} s, "
        f"median cell {timings['median_cell']:.1f} s, slowest {slowest['seconds']:.1f} s (cell {slowest['cell']})",
        flush=True,
    )
    return timings


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: notebooks/*.ipynb")
    parser.add_argument("--out", type=Path, default=NOTEBOOKS / "out", help="where executed copies go")
    parser.add_argument("--refresh", action="store_true", help="write the outputs back into the notebooks")
    parser.add_argument("--force", action="store_true", help="run notebooks whose inputs have not changed too")
    parser.add_argument("--cell-timeout", type=int, default=None, metavar="SECONDS", help="default: none")
    parser.add_argument("--timings", type=Path, metavar="FILE", help="write seconds per notebook and cell as JSON")
    return parser.parse_args()


def main():
    arguments = parse()
    arguments.out = arguments.out.resolve()
    paths = [path.resolve() for path in arguments.notebooks] or sorted(NOTEBOOKS.glob("*.ipynb"))
    if not paths:
        sys.exit("error: there are no notebooks")
    arguments.out.mkdir(parents=True, exist_ok=True)
    seed.ensure()
    timings, failed = {}, []
    for path in paths:
        try:
            if (result := run(path, arguments)) is not None:
                timings[path.name] = result
        except Failed as error:
            print(f"error: {path.name}: {error}", file=sys.stderr, flush=True)
            failed.append(path.name)
    if arguments.timings:
        arguments.timings.write_text(json.dumps(timings, indent=1) + "\n")
    if failed:
        sys.exit(f"error: {len(failed)} of {len(paths)} notebooks failed: {', '.join(failed)}")
    print(f"{len(paths)} notebooks are done; executed copies: {os.path.relpath(arguments.out, Path.cwd())}")


if __name__ == "__main__":
    main()
