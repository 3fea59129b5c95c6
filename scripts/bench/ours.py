"""The Rust side of a comparison: built once, then asked line by line."""

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Bench:
    """A bench of analysis-core that answers each line on its standard input with one JSON object."""

    def __init__(self, name, folder, env=None):
        self.process = subprocess.Popen([newest(name)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)
        self.process.stdin.write(f"{folder}\n")

    def ask(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"the bench ended at {line!r}, with exit status {self.process.wait()}")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def newest(name, kind="bench"):
    """The bench (or `bin`) that cargo built: it names the file in its messages."""
    command = f"cargo build --release --locked --offline -p analysis-core --features cli --{kind} {name} --message-format json"
    lines = subprocess.run(command.split(), cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()
    messages = [json.loads(line) for line in lines]
    return [m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == name][-1]
