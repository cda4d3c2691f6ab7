from __future__ import annotations

from collections.abc import Iterator

import pytest

from bridgeae import LinkedAutoencoder
from bridgeae.serve import BridgePage, PageServer
from served import Recorder, running
from small_run import FinishedRun


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def server(recorder: Recorder) -> Iterator[PageServer]:
    with running(recorder) as made:
        yield made


@pytest.fixture(scope="session")
def digit_page(finished_run: FinishedRun) -> BridgePage:
    """The page of a small bridge from grey pictures to grey pictures, which draws."""
    return BridgePage(LinkedAutoencoder.load(finished_run.out / "model"), "Small digits")


@pytest.fixture(scope="session")
def digit_server(digit_page: BridgePage) -> Iterator[PageServer]:
    with running(digit_page) as made:
        yield made
