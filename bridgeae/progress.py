"""Progress with a time estimate: one line that is rewritten on a terminal, JSON lines for machines, else nothing."""

from __future__ import annotations

import json
import math
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, RLock, Thread
from typing import TextIO

_TICK = 0.5  # seconds between two looks of the clock


class Progress:
    """Show how far a named stage is, how long it still takes, and the figures that matter.

    Args:
        stream: where to write; None means standard error.
        quiet: True writes nothing; None writes only where the stream is a terminal.
        delay: seconds before the first line, so that short stages stay silent.
        log: also write one JSON object a line here, at most one a second and stage: `time` (seconds since 1970),
            `stage`, `done`, `total` and `figures`.

    Attributes:
        within: name of the larger step that the following stages belong to, put before theirs; "" ends it. While
            such a step has no stage to show, because something is compiled, read or drawn, its seconds are shown.

    Example:
        >>> import sys
        >>> Progress(quiet=True, log=sys.stdout).update("linker", 2, 2, loss=0.5)  # doctest: +ELLIPSIS
        {"time": ..., "stage": "linker", "done": 2, "total": 2, "figures": {"loss": 0.5}}
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        quiet: bool | None = None,
        delay: float = 1.0,
        log: TextIO | None = None,
    ) -> None:
        self._stream = stream or sys.stderr
        self._quiet = not self._stream.isatty() if quiet is None else quiet
        self._delay, self._log = delay, log
        self._stage, self._done, self._began, self._shown, self._logged = "", 0, 0.0, 0.0, 0.0
        self._open = self._waiting = False
        self._within, self._lock, self._stop = "", RLock(), Event()

    @property
    def within(self) -> str:
        """Name of the larger step."""
        return self._within

    @within.setter
    def within(self, name: str) -> None:
        self._stop.set()
        self._wipe()
        self._within = name
        if name and not self._quiet:
            self._stop = Event()
            Thread(target=self._wait, args=(name, self._stop, time.monotonic()), daemon=True).start()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Be within a step that may take seconds before it has anything to report; a larger one keeps its name."""
        outer = self.within
        self.within = outer or name
        try:
            yield
        finally:
            self.within = outer

    def _wait(self, name: str, stop: Event, began: float) -> None:
        """Show the seconds that a step takes for as long as no stage of it shows more."""
        while not stop.wait(_TICK):
            with self._lock:
                now = time.monotonic()
                if self._open or stop.is_set() or now - max(began, self._shown) < self._delay:
                    continue
                # the cursor goes back to the start, so that a line that others print replaces this one
                self._stream.write(f"\r\x1b[2K{name:<30.30} {_duration(now - began)}\r")
                self._stream.flush()
                self._waiting = True

    def _wipe(self) -> None:
        with self._lock:
            if self._waiting:
                self._stream.write("\r\x1b[2K")
                self._stream.flush()
                self._waiting = False

    def update(self, stage: str, done: int, total: int, **figures: float) -> None:
        """Report `done` of `total` steps of `stage`; a new stage name starts a new line and a new clock."""
        now = time.monotonic()
        if self.within:
            stage = self.within if self.within.endswith(stage) else f"{self.within}: {stage}"
        if stage != self._stage or done < self._done:
            self._stage, self._began, self._shown, self._logged = stage, now, 0.0, 0.0
        self._done, ended = done, done >= total
        if self._log and (ended or now - self._logged >= 1):
            self._logged = now
            self.record(stage, done, total, **figures)
        if self._quiet or now - self._began < self._delay or (not ended and now - self._shown < 0.2):
            return
        bar = "=" * round(16 * done / max(total, 1))
        gone = now - self._began
        clock = _duration(gone) if ended else f"{_duration(gone / max(done, 1) * (total - done))} left"
        values = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
        line = f"{stage:<30.30} [{bar:<16}] {done}/{total}  {clock}  {values}".rstrip()
        width = shutil.get_terminal_size().columns - 1  # a line that wraps could not be rewritten
        with self._lock:
            self._stream.write(f"\r\x1b[2K{line[:width]}" + ("\n" if ended else ""))
            self._stream.flush()
            self._shown, self._open, self._waiting = now, not ended, False

    def record(self, stage: str, done: int, total: int, **figures: float) -> None:
        """Write one line to the log for machines, if there is one."""
        if self._log:
            finite = lambda v: round(v, 6) if math.isfinite(v) else None  # noqa: E731 - JSON has no NaN
            values = {name: finite(float(value)) for name, value in figures.items()}
            entry = {"time": round(time.time(), 3), "stage": stage, "done": done, "total": total, "figures": values}
            self._log.write(json.dumps(entry) + "\n")
            self._log.flush()

    def close(self) -> None:
        """End a line that is still open, so that what comes next stands on its own."""
        self.within = ""
        if self._open:
            self._stream.write("\n")
            self._stream.flush()
            self._open = False


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
