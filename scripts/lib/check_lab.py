#!/usr/bin/env python3
"""Open a notebook in JupyterLab, as scripts/lab starts it, in a browser: its kernel gets ready, a cell shows its output, and
a cell that does not compile or panics leaves the kernel usable.

    check_lab.py [--times N] [--busy] [-- ARGUMENT…]    N openings, each with a new kernel; --busy: beside a busy loop per processor
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from unittest import mock

import nbformat
from jupyter_client import AsyncKernelManager, BlockingKernelClient
from jupyter_client.session import Session
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

import lab
import seed
from browser import Browser, program, wait_for

FOLDER = seed.ROOT / "notebooks/out/browser"
NAME = "check.ipynb"
CELLS = ['let answer = 6 * 7;\nprintln!("the answer: {answer}");', 'println!("still: {answer}");']
READY = 400  # seconds for a kernel's start on a busy computer
ANSWER = 180  # seconds for a cell


class Lab:
    """scripts/lab with settings of its own: nothing of the user's is read or written."""

    def __init__(self, place, arguments=()):
        self.place = Path(place)
        folders = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        }
        self.env = os.environ | {name: str(self.place / folder) for name, folder in folders.items()}
        self.log = self.place / "log"
        self.arguments = ["--no-browser", "--ServerApp.port=0", "--LabApp.expose_app_in_browser=True", *arguments]

    def __enter__(self):
        with open(self.log, "w") as log:
            command = [seed.ROOT / "scripts/lab", *self.arguments]
            self.process = subprocess.Popen(command, env=self.env, stdout=log, stderr=log, start_new_session=True)
        try:
            self.server = wait_for(self.started, 600, "JupyterLab did not start")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def started(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"JupyterLab ended with {self.process.returncode}:\n{self.log.read_text()[-3000:]}")
        for file in self.place.glob("runtime/jpserver-*.json"):
            try:
                server = json.loads(file.read_text())
                urllib.request.urlopen(f"{server['url']}api?token={server['token']}", timeout=10).close()
                return server
            except (ValueError, KeyError, OSError):
                pass  # the file is being written, or the server does not answer yet
        return None

    def ask(self, path, method="GET", body=None):
        address = f"{self.server['url']}api/{path}?token={self.server['token']}"
        request = urllib.request.Request(address, method=method, data=json.dumps(body).encode() if body else None)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or "null")

    def address(self, workspace):
        return f"{self.server['url']}lab/workspaces/{workspace}/tree/out/browser/{NAME}?token={self.server['token']}"

    def kernel(self):
        """A client of the one kernel."""
        (kernel,) = self.ask("kernels")
        client = BlockingKernelClient(connection_file=str(self.place / f"runtime/kernel-{kernel['id']}.json"))
        client.load_connection_file()
        client.start_channels()
        return client


