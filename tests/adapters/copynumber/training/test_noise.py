from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.copynumber.samples import FEW, SEEDS
from bridgeae_copynumber.training.noise import correlated, log_uniform, sample_noise, sample_wave


@given(seed=SEEDS, low=st.floats(0.01, 10), factor=st.floats(1, 100))
@FEW
def test_log_uniform_numbers_stay_between_their_bounds(seed: int, low: float, factor: float) -> None:
    value = log_uniform(np.random.default_rng(seed), low, low * factor)
    assert low * (1 - 1e-9) <= value <= low * factor * (1 + 1e-9)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.8])
def test_autocorrelation_keeps_the_variance(rho: float) -> None:
    noise = correlated(np.random.default_rng(0).standard_normal(50_000), rho)
    assert noise.std() == pytest.approx(1, abs=0.03)
    assert np.corrcoef(noise[1:], noise[:-1])[0, 1] == pytest.approx(rho, abs=0.03)


def test_outliers_are_as_many_as_asked_for() -> None:
    noise = sample_noise(np.random.default_rng(0), 20_000, np.inf, 0.0, 0.01, np.zeros((1, 50)))
    assert np.mean(np.abs(noise) >= 4) == pytest.approx(0.01, rel=0.2)


@pytest.mark.parametrize("tracks", [None, np.random.default_rng(1).normal(size=(2, 300))])
def test_waves_have_unit_deviation_and_vary_slowly(tracks: np.ndarray | None) -> None:
    waves = [sample_wave(np.random.default_rng(k), np.array([300, 200]), tracks) for k in range(20)]
    assert all(w.std() == pytest.approx(1, abs=1e-6) for w in waves)
    assert np.median([np.diff(w).std() for w in waves]) < 1
