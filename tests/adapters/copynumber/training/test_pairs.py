from __future__ import annotations

import numpy as np
import pytest

from bridgeae.errors import InputError
from bridgeae_copynumber import Profile, Segments
from bridgeae_copynumber.training import Simulated, pair, profile_pairs, simulate_array, simulated_pairs


def test_rows_hold_signal_and_level_in_the_same_units() -> None:
    sample = simulate_array(np.random.default_rng(0), [200], sigma=0.1, outliers=0.0, wave=0.0, tails=np.inf)
    raw, segmented = pair(sample, 256, min_jump=0.0)
    assert raw.shape == segmented.shape == (256, 3)
    np.testing.assert_array_equal(raw[:, 2], segmented[:, 2])
    assert np.abs(raw[:, 0] - segmented[:, 0]).mean() < 0.5
    assert not segmented[raw[:, 2] == 0].any()


def test_jumps_below_the_smallest_are_no_breakpoints() -> None:
    level = np.repeat([0.0, 0.1, 0.7], 30).astype(np.float32)
    noise = np.random.default_rng(0).normal(0, 0.05, 90).astype(np.float32)
    sample = Simulated(level + noise, level, np.zeros(90, np.int64), np.array([90]))
    for min_jump, breakpoints in ((0.0, [30, 60]), (0.2, [60]), (2.0, [])):
        raw, segmented = pair(sample, min_jump=min_jump)
        assert (np.flatnonzero(np.diff(segmented[:90, 0])) + 1).tolist() == breakpoints
        assert len(np.unique(raw[:90, 1])) == 1
        assert (raw[0, 1] > 0) == (min_jump > 0)


def test_the_smallest_jump_of_a_row_falls_beyond_the_bins_of_the_recipe() -> None:
    for bins, breakpoints in ((60, []), (120, [120])):  # .2 log2 falls to .163 and to .115
        level = np.repeat([0.0, 0.14], bins).astype(np.float32)
        noise = np.random.default_rng(0).normal(0, 0.05, 2 * bins).astype(np.float32)
        sample = Simulated(level + noise, level, np.zeros(2 * bins, np.int64), np.array([2 * bins]))
        _, segmented = pair(sample, min_jump=0.2)
        assert (np.flatnonzero(np.diff(segmented[: 2 * bins, 0])) + 1).tolist() == breakpoints


def test_rows_have_the_default_smallest_jump_or_none() -> None:
    raw, _ = simulated_pairs(np.random.default_rng(0), 12, length=128)
    asked = [row[row[:, 2] > 0, 1] for row in raw]
    assert all(len(np.unique(a)) == 1 for a in asked)  # smallest jump over sigma: the same in the whole row
    assert {bool(a[0]) for a in asked} == {True, False}


def test_simulated_pairs_follow_the_generator() -> None:
    a, b = (simulated_pairs(np.random.default_rng(3), 3, length=128) for _ in range(2))
    np.testing.assert_array_equal(a[0], b[0])
    np.testing.assert_array_equal(a[1], b[1])


def test_real_pairs_take_the_levels_of_the_segments() -> None:
    at = np.arange(40) * 10
    log2 = np.random.default_rng(0).normal(size=40)
    log2[5] = np.nan
    profile = Profile("A", ["1"] * 40, at, at + 10, log2)
    segments = Segments(["A", "A"], ["1", "1"], [0, 200], [200, 400], [19, 20], [0.0, 2.0], [1, 1])
    raw, segmented, names = profile_pairs([profile], segments, length=32)
    assert raw.shape == (4, 32, 3)  # once with every jump, once with those of the default size
    assert names.tolist() == ["A"] * 4
    level = np.concatenate(segmented[:2])[:39, 0]
    assert len(np.unique(level)) == 2
    assert np.flatnonzero(np.diff(level)).tolist() == [18]


def test_real_pairs_need_a_profile() -> None:
    with pytest.raises(InputError, match="`profiles` must hold at least one profile"):
        profile_pairs([], Segments.concatenate([]))
