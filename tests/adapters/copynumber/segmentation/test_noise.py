"""Noise of segment means at many scales."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from adapters.copynumber.samples import FEW, SEEDS
from bridgeae_copynumber.segmentation import measure_noise, measure_steps

ONE = np.array([0])


@FEW
@given(SEEDS, st.floats(0.02, 2))
def test_white_noise_averages_out(seed: int, sigma: float) -> None:
    noise = measure_noise(np.random.default_rng(seed).normal(0, sigma, 20_000), ONE)
    np.testing.assert_allclose(noise.standard_error(np.array([1, 16])), [sigma, sigma / 4], rtol=0.15)


def test_autocorrelated_noise_averages_out_as_its_long_run_variance_says() -> None:
    rng, rho, n = np.random.default_rng(0), 0.8, 100_000
    values = np.zeros(n)
    for k, e in enumerate(rng.normal(size=n)):
        values[k] = rho * values[k - 1] + e if k else e
    error = measure_noise(values, ONE).standard_error(np.array([256]))[0]
    np.testing.assert_allclose(error, 1 / (1 - rho) / 16, rtol=0.1)


def test_steps_between_segments_and_single_missed_ones_are_no_noise() -> None:
    values = np.repeat([0.0, 5.0, -3.0], 2000) + np.random.default_rng(1).normal(0, 0.1, 6000)
    exact = measure_noise(values, np.array([0, 2000, 4000])).standard_error(np.array([4]))[0]
    missed = measure_noise(values, np.array([0, 2000])).standard_error(np.array([4]))[0]
    np.testing.assert_allclose([exact, missed], 0.05, rtol=0.1)


def test_constant_and_tiny_samples_have_an_error() -> None:
    for values in (np.zeros(0), np.zeros(1), np.ones(50)):
        error = measure_noise(values, ONE[: len(values)]).standard_error(np.array([1, 10]))
        assert np.isfinite(error).all() and (error > 0).all() and (error < 1e-3).all()


@FEW
@given(SEEDS, st.sampled_from([2, 4]))
def test_steps_of_white_noise_shrink_with_the_bins(seed: int, growth: int) -> None:
    steps = measure_steps(np.random.default_rng(seed).normal(0, 0.5, 20_000), ONE, growth=growth)
    np.testing.assert_allclose(steps.variance(np.array([1, 16])), [0.25, 0.25 / 16], rtol=0.2)


def test_steps_of_a_wave_do_not_shrink_with_the_bins() -> None:
    wave = np.sin(np.arange(50_000) / 300)
    variance = measure_steps(wave, ONE).variance(np.array([4, 64, 512]))
    assert variance[0] < variance[1] < variance[2]
