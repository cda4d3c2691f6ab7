from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgeae.pairing.axes import principal_axes
from strategies import seeds


@given(seeds, st.integers(2, 30), st.integers(1, 5))
@settings(max_examples=30)
def test_scores_are_centred_uncorrelated_and_ordered_by_variance(seed: int, n: int, d: int) -> None:
    z = np.random.default_rng(seed).normal(size=(n, d)) * np.arange(1, d + 1) + 5
    scores = principal_axes(z, d)
    assert np.allclose(scores.mean(0), 0, atol=1e-9)
    covariance = scores.T @ scores
    assert np.allclose(covariance, np.diag(np.diag(covariance)), atol=1e-6 * np.trace(covariance))
    assert (np.diff(np.diag(covariance)) <= 1e-6 * np.trace(covariance)).all()


@given(seeds, st.integers(2, 20))
@settings(max_examples=30)
def test_all_axes_keep_every_distance(seed: int, n: int) -> None:
    z = np.random.default_rng(seed).normal(size=(n, 2, 3))
    scores, flat = principal_axes(z, 6), z.reshape(n, -1)
    between = [np.linalg.norm(a[:, None] - a, axis=2) for a in (scores, flat)]
    assert np.allclose(*between)


@given(seeds, st.integers(1, 3))
@settings(max_examples=30)
def test_few_axes_are_the_first_of_all(seed: int, count: int) -> None:
    z = np.random.default_rng(seed).normal(size=(12, 4)) * [1, 9, 4, 20]
    assert np.allclose(principal_axes(z, count), principal_axes(z, 4)[:, :count])
