"""Progress with a time estimate: one line that is rewritten on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
import time
from typing import TextIO


class Progress:
    """Show how far a named stage is, how long it still takes, and the figures that matter.

    Args:
        stream: where to write; None means standard error.
        quiet: True writes nothing; None writes only where the stream is a terminal.
        delay: seconds before the first line, so that short stages stay silent.
    """

    def __init__(self, stream: TextIO | None = None, *, quiet: bool | None = None, delay: float = 1.0) -> None:
        self._stream = stream or sys.stderr
        self._quiet = not self._stream.isatty() if quiet is None else quiet
        self._delay = delay
        self._stage, self._began, self._shown = "", 0.0, 0.0

    def update(self, stage: str, done: int, total: int, **figures: float) -> None:
        """Report `done` of `total` steps of `stage`; a new stage name starts a new line and a new clock."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began, self._shown = stage, now, 0.0
        if self._quiet or now - self._began < self._delay or (done < total and now - self._shown < 0.2):
            return
        self._shown = now
        left = (now - self._began) / max(done, 1) * (total - done)
        bar = "=" * round(24 * done / max(total, 1))
        values = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
        ending = f"{now - self._began:.0f} s\n" if done >= total else f"{left:.0f} s left"
        self._stream.write(f"\r\x1b[2K{stage:<28.28} [{bar:<24}] {done}/{total}  {values}  {ending}")
        self._stream.flush()
