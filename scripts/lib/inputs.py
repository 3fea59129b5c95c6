"""What the outputs of an executed notebook depend on, as one hash (run_notebooks.py skips a notebook whose hash is as it was)."""

import hashlib
import json
import os
from pathlib import Path


def data_folder(root):
    """The folder of the published sets, where the library looks for them (analysis-core/src/data/folder.rs)."""
    return Path(os.environ.get("NTK_DATA_DIR") or root / "data")


def data_state(folder):
    """Names, sizes and times of the data files: their contents were verified when they were fetched."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]


def contents(folder):
    """Names and contents of the files that notebooks read beside the data (notebooks/results)."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".new"))
    return [[str(path.relative_to(folder)), hashlib.sha256(path.read_bytes()).hexdigest()] for path in files]


def settings():
    """The NTK_… variables."""
    return [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith("NTK_")]


def key(name, cells, library, root):
    """A hash of everything that executing the notebook `name` depends on: its `cells` (kind and source), the `library`
    (the seed's key), the data, the kept results, the settings, and the programs that execute it."""
    programs = [Path(__file__).with_name(program).read_text() for program in ("run_notebooks.py", "inputs.py")]
    everything = [name, cells, library, data_state(data_folder(root)), contents(root / "notebooks/results"), settings(), programs]
    return hashlib.sha256(json.dumps(everything).encode()).hexdigest()
