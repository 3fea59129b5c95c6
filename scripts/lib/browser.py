"""A web browser without a window, steered through Chromium's own protocol (its "DevTools"). Called as a program it says by its
status whether there is one."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import websocket

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def program():
    """Chromium or Chrome, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page. `with Browser() as page: page.open(address); page.value("1 + 1")`."""

    def __enter__(self):
        self.profile = tempfile.mkdtemp(prefix="ntk-browser-")
        flags = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--window-size=1400,1000"]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        command = [program(), *flags, "--remote-debugging-port=0", f"--user-data-dir={self.profile}", "about:blank"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            port = wait_for(self._port, 120, "the browser did not start")
            page = wait_for(lambda: self._page(port), 60, "the browser has no page")
            self.socket = websocket.create_connection(page, suppress_origin=True, timeout=120)
        except BaseException:
            self.__exit__()
            raise
        self.count = 0
        self.send("Page.enable")
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)  # as if somebody sat there
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _port(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the browser ended with {self.process.returncode}")
        file = Path(self.profile) / "DevToolsActivePort"
        return int(file.read_text().split()[0]) if file.exists() and file.read_text().strip() else None

    def _page(self, port):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=30) as answer:
            pages = [page for page in json.load(answer) if page["type"] == "page"]
        return pages[0]["webSocketDebuggerUrl"] if pages else None

    def send(self, method, **parameters):
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def open(self, address):
        self.send("Page.navigate", url=address)

    def value(self, script):
        """The value of a JavaScript expression (a promise is waited for)."""
        result = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{script}: {result['exceptionDetails']}")
        return result["result"].get("value")


def wait_for(question, seconds, complaint):
    """The first true answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := question():
            return answer
        time.sleep(0.1)
    raise TimeoutError(complaint() if callable(complaint) else complaint)


if __name__ == "__main__":
    sys.exit(program() is None)
