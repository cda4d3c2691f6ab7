"""Progress with a time estimate: one line that is rewritten on a terminal, JSON lines for machines, else nothing."""

from __future__ import annotations

import json
import math
import shutil
import sys
import time
from typing import TextIO


class Progress:
    """Show how far a named stage is, how long it still takes, and the figures that matter.

    Args:
        stream: where to write; None means standard error.
        quiet: True writes nothing; None writes only where the stream is a terminal.
        delay: seconds before the first line, so that short stages stay silent.
        log: also write one JSON object a line here, at most one a second and stage: `time` (seconds since 1970),
            `stage`, `done`, `total` and `figures`.

    Attributes:
        within: name of the larger step that the following stages belong to, put before theirs.

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
        self._open = False
        self.within = ""

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
        self._shown = now
        bar = "=" * round(16 * done / max(total, 1))
        gone = now - self._began
        clock = _duration(gone) if ended else f"{_duration(gone / max(done, 1) * (total - done))} left"
        values = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
        line = f"{stage:<30.30} [{bar:<16}] {done}/{total}  {clock}  {values}".rstrip()
        width = shutil.get_terminal_size().columns - 1  # a line that wraps could not be rewritten
        self._stream.write(f"\r\x1b[2K{line[:width]}" + ("\n" if ended else ""))
        self._stream.flush()
        self._open = not ended

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
        if self._open:
            self._stream.write("\n")
            self._stream.flush()
            self._open = False


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
