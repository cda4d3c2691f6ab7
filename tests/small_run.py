"""A small run of the command `bridgeae fit`."""

from __future__ import annotations

from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass
from hashlib import blake2b
from io import StringIO
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from bridgeae.cli import main

RUN = """
source:
  adapter: images
  options: {size: 16, channels: 1, flip: true}
  train: ["missing.npz", "sklearn:digits?half=train&classes=0-2&n=90"]
  test: "sklearn:digits?half=test&classes=0-2&n=12"
  more_tests: ["sklearn:digits?half=test&classes=3-4&n=10", "missing.zip"]
  latent_shape: [8]
  autoencoder: {classifier: first}
  fit: {epochs: 2, learning_rate: 0.01}
target:
  adapter: images
  options: {size: 8, channels: 1}
  train: "sklearn:digits?half=train&classes=0-2&n=120"
  test: "sklearn:digits?half=test&classes=0-2&n=30&seed=1"
  latent_shape: [4]
  autoencoder: {classifier: joint}
  fit: {epochs: 8, learning_rate: 0.02}
hold_out: 0.3
draws: 3
"""


def digest(sample: np.ndarray) -> bytes:
    """Return what tells a sample from others."""
    return blake2b(np.ascontiguousarray(sample, np.float32).tobytes(), digest_size=8).digest()


@dataclass
class FinishedRun:
    """A run of `RUN` with seed 3.

    Args:
        file: the run file.
        out: what the run made.
        passes: how often each image passed a network that reads images, by size and content.
        printed: what the command printed.
    """

    file: Path
    out: Path
    passes: dict[int, Counter[bytes]]
    printed: str = ""


def finish(folder: Path) -> FinishedRun:
    """Carry out the run in a folder, and count what passes its networks."""
    run = FinishedRun(folder / "run.yaml", folder / "out", {8: Counter(), 16: Counter()})
    run.file.write_text(RUN)
    predict = keras.Model.predict_on_batch

    def counted(self: keras.Model, x: Any) -> Any:
        if isinstance(x, np.ndarray) and x.ndim == 4:
            run.passes[x.shape[1]].update(map(digest, x))
        return predict(self, x)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.Model, "predict_on_batch", counted)
        with redirect_stdout(StringIO()) as printed:
            assert main(["fit", str(run.file), "--out", str(run.out), "--seed", "3"]) == 0
    run.printed = printed.getvalue()
    return run
