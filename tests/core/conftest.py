from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bridgeae import Autoencoder, Domain
from bridgeae.networks import dense_networks
from small_run import FinishedRun, finish


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the finished run as slow: it takes long to make."""
    for item in items:
        if "finished_run" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


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


@pytest.fixture(scope="session")
def sides(waves: Domain, tiles: Domain) -> tuple[Autoencoder, Autoencoder]:
    """Linear sides of `waves` and `tiles` with classifiers, trained for a moment. Leave them as they are."""
    networks = dense_networks((24,), (4,), units=()), dense_networks((6, 6, 1), (3,), units=())
    made = (Autoencoder(*pair, classifier="joint") for pair in networks)
    source, target = (side.fit(domain, epochs=1) for side, domain in zip(made, (waves, tiles), strict=True))
    return source, target
