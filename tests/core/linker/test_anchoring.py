"""The fraction of samples closer than the true match, and the distinct pairs of a pairing."""

from __future__ import annotations

import numpy as np
import pytest

from bridgeae import Domain, GivenPairing
from bridgeae.linker.anchoring import distinct_pairs, foscttm


def test_foscttm_is_zero_for_the_truth_and_a_half_for_ties() -> None:
    points = np.random.default_rng(0).normal(size=(20, 3))
    distance = np.linalg.norm(points[:, None] - points, axis=-1)
    assert foscttm(distance) == 0
    assert foscttm(np.zeros((20, 20))) == 0.5
    assert foscttm(-distance) == pytest.approx(1)


def test_foscttm_counts_both_directions() -> None:
    distance = np.array([[1.0, 0.0, 2.0], [3.0, 1.0, 3.0], [3.0, 3.0, 1.0]])
    assert foscttm(distance) == pytest.approx((1 / 6 + 1 / 6) / 2)


def test_pairs_are_counted_once_with_the_share_of_their_draws() -> None:
    sides = [Domain(np.random.default_rng(k).normal(size=(8, 2))) for k in range(2)]
    pairing = GivenPairing(np.arange(6), np.array([3, 3, 4, 5, 6, 7])).fit(*sides)
    i, j, share = distinct_pairs(pairing, 6000, np.random.default_rng(0))
    assert sorted(zip(i.tolist(), j.tolist(), strict=True)) == [(0, 3), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7)]
    assert share.sum() == pytest.approx(1)
    np.testing.assert_allclose(share, 1 / 6, atol=0.03)
