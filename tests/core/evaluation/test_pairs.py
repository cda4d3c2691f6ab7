from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.metrics import r2_score

from bridgeae.evaluation import MEASURES, Baselines, evaluate_pairs, measure, measure_draws
from bridgeae.evaluation.pairs import retrieval
from strategies import seeds


def samples(seed: int = 0, n: int = 60, d: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def known(y: np.ndarray) -> Baselines:
    return Baselines().fit(y[:, :2], y)


@given(seeds)
@settings(max_examples=15)
def test_r2_is_that_of_scikit_learn_and_every_interval_holds_its_figure(seed: int) -> None:
    y = samples(seed) * [1, 5, 0.2, 30]
    made = y + samples(seed + 1) * [1, 1, 0.2, 9]
    figures = measure(made, y, known(y))
    assert figures["r2"] == pytest.approx(r2_score(y, made, multioutput="variance_weighted"))
    assert figures["r2_uniform"] == pytest.approx(r2_score(y, made))
    for name in MEASURES:
        low, high = figures[f"{name}_interval"]
        assert low <= figures[name] + 1e-9 and figures[name] <= high + 1e-9


def test_a_perfect_bridge_scores_perfectly() -> None:
    y = samples()
    figures = measure(y, y, known(y))
    assert [figures[name] for name in MEASURES] == pytest.approx([1, 1, 1, 0, 1, 1, 1], abs=1e-6)


def test_the_mean_finds_no_sample_again() -> None:
    y = samples()
    figures = measure(np.tile(y.mean(0), (60, 1)), y, known(y))
    assert figures["r2"] == pytest.approx(0, abs=1e-6) and figures["cosine"] == pytest.approx(0, abs=0.1)
    assert figures["foscttm"] == pytest.approx(0.5, abs=0.02)
    assert figures["recall@5"] == pytest.approx(5 / 60, abs=1e-6)


def test_constant_values_do_not_count() -> None:
    y = np.column_stack([samples(), np.full(60, 7.0)])
    made = np.column_stack([samples() + 0.3, np.full(60, 8.0)])
    bare = measure(made[:, :4], y[:, :4], known(y[:, :4]))
    assert measure(made, y, known(y))["r2_uniform"] == pytest.approx(bare["r2_uniform"])
    assert np.isfinite(measure(y * 0, y * 0, known(y))["r2_interval"]).all()


@given(seeds)
@settings(max_examples=15)
def test_retrieval_counts_ties_half(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (rng.integers(0, 3, (12, 2)).astype(float) for _ in range(2))
    distance = ((a[:, None] - b) ** 2).sum(2)
    own = np.diag(distance)
    rows = ((distance < own[:, None]).sum(1) + ((distance == own[:, None]).sum(1) - 1) / 2) / 11
    columns = ((distance < own).sum(0) + ((distance == own).sum(0) - 1) / 2) / 11
    assert retrieval(a, b)["foscttm"] == pytest.approx((rows + columns) / 2)


def test_recall_decides_ties_by_chance() -> None:
    found = retrieval(np.zeros((20, 2)), np.zeros((20, 2)))
    assert found["recall@1"].mean() == pytest.approx(1 / 20) and found["recall@10"].mean() == pytest.approx(0.5)


def test_baselines_stand_beside_the_bridge() -> None:
    x = samples()
    y = 2 * x[:, :3] + 1
    figures = evaluate_pairs(x[40:], y[40:], y[40:], Baselines().fit(x[:40], y[:40]))
    assert figures["n"] == 20 and "drawn" not in figures
    baselines = figures["baselines"]
    assert list(baselines) == ["mean", "ridge", "nearest"]
    assert baselines["mean"]["r2"] < 0.1 < baselines["nearest"]["r2"] < 0.99 < baselines["ridge"]["r2"]
    assert set(MEASURES) <= set(baselines["ridge"])


def test_calibrated_draws_cover_what_they_promise() -> None:
    rng = np.random.default_rng(0)
    centre = rng.normal(size=(400, 1, 3))
    y = centre[:, 0] + rng.normal(size=(400, 3))
    figures = {
        spread: measure_draws(centre + spread * rng.normal(size=(400, 19, 3)), centre[:, 0], y, known(y))
        for spread in (0.3, 1.0, 3.0)
    }
    right = figures[1.0]
    assert right["coverage_90"] == pytest.approx(0.9, abs=0.03) and right["coverage_50"] == pytest.approx(0.5, abs=0.05)
    assert right["diversity"] == pytest.approx(1, abs=0.1)
    assert right["energy"] < min(figures[0.3]["energy"], figures[3.0]["energy"])
    assert right["energy"] < right["energy_fixed"] and right["energy"] < right["energy_marginal"]
    assert figures[0.3]["coverage_90"] < 0.6 and figures[0.3]["diversity"] < 0.5
    assert figures[3.0]["coverage_50"] > 0.8 and figures[3.0]["diversity"] > 1.5


def test_the_same_seed_gives_the_same_intervals() -> None:
    y = samples()
    assert measure(y + 0.1, y, known(y), seed=3) == measure(y + 0.1, y, known(y), seed=3)
