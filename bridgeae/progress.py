"""Progress with a time estimate: bars on a terminal, JSON lines for machines, else nothing."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, TextIO

_SHORT = 1.0  # seconds: a shorter stage leaves no line behind
_NARROW = 100  # columns: below, bars and names are shorter


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
        self._stage, self._done, self._start = "", 0, 0.0
        self._screen: _Bars | _Lines | None = None
        self._plan: dict[str, float] = {}  # step -> about its share of the time
        self._over: list[str] = []  # steps of the plan that are done
        self._within = 0.0  # how far the current step of the plan is, as a share
        self._began = time.monotonic()

    def plan(self, shares: Mapping[str, float]) -> None:
        """Name the steps to come, and about how much of the time each takes: a line then shows all of them together."""
        self._plan, self._over, self._began = dict(shares), [], time.monotonic()

    def skip(self, name: str) -> None:
        """Count a step of the plan as done."""
        if name in self._plan and name not in self._over:
            self._over.append(name)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Be within a step that may take seconds before its first `update`; the outermost step names all within it."""
        self._steps.append(name)
        if len(self._steps) == 1:
            self._within = 0.0
            self._show(name, 0, None)
        try:
            yield
        finally:
            self._steps.pop()
            if not self._steps:
                self.skip(name)
                self.close()

    def update(self, stage: str, done: int, total: int, **figures: float) -> None:
        """Report `done` of `total` steps of `stage`; another name starts another line and another clock."""
        if self._steps and self._steps[0] != stage:
            stage = f"{self._steps[0]}: {stage}"
        if stage != self._stage or done < self._done:
            self._stage, self._logged = stage, 0.0
            self._start = self._within
        self._done = done
        # a step may hold any number of stages: each takes half of what is left of it
        self._within = max(self._within, self._start + (1 - self._start) / 2 * done / max(total, 1))
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
        if self._screen:
            self._screen.close()
            self._screen = None

    def _show(self, label: str, done: int, total: int | None, **figures: float) -> None:
        if self._stream is None:
            return
        if not self._screen:
            self._screen = _Bars(self._stream) if find_spec("rich") else _Lines(self._stream)
        words = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
        if self._steps and (step := self._steps[0]) in self._plan:
            whole = sum(self._plan.values())
            part = sum(self._plan[name] for name in self._over) + self._plan[step] * self._within
            self._screen.show_all(len(self._over) + 1, len(self._plan), part / whole, self._began)
        self._screen.show(label, done, total, words)


class _Bars:
    """Lines of rich, which Keras brings: finished stages stay above the current one."""

    def __init__(self, stream: TextIO) -> None:
        from rich import console, progress

        screen = console.Console(file=stream)  # what a command prints may go to a file
        narrow = screen.width < _NARROW
        name = "{task.fields[label]:<22.22}" if narrow else "{task.fields[label]:<30.30}"
        columns = [progress.TextColumn(name, markup=False), progress.BarColumn(8 if narrow else 16)]
        columns += [progress.TextColumn("{task.fields[count]}", markup=False)]
        columns += [] if narrow else [progress.TimeElapsedColumn()]
        columns += [progress.TimeRemainingColumn(), progress.TextColumn("{task.fields[figures]}", markup=False)]
        self._live = progress.Progress(*columns, console=screen, redirect_stdout=False, redirect_stderr=False)
        self._live.start()
        self._task: Any = None
        self._all: Any = None

    def show_all(self, step: int, steps: int, part: float, began: float) -> None:
        if self._all is None:
            self._all = self._live.add_task("", label="all steps", total=1, count="", figures="")
        left = (time.monotonic() - began) * (1 - part) / part if part > 0.02 else 0
        words = f"about {_duration(left)} left" if left else ""
        self._live.update(self._all, completed=part, count=f"{step}/{steps}", figures=words)

    def show(self, label: str, done: int, total: int | None, words: str) -> None:
        count = f"{done}/{total}" if total else ""
        shown = [t for t in self._live.tasks if t.id == self._task and t.fields["label"] == label]
        if not shown or done < shown[0].completed:
            self._leave()
            self._task = self._live.add_task("", label=label, total=total, count=count, figures=words)
        self._live.update(self._task, completed=done, total=total, count=count, figures=words)

    def _leave(self) -> None:
        """Remove the current line unless its stage is done and took a while."""
        for task in self._live.tasks:
            if task.id == self._task and (not task.finished or (task.finished_time or 0) < _SHORT):
                self._live.remove_task(task.id)

    def close(self) -> None:
        self._leave()
        if self._all is not None:
            self._live.remove_task(self._all)
        self._live.stop()


class _Lines:
    """A plain line for each stage that is done, where rich is not installed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._all = stream, ""
        self._began: dict[str, float] = {}

    def show_all(self, step: int, steps: int, part: float, began: float) -> None:
        self._all = f"[{step}/{steps}] "

    def show(self, label: str, done: int, total: int | None, words: str) -> None:
        began = self._began.setdefault(label, time.monotonic())
        if total and done >= total and (took := time.monotonic() - began) >= _SHORT:
            print(f"{self._all}{label}: {_duration(took)}  {words}".rstrip(), file=self._stream, flush=True)
            del self._began[label]

    def close(self) -> None:
        pass


def _duration(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 100
        else f"{seconds / 60:.0f} min"
        if seconds < 6000
        else f"{seconds / 3600:.1f} h"
    )
