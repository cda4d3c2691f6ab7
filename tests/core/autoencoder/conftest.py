"""Autoencoders trained for a moment in every way, shared by the tests of this folder."""

from __future__ import annotations

import numpy as np
import pytest

from bridgeae import Autoencoder, Domain
from strategies import small_networks


def noise(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return x + rng.normal(size=x.shape).astype(np.float32)


WAYS = {
    "plain": {},
    "first": {"classifier": "first"},
    "joint": {"classifier": "joint"},
    "variational": {"variational": 0.1},
    "variational-first": {"variational": 0.1, "classifier": "first"},
    "variational-joint": {"variational": 0.1, "classifier": "joint"},
    "denoising": {"corrupt": noise},
}


@pytest.fixture(scope="session", params=WAYS.values(), ids=WAYS.keys())
def way(request: pytest.FixtureRequest, waves: Domain) -> Autoencoder:
    """An autoencoder of `waves`. Leave it as it is: tests share it."""
    return Autoencoder(*small_networks(), **request.param).fit(waves, epochs=4, batch_size=8, learning_rate=2e-2)


@pytest.fixture(scope="session")
def joint(waves: Domain) -> Autoencoder:
    """An autoencoder of `waves` with a classifier that knows its classes. Leave it as it is: tests share it."""
    return Autoencoder(*small_networks(), classifier="joint").fit(waves, epochs=30, learning_rate=1e-2)
