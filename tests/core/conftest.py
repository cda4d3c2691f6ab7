from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from small_run import FinishedRun, finish


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """A small run, which many tests look at."""
    return finish(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three grey pictures of two classes."""
    folder = tmp_path_factory.mktemp("photos")
    for name in ("0/a", "0/b", "1/c"):
        (folder / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((20, 30), 90, np.uint8)).save(folder / f"{name}.png")
    return folder
