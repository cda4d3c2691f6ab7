"""Drive a headless Chromium by the DevTools protocol over a pipe, which needs no other package."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --remote-debugging-pipe --mute-audio"
)
_PATIENCE = 15  # seconds until a page must have done what is waited for


class Tab:
    """One tab of a browser."""

    def __init__(self, browser: Browser, url: str, width: int = 1280, height: int = 900) -> None:
        self._browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "DOM", "Log"):
            self.call(f"{domain}.enable")
        self.resize(width, height)
        self.call("Page.navigate", url=url)
        self.wait("document.documentElement?.dataset.ready")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **parameters)

    def run(self, script: str) -> Any:
        """Return the value of a script, awaited."""
        said = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def wait(self, script: str) -> Any:
        """Return the value of a script once it is true."""
        end = time.monotonic() + _PATIENCE
        while not (value := self.run(f"(v => v instanceof Element || (v ?? null))({script})")):
            assert time.monotonic() < end, f"{script} never came true: {self.run('document.body.innerText')}"
            time.sleep(0.02)
        return value

    def resize(self, width: int, height: int, scheme: str = "light") -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.call("Emulation.setEmulatedMedia", features=features)

    def choose(self, selector: str, *files: Path) -> None:
        """Put files into a file input."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(file) for file in files])

    def stroke(self, selector: str, *points: tuple[float, float]) -> None:
        """Drag the mouse over an element, through points in shares of its width and height."""
        box = self.run(
            f"(() => {{ const e = document.querySelector('{selector}'); e.scrollIntoView({{block: 'center'}}); "
            "const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height] })()"
        )
        places = [(box[0] + x * box[2], box[1] + y * box[3]) for x, y in points]
        for kind, (x, y) in [("mousePressed", places[0]), *(("mouseMoved", p) for p in places[1:])]:
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)
        x, y = places[-1]
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=x, y=y, button="left", clickCount=1)

    def key(self, key: str, **more: Any) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, **more)

    def screenshot(self, path: Path, *, full: bool = True) -> None:
        content = self.call("Page.captureScreenshot", captureBeyondViewport=full)["data"]
        path.write_bytes(base64.b64decode(content))

    def complaints(self) -> list[str]:
        """Return what the console and the security policy complained of so far."""
        said = [e["params"] for e in self._browser.events if e.get("sessionId") == self._session]
        entries = [p["entry"] for p in said if "entry" in p and p["entry"]["level"] == "error"]
        thrown = [p["exceptionDetails"]["text"] for p in said if "exceptionDetails" in p]
        return [f"{e['text']} {e.get('url', '')}" for e in entries] + thrown


class Browser:
    """A running browser with a profile of its own."""

    def __init__(self, profile: Path, *flags: str) -> None:
        (there, self._write), (self._read, back) = os.pipe(), os.pipe()
        command = [str(CHROMIUM), *FLAGS.split(), f"--user-data-dir={profile}", *flags]

        def connect() -> None:  # the browser reads from 3 and writes to 4
            os.dup2(os.dup(there), 103), os.dup2(os.dup(back), 104)
            os.dup2(103, 3), os.dup2(104, 4)

        self._process = subprocess.Popen(
            command, preexec_fn=connect, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(there), os.close(back)
        self._number, self._buffer, self.events = 0, b"", list[dict[str, Any]]()

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        os.write(self._write, json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        while True:
            while b"\0" not in self._buffer:
                part = os.read(self._read, 2**20)
                assert part, "the browser has ended"
                self._buffer += part
            text, _, self._buffer = self._buffer.partition(b"\0")
            said = json.loads(text)
            if said.get("id") == self._number:
                assert "error" not in said, (method, said["error"])
                result: dict[str, Any] = said["result"]
                return result
            self.events.append(said)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        os.close(self._write), os.close(self._read)


@contextmanager
def browser(profile: Path, *flags: str) -> Iterator[Browser]:
    """Run a browser for as long as the block does."""
    running = Browser(profile, *flags)
    try:
        yield running
    finally:
        running.close()
