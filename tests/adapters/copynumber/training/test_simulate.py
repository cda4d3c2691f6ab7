from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.copynumber.samples import SEEDS
from bridgeae.errors import InputError
from bridgeae_copynumber.training import Simulated, chromosome_bins, simulate_array, simulate_cell
from bridgeae_copynumber.training.simulate import MAX_COPIES, copy_states

LENGTHS = st.lists(st.integers(1, 120), min_size=1, max_size=6)
MAKERS = pytest.mark.parametrize("make", [simulate_array, simulate_cell])


@MAKERS
@given(lengths=LENGTHS, seed=SEEDS)
@settings(max_examples=25)
def test_samples_are_finite_and_the_same_for_the_same_seed(
    make: Callable[..., Simulated], lengths: list[int], seed: int
) -> None:
    a, b = (make(np.random.default_rng(seed), lengths) for _ in range(2))
    assert a.log2.shape == a.level.shape == a.state.shape == (sum(lengths),)
    assert np.isfinite(a.log2).all() and np.isfinite(a.level).all()
    assert a.state.min() >= 0 and a.state.max() <= MAX_COPIES
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one, other)


@MAKERS
def test_truth_is_exact(make: Callable[..., Simulated]) -> None:
    sample = make(np.random.default_rng(1), [400, 300], events=20.0, focal=4.0)
    inside = np.ones(700, bool)
    inside[[0, 400]] = False
    np.testing.assert_array_equal(np.diff(sample.level, prepend=np.nan)[inside] != 0, sample.breakpoints[inside])
    assert not sample.breakpoints[400] and sample.breakpoints.sum() > 5
    levels = {(s, float(v)) for s, v in zip(sample.state, sample.level, strict=True)}
    assert len(levels) == len({s for s, _ in levels})  # a state has one level


def test_array_noise_is_what_was_asked_for() -> None:
    plain = {"contrast": 1.0, "outliers": 0.0, "wave": 0.0, "events": 0.0, "focal": 0.0, "tails": np.inf}
    sample = simulate_array(np.random.default_rng(0), [20000], sigma=0.2, autocorrelation=0.5, **plain)
    noise = sample.log2 - sample.level
    assert noise.std() == pytest.approx(0.2, rel=0.15)
    assert np.corrcoef(noise[1:], noise[:-1])[0, 1] == pytest.approx(0.5, abs=0.05)


def test_short_events_are_as_short_as_was_asked_for() -> None:
    for shortest in (2, 9):
        sample = simulate_array(np.random.default_rng(0), [20000], events=0.0, focal=3.0, shortest=shortest)
        bins = np.diff(np.flatnonzero(np.diff(sample.state, prepend=-1, append=-1)))
        assert shortest in bins
        assert np.mean(bins < shortest) < 0.05  # a few are cut shorter by the next one


def test_residuals_of_real_profiles_are_used() -> None:
    residuals = np.full((2, 50), 3.0)
    sample = simulate_array(
        np.random.default_rng(0), [80], sigma=0.1, residuals=residuals, outliers=0.0, wave=0.0, events=0.0, focal=0.0
    )
    np.testing.assert_allclose(sample.log2 - sample.level, 0.3, atol=1e-5)


def test_homozygous_deletions_have_a_floor() -> None:
    sample = simulate_array(np.random.default_rng(3), [5000], purity=1.0, floor=-1.2, focal=12.0, contrast=1.0)
    assert (sample.state == 0).any()
    assert -1.4 < sample.level.min() < -1.0


def test_tracks_shape_the_waves() -> None:
    quiet = {"sigma": 0.1, "outliers": 0.0, "events": 0.0, "focal": 0.0, "autocorrelation": 0.0, "wave": 20.0}
    tracks = np.sin(np.arange(30000) / 100)[None]
    noise = np.diff(simulate_array(np.random.default_rng(0), [1000], tracks=tracks, **quiet).log2)
    assert np.abs(noise).max() < 1.5 < 0.1 * 20


def test_no_event_crosses_a_chromosome_end() -> None:
    lengths = np.full(1000, 3)  # events of 12 bins would cover several chromosomes
    longest = []
    for seed in range(30):
        without, with_event = (
            copy_states(np.random.default_rng(seed), lengths, base=2, events=0.0, focal=focal, shortest=12)
            for focal in (0.0, 1 / 3)  # about one event
        )
        changed = np.diff(without != with_event, prepend=False, append=False)
        longest.append(np.diff(np.flatnonzero(changed))[::2].max(initial=0))
    assert max(longest) == 3


def test_bin_sizes_go_down_to_a_few_bins_a_chromosome() -> None:
    assert chromosome_bins(5.0).tolist()[:2] == [49, 48]
    assert chromosome_bins(500.0).min() == 1


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (simulate_array, {"autocorrelation": 1.0}),
        (simulate_array, {"purity": 2}),
        (simulate_array, {"sigma": float("nan")}),
        (simulate_array, {"shortest": 20}),
        (simulate_array, {"residuals": np.zeros((3, 0))}),
        (simulate_array, {"tracks": np.full((2, 50), np.nan)}),
        (simulate_cell, {"ploidy": 9}),
        (simulate_cell, {"depth": -1}),
        (simulate_cell, {"tracks": np.zeros(50)}),
    ],
)
def test_parameters_out_of_range_are_named(make: Callable[..., Simulated], wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=rf"`{next(iter(wrong))}` must be .* received"):
        make(np.random.default_rng(0), [50], **wrong)


def test_wrong_lengths_are_refused() -> None:
    for lengths in ([10, 0], [2.7], 50, []):
        with pytest.raises(InputError, match=r"`lengths` must be bins of each chromosome"):
            simulate_array(np.random.default_rng(0), lengths)
