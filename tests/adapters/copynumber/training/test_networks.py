from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridgeae import LinkedAutoencoder
from bridgeae_copynumber.training import networks, simulated_pairs


def test_loss_is_least_at_the_truth() -> None:
    _, segmented = simulated_pairs(np.random.default_rng(0), 2, length=256)
    level, spread, mask = np.moveaxis(segmented, -1, 0)
    inside = (mask > 0) & (np.diff(mask, axis=1, prepend=0) == 0)
    starts = (np.diff(level, axis=1, prepend=level[:, :1]) != 0) & inside
    right = np.stack([level, np.where(starts, 9.0, -9.0), spread], -1).astype(np.float32)
    wrong = right + np.random.default_rng(1).normal(0, 3, right.shape).astype(np.float32)
    loss = networks.segment_loss
    assert float(loss(segmented, right)) < 0.2 < float(loss(segmented, wrong))


@pytest.mark.slow
def test_a_saved_bridge_translates_the_same(copynumber_bridge: LinkedAutoencoder, tmp_path: Path) -> None:
    x = simulated_pairs(np.random.default_rng(1), 1, length=64)[0]
    copynumber_bridge.save(tmp_path / "bridge")
    again = LinkedAutoencoder.load(tmp_path / "bridge")
    np.testing.assert_allclose(again.translate(x), copynumber_bridge.translate(x), atol=1e-5)


def test_a_reconstruction_loss_counts_present_bins_only() -> None:
    raw, _ = simulated_pairs(np.random.default_rng(0), 2, length=64)
    wrong = raw.copy()
    wrong[..., 0] += np.where(raw[..., 2] > 0, 0, 5)
    assert float(networks.signal_loss(raw, wrong)) == 0
    wrong[..., 0] += 5
    assert float(networks.signal_loss(raw, wrong)) > 1
