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
        self._log, self._logged = log, 0.0
        self._steps: list[str] = []
        self._stage, self._done = "", 0
        silent = not stream.isatty() if quiet is None else quiet
        self._bar = None if silent else _Bar(stream)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Be within a step that may take seconds before its first `update`; the outermost step names all within it."""
        self._steps.append(name)
        if self._bar and len(self._steps) == 1:
            self._bar.show(name, 0, None)
        try:
            yield
        finally:
            self._steps.pop()
            if self._bar and not self._steps:
                self._bar.stop()

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
        if self._bar:
            self._bar.show(stage, done, total, "  ".join(f"{name} {value:.4g}" for name, value in figures.items()))
            if done >= total and not self._steps:
                self._bar.stop()

    def record(self, stage: str, done: int, total: int, **figures: float) -> None:
        """Write one line to the log for machines, if there is one."""
        if self._log:
            # JSON has no NaN
            values = {name: round(float(v), 6) if math.isfinite(v) else None for name, v in figures.items()}
            entry = {"time": round(time.time(), 3), "stage": stage, "done": done, "total": total, "figures": values}
            self._log.write(json.dumps(entry) + "\n")
            self._log.flush()

    def close(self) -> None:
        """Take an unfinished line off the terminal."""
        if self._bar:
            self._bar.stop()


class _Bar:
    """One line of rich, which Keras requires; finished stages stay above it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live: Any = None
        self._task: Any = None

    def show(self, label: str, done: int, total: int | None, figures: str = "") -> None:
        if self._live is None:
            self._start()
        task = next((t for t in self._live.tasks if t.id == self._task), None)
        if task is None or task.fields["label"] != label or done < task.completed:
            self._leave()
            self._task = self._live.add_task("", label=label, total=total, figures=figures)
        self._live.update(self._task, completed=done, total=total, figures=figures)

    def stop(self) -> None:
        if self._live is not None:
            self._leave()
            self._live.stop()
            self._live = None

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._live = Progress(
            TextColumn("{task.fields[label]:<30.30}", markup=False),
            BarColumn(16),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}", markup=False),
            console=Console(file=self._stream),
            redirect_stdout=False,  # what a command prints may go to a file
            redirect_stderr=False,
        )
        self._live.start()

    def _leave(self) -> None:
        """Remove the current line unless its stage is done and took a while."""
        for task in self._live.tasks:
            if task.id == self._task and (not task.finished or (task.finished_time or 0) < _SHORT):
                self._live.remove_task(task.id)
