from __future__ import annotations

import numpy as np
import pytest

from bridgeae import Autoencoder, Domain
from bridgeae.autoencoder import lossless, lossless_autoencoder


@pytest.mark.parametrize("unit", [1e-4, 1.0, 1e5])
@pytest.mark.parametrize("shape", [(12,), (4, 3), (2, 3, 2)])
def test_samples_come_back(shape: tuple[int, ...], unit: float) -> None:
    x = (np.random.default_rng(0).normal(size=(30, *shape)) * unit + unit).astype(np.float32)
    side = lossless_autoencoder(Domain(x))
    assert side.fitted and side.encode(x).shape == (30, 12)
    assert np.allclose(side.reconstruct(x), x, rtol=1e-4, atol=1e-5 * unit)
    again = Autoencoder.from_state(side.get_state())
    assert np.allclose(again.reconstruct(x), x, rtol=1e-4, atol=1e-5 * unit)


def test_large_samples_become_their_principal_components(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lossless, "MAX_VALUES", 6)
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(50, 4)) @ rng.normal(size=(4, 20)) + 3).astype(np.float32)
    side = lossless_autoencoder(Domain(x))
    assert side.encode(x).shape == (50, 6)
    assert np.allclose(side.reconstruct(x), x, atol=1e-3)


def test_labels_give_it_a_classifier() -> None:
    labels = np.arange(60) % 3
    x = np.random.default_rng(0).normal(size=(60, 5)) + 4 * labels[:, None]
    side = lossless_autoencoder(Domain(x, labels))
    assert (side.predict(x) == labels).mean() > 0.9
    assert lossless_autoencoder(Domain(x)).classifier is None
