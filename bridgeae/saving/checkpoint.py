"""Trainings that survive the end of their process."""

from __future__ import annotations

import time
from contextvars import Token
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.saving.files import whole_file


class Checkpoint:
    """Keep every training of a block in a folder, so that the same block goes on where a killed process stopped.

    The block must do the same again: the same data, options and seeds, in the same order. The n-th training of the
    block takes up the n-th of the folder. Weights, optimizer, random states and history are kept, so that the end is
    the same to the last bit. A training with Keras callbacks of your own starts anew.

    Args:
        folder: where files are kept; remove it when the block has ended.
        seconds: of training that may be lost; a file is written as often.

    Example:
        >>> from tempfile import mkdtemp
        >>> import numpy as np
        >>> from bridgeae import Autoencoder, Progress
        >>> x, folder = np.random.default_rng(0).normal(size=(64, 3)), mkdtemp()
        >>> with Checkpoint(folder):
        ...     first = Autoencoder().fit(x, epochs=1, progress=Progress(quiet=True))
        >>> with Checkpoint(folder):  # nothing is trained again
        ...     again = Autoencoder().fit(x, epochs=1, progress=Progress(quiet=True))
        >>> bool((first.encode(x) == again.encode(x)).all())
        True
    """

    def __init__(self, folder: str | Path, *, seconds: float = 30.0) -> None:
        self.folder, self.seconds = Path(folder), seconds
        self._number, self._stage, self._saved = -1, "", time.monotonic()
        self._token: Token[Any] | None = None

    def __enter__(self) -> Checkpoint:
        from bridgeae.training.keeping import KEEPER

        self._number, self._token = -1, KEEPER.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        from bridgeae.training.keeping import KEEPER

        if self._token is not None:
            KEEPER.reset(self._token)

    def begin(self, stage: str) -> None:
        """Begin the next training, of this name."""
        self._number, self._stage, self._saved = self._number + 1, stage, time.monotonic()

    def load(self) -> dict[str, np.ndarray] | None:
        """Return what was kept of this training; None where there is nothing, or a damaged file."""
        try:
            with np.load(self._path, allow_pickle=False) as held:
                return dict(held)
        except Exception:  # a damaged .npz raises a dozen kinds; the training then starts anew
            return None

    def due(self) -> bool:
        """Return whether `seconds` have passed since the last file."""
        return time.monotonic() - self._saved >= self.seconds

    def save(self, arrays: dict[str, np.ndarray]) -> None:
        """Replace the file of this training; a full disk or a kill leaves the old one."""
        with whole_file(self._path) as new, new.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        self._saved = time.monotonic()

    @property
    def _path(self) -> Path:
        words = "".join(c if c.isalnum() else "-" for c in self._stage)
        return self.folder / f"{self._number:03d}-{words}.npz"
