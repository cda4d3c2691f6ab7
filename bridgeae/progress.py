"""Progress with a time estimate: a bar on a terminal, JSON lines for machines, else nothing."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

_SHORT = 1.0  # seconds: a shorter stage leaves no line behind


class Progress:
    """Show how far a named stage is, how long it still takes, and its figures.

    ``Progress(quiet=True)`` is silent: pass it to `fit` in notebooks, services and tests.

    Args:
        stream: where to write; None means standard error.
        quiet: True writes nothing; None writes only where the stream is a terminal.
        log: also write one JSON object a line here, at most one a second and stage: `time` (seconds since 1970),
            `stage`, `done`, `total` and `figures`.

    Example:
        >>> import sys
        >>> Progress(quiet=True, log=sys.stdout).update("linker", 2, 2, loss=0.5)  # doctest: +ELLIPSIS
        {"time": ..., "stage": "linker", "done": 2, "total": 2, "figures": {"loss": 0.5}}
    """

    def __init__(self, stream: TextIO | None = None, *, quiet: bool | None = None, log: TextIO | None = None) -> None:
        stream = stream or sys.stderr
        self._stream = stream if (stream.isatty() if quiet is None else not quiet) else None
        self._log, self._logged = log, 0.0
        self._steps: list[str] = []
        self._stage, self._done = "", 0
        self._live: Any = None  # one line of rich, which Keras requires; finished stages stay above it
        self._task: Any = None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Be within a step that may take seconds before its first `update`; the outermost step names all within it."""
        self._steps.append(name)
        if len(self._steps) == 1:
            self._show(name, 0, None)
        try:
            yield
        finally:
            self._steps.pop()
            if not self._steps:
                self.close()

    def update(self, stage: str, done: int, total: int, **figures: float) -> None:
        """Report `done` of `total` steps of `stage`; another name starts another line and another clock."""
        if self._steps and self._steps[0] != stage:
            stage = f"{self._steps[0]}: {stage}"
        if stage != self._stage or done < self._done:
            self._stage, self._logged = stage, 0.0
        self._done = done
        now = time.monotonic()
        if self._log and (done >= total or now - self._logged >= 1):
            self._logged = now
            self.record(stage, done, total, **figures)
        self._show(stage, done, total, **figures)
        if done >= total and not self._steps:
            self.close()

    def record(self, stage: str, done: int, total: int, **figures: float) -> None:
        """Write one line to the log for machines, if there is one."""
        if self._log:
            finite = {name: round(float(v), 6) if math.isfinite(v) else None for name, v in figures.items()}
            entry = {"time": round(time.time(), 3), "stage": stage, "done": done, "total": total, "figures": finite}
            print(json.dumps(entry), file=self._log, flush=True)

    def close(self) -> None:
        """Take an unfinished line off the terminal."""
        if self._live:
            self._leave()
            self._live.stop()
            self._live = None

    def _show(self, label: str, done: int, total: int | None, **figures: float) -> None:
        if self._stream is None:
            return
        if not self._live:
            from rich import console, progress

            left = progress.TextColumn("{task.fields[label]:<30.30}", markup=False), progress.BarColumn(16)
            times = progress.MofNCompleteColumn(), progress.TimeElapsedColumn(), progress.TimeRemainingColumn()
            right = progress.TextColumn("{task.fields[figures]}", markup=False)
            screen = console.Console(file=self._stream)  # what a command prints may go to a file
            self._live = progress.Progress(
                *left, *times, right, console=screen, redirect_stdout=False, redirect_stderr=False
            )
            self._live.start()
        words = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
        shown = [t for t in self._live.tasks if t.id == self._task and t.fields["label"] == label]
        if not shown or done < shown[0].completed:
            self._leave()
            self._task = self._live.add_task("", label=label, total=total, figures=words)
        self._live.update(self._task, completed=done, total=total, figures=words)

    def _leave(self) -> None:
        """Remove the current line unless its stage is done and took a while."""
        for task in self._live.tasks:
            if task.id == self._task and (not task.finished or (task.finished_time or 0) < _SHORT):
                self._live.remove_task(task.id)