def make_notebook():
    """In a folder that git ignores, with the kernels' settings beside it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    settings = (seed.ROOT / "notebooks/evcxr.toml").read_text()
    for path in ("dylib", "../.tools/versions"):
        assert f'path = "{path}"' in settings
        settings = settings.replace(f'path = "{path}"', f'path = "../../{path}"')
    (FOLDER / "evcxr.toml").write_text(settings)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata.kernelspec = {"name": "ntk-rust", "display_name": "Rust (NTK)", "language": "rust"}
    nbformat.write(notebook, FOLDER / NAME)


NOTEBOOK = "[...(window.jupyterapp?.shell.widgets('main') ?? [])].find(widget => widget.sessionContext)"
STATUS = f"({NOTEBOOK})?.sessionContext.kernelDisplayStatus ?? 'no notebook'"
CHOOSE = f"window.jupyterapp.shell.activateById(({NOTEBOOK}).id)"
OUTPUTS = "[...document.querySelectorAll('.jp-OutputArea-output')].map(output => output.innerText).join('\\n')"
COMMAND = "window.jupyterapp.commands.execute"
RUN = f"{COMMAND}('notebook:run-cell-and-select-next')"


def wait_for_status(page, wanted, seconds):
    seen = []

    def look():
        status = page.value(STATUS)
        if not seen or seen[-1] != status:
            seen.append(status)
        return status == wanted

    wait_for(look, seconds, lambda: f"the kernel's status did not become \"{wanted}\" within {seconds} s; it was, in turn: {', '.join(seen)}")


def run_cell(page, text):
    """Run the chosen cell and wait for `text` among the outputs, without waiting for what the page says of the cell."""
    page.value(f"void {RUN}")
    wait_for(
        lambda: text in page.value(OUTPUTS),
        ANSWER,
        lambda: f"the cell did not show \"{text}\" within {ANSWER} s; the outputs: {page.value(OUTPUTS)!r}, status {page.value(STATUS)}",
    )


def execute(client, code):
    """(the reply's status, all that the cell wrote)"""
    text = []

    def write(message):
        content = message["content"]
        text.append(content.get("text", "") + content.get("evalue", "") + content.get("data", {}).get("text/plain", ""))

    reply = client.execute_interactive(code, timeout=ANSWER, output_hook=write, allow_stdin=False)
    return reply["content"]["status"], "".join(text)


def check_kernel(client):
    """What must not end a kernel, and completion."""
    status, text = execute(client, "let wrong: bool = 1;")
    assert status == "error" and "mismatched types" in text, (status, text)
    _, text = execute(client, 'panic!("on purpose");')
    assert "on purpose" in text, text
    status, text = execute(client, 'println!("{}", answer + 1);')
    assert status == "ok" and "43\n" in text, (status, text)  # beside what is left of the panic's message
    reply = client.complete("answer.wrapping_a", reply=True, timeout=ANSWER)["content"]
    assert any(match.startswith("wrapping_add") for match in reply["matches"]), reply


def without_browser(server):
    """The same kernel, started as a page starts it."""
    make_notebook()
    body = {"path": f"out/browser/{NAME}", "name": NAME, "type": "notebook", "kernel": {"name": "ntk-rust"}}
    session = server.ask("sessions", "POST", body)
    client = server.kernel()
    try:
        client.wait_for_ready(timeout=READY)
        status, text = execute(client, CELLS[0])
        assert (status, text.strip()) == ("ok", "the answer: 42"), (status, text)
        check_kernel(client)
    finally:
        client.stop_channels()
        server.ask(f"sessions/{session['id']}", "DELETE")


def check_restart(page):
    """A page of a kernel that starts again shows when it is ready."""
    # Asked for and then looked at, as a kernel's start may take longer than the browser's answer is waited for.
    page.value(f"void ({NOTEBOOK}).sessionContext.session.kernel.restart().finally(() => {{ window.restarted = true; }})")
    wait_for(lambda: page.value("window.restarted === true"), READY, "the kernel's restart did not come to an end")
    wait_for_status(page, "idle", READY)
    page.value(f"void {COMMAND}('notebook:clear-all-cell-outputs'), void {COMMAND}('notebook:run-all-cells')")
    wait_for(lambda: "still: 42" in page.value(OUTPUTS), ANSWER, "the cells did not run after a restart")


def check_connection():
    """lib/lab.py asks the kernel nothing on its control channel (why is said there), and leaves that to everybody else."""
    manager = AsyncKernelManager()
    connect = manager.connect_control
    with mock.patch.object(ZMQChannelsWebsocketConnection, "nudge", lambda self: self.kernel_manager.connect_control()):
        channel = lab.Connection(parent=manager).nudge()
    assert isinstance(channel, lab.Nothing) and manager.connect_control == connect
    Session().send(channel, "kernel_info_request")
    channel.on_recv(None)
    channel.close()
    assert not channel.closed()


def open_once(server, name, and_the_kernel=True):
    make_notebook()
    start = time.monotonic()
    with Browser() as page:
        page.open(server.address(name))
        wait_for_status(page, "idle", READY)
        idle = time.monotonic() - start
        page.value(CHOOSE)
        run_cell(page, "the answer: 42")
        ran = time.monotonic() - start
        if and_the_kernel:
            client = server.kernel()
            try:
                check_kernel(client)
            finally:
                client.stop_channels()
        run_cell(page, "still: 42")
        if and_the_kernel:
            check_restart(page)
    for session in server.ask("sessions"):
        server.ask(f"sessions/{session['id']}", "DELETE")
    print(f"   {name}: idle after {idle:.0f} s, a cell's output after {ran:.0f} s", flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("arguments", nargs="*", help="more arguments for JupyterLab, after --")
    return parser.parse_args()


def main():
    arguments = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    check_connection()
    seed.ensure()
    loops = []
    if arguments.busy:
        loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count())]
    place = tempfile.mkdtemp(prefix="ntk-lab-")
    try:
        with Lab(place, arguments.arguments) as server:
            try:
                if program() is None:
                    without_browser(server)
                    print("   no Chromium and no Chrome is installed: the kernel was tried, opening a page was skipped")
                    return
                for number in range(arguments.times):
                    open_once(server, f"opening-{number + 1}", and_the_kernel=number == 0)
            except BaseException:
                print(f"JupyterLab's last words:\n{server.log.read_text()[-3000:]}", file=sys.stderr)
                raise
    finally:
        for loop in loops:
            loop.kill()
        shutil.rmtree(place, ignore_errors=True)
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    main()
