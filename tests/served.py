"""A page that is served for as long as a block runs, and one that records what it is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae.serve import Page, PageServer


class Recorder:
    """A page that records what it was asked, and who else was in it at that time."""

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self.modes: list[int] = []
        self.inside = self.most_inside = 0
        self.wait = threading.Event()
        self.wait.set()

    def describe(self) -> dict[str, Any]:
        return {"title": "Recorder", "noun": "texts", "inputs": ["text"], "suffixes": [".txt", ".txt.gz"]}

    def answer(self, path: Path, seed: int) -> dict[str, Any]:
        self.inside += 1
        self.most_inside = max(self.inside, self.most_inside)
        self.wait.wait(5)
        self.paths.append(path)
        self.modes.append(path.parent.stat().st_mode & 0o777)
        text = path.read_text()
        self.inside -= 1
        if text == "bad":
            raise FileFormatError(f"`path` {path} is no text.")
        if text == "worse":
            raise ZeroDivisionError("by nothing\nat all")
        if text == "page":
            return {"document": "<p id=a></p><script>document.getElementById('a').textContent = 'ran'</script>"}
        return {"text": text, "seed": seed, "name": path.name}

    def decode(self, z: np.ndarray) -> dict[str, Any]:
        return {"sum": float(z.sum())}

    def cloud(self, z: np.ndarray) -> dict[str, Any]:
        return {"latents": [z.tolist()]}


@contextmanager
def running(page: Page) -> Iterator[PageServer]:
    with PageServer(page) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()


@contextmanager
def static_site(folder: Path) -> Iterator[str]:
    """Serve a folder as a static host does; yield its address."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as host:
        threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{host.server_port}/"
        host.shutdown()
