"""R2 is scikit-learn's where each value varies, and values that do not vary say nothing."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import r2_score

from bridgeae.autoencoder.reconstruction import r2


def test_it_is_the_r2_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    true = rng.normal(scale=[1, 10, 100], size=(50, 3))
    made = true + rng.normal(size=true.shape)
    wanted = [r2_score(true, made, multioutput=kind) for kind in ("variance_weighted", "uniform_average")]
    np.testing.assert_allclose(r2(true, made), wanted)


def test_the_mean_scores_nothing_and_the_truth_one() -> None:
    true = np.random.default_rng(0).normal(size=(20, 2, 3))
    assert r2(true, np.broadcast_to(true.mean(0), true.shape)) == pytest.approx((0, 0))
    assert r2(true, true) == (1, 1)


def test_values_that_never_vary_do_not_count() -> None:
    true = np.column_stack([np.arange(10.0), np.full(10, 7.0)])
    assert r2(true, true + np.array([0, 0.1]))[1] == pytest.approx(1)
    still = np.full((10, 2), 3.0)
    assert r2(still, still) == (1, 1) and r2(still, still + 1) == (0, 0)
