from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.copynumber.samples import FEW, SEEDS, stairs
from bridgeae.errors import InputError
from bridgeae_copynumber.segmentation import call


@given(seed=SEEDS, shift=st.floats(-3, 3), factor=st.floats(0.3, 4))
@FEW
def test_shift_and_scale_leave_the_breakpoints(seed: int, shift: float, factor: float) -> None:
    values = stairs(seed)
    starts = call(values, [320], min_jump=0).starts
    np.testing.assert_array_equal(call(values * factor + shift, [320], min_jump=0).starts, starts)


@given(seed=SEEDS)
@FEW
def test_breakpoints_of_the_reverse_are_close(seed: int) -> None:
    values = stairs(seed)
    ends = np.sort(320 - call(values[::-1], [320]).starts[1:])
    starts = call(values, [320]).starts[1:]
    assert len(ends) == len(starts)
    assert np.abs(ends - starts).max() <= 3


@given(lengths=st.lists(st.integers(0, 90), min_size=1, max_size=8), seed=SEEDS)
@FEW
def test_every_bin_is_in_one_segment_of_its_chromosome(lengths: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=sum(lengths)) + 3 * (rng.random(sum(lengths)) < 0.5)
    called = call(values, lengths)
    firsts = np.cumsum(lengths) - lengths
    assert set(firsts[np.array(lengths) > 0]) <= set(called.starts)
    assert len(called.confidence) == len(called.starts) == len(set(called.starts.tolist()))
    assert ((called.confidence >= 0) & (called.confidence <= 1)).all()


@pytest.mark.parametrize(
    ("values", "starts"),
    [
        (np.zeros(100), [0]),
        (np.full(7, 0.3), [0]),
        (np.array([1.0]), [0]),
        (np.tile([0.0, 1.0], 50), [0]),
        (np.repeat([0.0, 1.0], 50), [0, 50]),
    ],
    ids=["zero", "constant", "one bin", "alternating", "a step"],
)
def test_signals_without_noise_are_segmented(values: np.ndarray, starts: list[int]) -> None:
    assert call(values, np.array([len(values)])).starts.tolist() == starts


def test_outliers_do_not_hide_a_gain() -> None:
    values = stairs(sigma=0.25, sizes=(900, 51, 1049), levels=(0, 0.585, 0))
    values[[200, 1700]] = -20
    starts = call(values, [2000]).starts
    assert all(np.abs(starts - end).min() <= 3 for end in (900, 951))


@pytest.mark.parametrize(("off", "starts"), [((-8, -8), [0, 100, 102]), ((-8, 8), [0]), ((-8, 0), [0])])
def test_two_bins_are_a_segment_if_they_agree(off: tuple[int, int], starts: list[int]) -> None:
    profiles = np.random.default_rng(0).normal(0, 0.1, (20, 200))
    profiles[:, 100:102] += 0.1 * np.array(off)
    assert sum(call(values, [200]).starts.tolist() == starts for values in profiles) > 14


def test_the_user_chooses_the_smallest_jump() -> None:
    values = stairs(sigma=0.03, sizes=(100, 30, 100), levels=(0, 0.12, 0))
    assert call(values, [230]).starts.tolist() == [0]
    assert len(call(values, [230], min_jump=0).starts) == 3


def test_more_penalty_gives_fewer_segments() -> None:
    rng = np.random.default_rng(0)
    values = np.repeat(rng.normal(0, 0.3, 40), 25) + rng.normal(0, 0.2, 1000)
    counts = [len(call(values, [1000], penalty=p, min_jump=0).starts) for p in (0.3, 1, 6)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[2]


def test_bins_of_low_weight_make_no_breakpoint() -> None:
    rng = np.random.default_rng(0)
    found = {"all trusted": 0, "not trusted": 0}
    for _ in range(20):
        values = rng.normal(0, 0.2, 1000)
        values[500:510] += 0.7
        weights = np.ones(1000)
        found["all trusted"] += len(call(values, [1000], weights=weights).starts) > 1
        weights[500:510] = 0.02
        found["not trusted"] += len(call(values, [1000], weights=weights).starts) > 1
    assert found["all trusted"] > 15
    assert found["not trusted"] < 5


@given(seed=SEEDS, unit=st.floats(1e-3, 1e3))
@FEW
def test_equal_weights_change_nothing(seed: int, unit: float) -> None:
    values = stairs(seed)
    starts = call(values, [320], weights=np.full(320, unit)).starts
    np.testing.assert_array_equal(starts, call(values, [320]).starts)


@pytest.mark.parametrize("weights", [np.ones(2), np.array([1.0, -1.0, 1.0]), np.array([1.0, np.nan, 1.0])])
def test_wrong_weights_are_refused(weights: np.ndarray) -> None:
    with pytest.raises(InputError, match="`weights` must be 3 finite numbers from 0 on"):
        call(np.zeros(3), [3], weights=weights)


def test_waves_of_a_long_array_are_no_segments() -> None:
    rng = np.random.default_rng(0)
    wave = np.convolve(rng.normal(0, 1, 30_599), np.hanning(600), "valid")[:30_000]
    values = 0.06 * wave / wave.std() + rng.normal(0, 0.2, 30_000)
    values[12_000:12_300] += 0.4
    starts = call(values, [30_000]).starts
    assert all(np.abs(starts - end).min() <= 5 for end in (12_000, 12_300))
    assert len(starts) == 3


def test_infinite_values_and_wrong_lengths_are_refused() -> None:
    with pytest.raises(InputError, match="`values` must be finite"):
        call(np.array([0.0, np.inf]), [2])
    with pytest.raises(InputError, match="`lengths` must add up"):
        call(np.zeros(3), [2])
