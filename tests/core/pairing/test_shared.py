"""Transport plans have the sums they are asked for, and shared coordinates find what two sides have in common."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from bridgeae.pairing.shared import VIEWS, Rows, SharedSpace, log_ratio, projection, shared_axes, transport


@given(st.integers(2, 6), st.integers(2, 6), st.integers(0, 1000))
def test_a_plan_has_the_sums_of_its_weights(n: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = (weight / weight.sum() for weight in (rng.uniform(0.5, 2, n), rng.uniform(0.5, 2, m)))
    plan, potentials = transport(rng.normal(size=(n, m)), rows=rows, columns=columns, steps=500)
    assert plan.shape == (n, m) and potentials.shape == (m,)
    np.testing.assert_allclose(plan.sum(0), columns, rtol=1e-9)
    np.testing.assert_allclose(plan.sum(1), rows, rtol=1e-2)


def test_an_unbalanced_plan_leaves_a_sample_without_counterpart_alone() -> None:
    score = np.array([[4.0, 0.0], [0.0, 4.0], [-8.0, -8.0]])
    balanced, _ = transport(score)
    unbalanced, _ = transport(score, power=0.5)
    assert balanced.sum(1)[2] == pytest.approx(1 / 3, rel=0.01)
    assert unbalanced.sum(1)[2] < 0.3 * unbalanced.sum(1)[:2].min()


def test_the_log_ratio_is_that_of_a_gaussian() -> None:
    correlation, x, y = np.array([0.8]), np.array([[0.3], [-1.2]]), np.array([[0.7]])
    joint = multivariate_normal(cov=[[1, 0.8], [0.8, 1]])
    alone = multivariate_normal(cov=1)
    wanted = [joint.logpdf([a, 0.7]) - alone.logpdf(a) - alone.logpdf(0.7) for a in x[:, 0]]
    np.testing.assert_allclose(log_ratio(x, y, correlation)[:, 0], wanted)


@pytest.mark.parametrize("view", VIEWS)
def test_a_shared_factor_is_found_and_applied_to_new_rows(view: str) -> None:
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(400, 1))
    sides = [factor @ rng.normal(size=(1, d)) + 0.3 * rng.normal(size=(400, d)) + 2 for d in (6, 4)]
    rows = [Rows.fit(side[:300], view, 0.1) for side in sides]
    axes = shared_axes(rows[0].white.T @ rows[1].white / 300, 1)
    parts = [projection(r, a, r.white.mean(0), (r.white @ a).std(0)) for r, a in zip(rows, axes, strict=True)]
    new = [part.apply(side[300:])[:, 0] for part, side in zip(parts, sides, strict=True)]
    assert abs(np.corrcoef(*new)[0, 1]) > 0.9
    assert abs(parts[0].apply(sides[0][:300]).std() - 1) < 1e-6
    ratio = SharedSpace(parts[0], parts[1], np.array([0.9])).log_ratio(sides[0][300:], sides[1][300:])
    assert np.diag(ratio).mean() > ratio.mean() + 0.5
