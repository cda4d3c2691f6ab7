from __future__ import annotations

import numpy as np

from bridgeae_copynumber.segmentation import MIN_JUMP, measure_steps, without_small_jumps


def first_bins(n: int, *more: int) -> np.ndarray:
    return np.isin(np.arange(n), [0, *more])


def test_small_jumps_are_merged_from_the_smallest_on() -> None:
    values = np.repeat([0.0, 0.05, 0.5, 0.62], 30)
    starts = np.array([0, 30, 60, 90])
    kept = without_small_jumps(values, starts, first_bins(120), 0.2)
    assert kept.tolist() == [0, 60]
    assert without_small_jumps(values, starts, first_bins(120, 30), 0.2).tolist() == [0, 30, 60]


def test_long_segments_may_differ_by_less() -> None:
    values = np.repeat([0.0, 0.12], 400)
    assert without_small_jumps(values, np.array([0, 400]), first_bins(800), 0.2).tolist() == [0, 400]
    assert without_small_jumps(values[380:420], np.array([0, 20]), first_bins(40), 0.2).tolist() == [0]
    assert without_small_jumps(values, np.array([0, 400]), first_bins(800), 0.2, local_bins=400).tolist() == [0]


def test_the_default_keeps_a_low_step_between_chromosome_arms_and_drops_it_in_a_short_segment() -> None:
    for bins, kept in ((60, [0, 60]), (20, [0])):
        values = np.repeat([0.0, 0.15], bins)
        assert without_small_jumps(values, np.array([0, bins]), first_bins(2 * bins), MIN_JUMP).tolist() == kept


def test_a_step_that_waves_explain_is_merged_and_one_beyond_them_stays() -> None:
    rng = np.random.default_rng(0)
    wave = np.convolve(rng.normal(0, 0.04, 20_999), np.ones(1000) / 10, "valid")[:20_000]
    values = wave + rng.normal(0, 0.1, 20_000)
    starts, prices = np.array([0, 10_000]), np.array([0.0, 8.0])
    noise = measure_steps(values, starts)
    for step, kept in ((0.1, [0]), (1.0, [0, 10_000])):
        stepped = values - np.repeat([values[:10_000].mean(), values[10_000:].mean() - step], 10_000)
        assert without_small_jumps(stepped, starts, first_bins(20_000), 0.2).tolist() == [0, 10_000]
        found = without_small_jumps(stepped, starts, first_bins(20_000), 0.2, prices=prices, noise=noise)
        assert found.tolist() == kept
