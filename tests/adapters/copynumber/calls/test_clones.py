from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bridgeae.errors import InputError
from bridgeae_copynumber import Profile, segment
from bridgeae_copynumber.calls import find_clones


def cells(log2: np.ndarray) -> list[Profile]:
    at = np.arange(log2.shape[1]) * 1000
    chrom = np.repeat(["chr1", "chr2"], [120, log2.shape[1] - 120])
    return [Profile(f"c{k}", chrom, at, at + 1000, row) for k, row in enumerate(log2)]


def two_clones(seed: int, sizes: tuple[int, int] = (9, 5), sigma: float = 0.35) -> np.ndarray:
    """Return noisy cells of two clones that share a loss and differ in a gain, (cells, 220) float."""
    level = np.zeros((sum(sizes), 220))
    level[:, 20:60] = -0.7
    level[sizes[0] :, 150:190] = 0.58
    return level + np.random.default_rng(seed).normal(0, sigma, level.shape)


def test_two_clones_are_told_apart_the_larger_first() -> None:
    profiles = cells(two_clones(0))
    found = find_clones(segment(profiles, joint=True), profiles)
    assert found.clone.tolist() == [0] * 9 + [1] * 5
    assert found.rows()[0] == {"sample": "c0", "clone": "clone1", "cells": 9}
    assert found.samples == [p.sample for p in profiles]


def test_consensus_profiles_have_the_events_of_their_clone() -> None:
    profiles = cells(two_clones(1))
    found = find_clones(segment(profiles, joint=True), profiles)
    assert found.segments.samples == ["clone1", "clone2"]
    level = [found.segments.levels(p) for p in found.profiles]
    assert level[0][165] < 0.2 < 0.4 < level[1][165]
    np.testing.assert_allclose([one[40] for one in level], -0.7, atol=0.15)
    np.testing.assert_allclose(found.profiles[0].log2, np.mean([p.log2 for p in profiles[:9]], axis=0), atol=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_cells_of_one_clone_stay_together(seed: int) -> None:
    profiles = cells(two_clones(seed, (14, 0)))
    assert not find_clones(segment(profiles, joint=True), profiles).clone.any()


def test_private_events_make_no_clone() -> None:
    log2 = two_clones(2)
    log2[3, 60:100] += 2.0
    log2[12, 100:118] -= 2.0
    profiles = cells(log2)
    found = find_clones(segment(profiles, joint=True), profiles)
    assert found.clone.tolist() == [0] * 9 + [1] * 5


def test_missing_bins_are_no_obstacle_and_cells_without_any_are_left_out() -> None:
    log2 = two_clones(3)
    log2[np.random.default_rng(3).random(log2.shape) < 0.2] = np.nan
    log2[4] = np.nan
    profiles = cells(log2)
    found = find_clones(segment(profiles, joint=True), profiles)
    assert "c4" not in found.samples
    assert found.clone.tolist() == [0] * 8 + [1] * 5


def test_one_cell_is_a_clone() -> None:
    profiles = cells(two_clones(4, (1, 0)))
    assert find_clones(segment(profiles), profiles).clone.tolist() == [0]


def test_other_bins_and_other_segments_are_refused() -> None:
    one, two = cells(two_clones(5, (2, 0)))
    segments = segment([one, two])
    with pytest.raises(InputError, match="must be cells in the same bins"):
        find_clones(segments, [one, replace(two, start=two.start + 1)])
    with pytest.raises(InputError, match="not those of `profile` c1"):
        find_clones(segments.select(segments.sample == "c0"), [one, two])


def test_more_cells_than_blocks_of_bins_are_told_apart_too() -> None:
    profiles = cells(two_clones(6, (45, 20)))
    assert find_clones(segment(profiles), profiles).clone.tolist() == [0] * 45 + [1] * 20
