from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imsave

from bridgeae.report import write_report

from .sample_run import write_run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with its report. Leave it as it is."""
    folder = write_run(tmp_path_factory.mktemp("runs") / "signs")
    imsave(folder.parent.parent / "outside.png", np.zeros((9, 9, 3)))
    write_report(folder)
    return folder
