from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae import ClassPairing, Domain, GivenPairing
from bridgeae.linker.stacking import folds_of, known_pairs, learn_target_units, learn_units, stack_weights
from strategies import seeds

RNG = np.random.default_rng(0)


@given(seeds, st.lists(st.integers(0, 60), min_size=1, max_size=80))
def test_no_fold_tears_a_block_apart(seed: int, block: list[int]) -> None:
    fold = folds_of(np.array(block), 5, np.random.default_rng(seed))
    if len(set(block)) >= 3:
        assert all(len(set(fold[np.array(block) == b])) == 1 for b in block)
        assert len(set(fold)) >= 3


@pytest.mark.parametrize("scale", ["one", "feature"])
def test_frames_are_undone(scale: str) -> None:
    x = RNG.normal(size=(50, 4)) * [1, 1e4, 1e-4, 0] + [0, 5, 1, 3]
    frame = learn_units(x, scale)
    assert np.allclose(frame.undo(frame.apply(x)), x)
    assert np.abs(frame.apply(x).mean(0)).max() < 1e-6


def test_the_target_counts_each_value_where_units_are_apart() -> None:
    y = RNG.normal(size=(200, 3))
    table = learn_target_units(y * [1, 1e3, 1e-3]).apply(y * [1, 1e3, 1e-3]).std(0)
    assert table.min() > 0.5 and table.max() < 1.3
    dead = np.column_stack([y, np.zeros(200)])
    assert np.isfinite(learn_target_units(dead).apply(dead)).all()


def test_candidates_that_err_apart_are_added_and_useless_ones_left_out() -> None:
    y = RNG.normal(size=(400, 2))
    noise = RNG.normal(size=(3, 400, 2))
    made = [0.6 * y + 0.4 * noise[0], 0.6 * y + 0.4 * noise[1], noise[2]]
    weights, scores = stack_weights(["a", "b", "c"], made, y)
    assert weights[0] > 0.3 and weights[1] > 0.3 and weights[2] == 0
    assert scores["choice"] > max(scores["a"], scores["b"]) + 0.05 > scores["c"]


def test_one_candidate_is_taken_where_a_sum_is_no_better() -> None:
    y = RNG.normal(size=(400, 2))
    weights, _ = stack_weights(["a", "b"], [0.99 * y, 0.5 * y], y)
    assert weights.tolist() == [pytest.approx(1, abs=0.01), 0]


def test_answers_shrink_towards_the_mean_where_few_pairs_hardly_show_a_gain() -> None:
    rng = np.random.default_rng(1)

    def weight(n: int, noise: float) -> float:
        made = rng.normal(size=(n, 2))
        return float(stack_weights(["a"], [made], made + noise * rng.normal(size=(n, 2)))[0][0])

    assert np.mean([weight(12, 1.5) for _ in range(30)]) < 0.9 < 0.99 < weight(2000, 1.5)
    assert stack_weights(["a"], [-np.ones((9, 1))], np.ones((9, 1)))[0].tolist() == [0]


def test_pairs_are_those_that_are_listed_or_drawn() -> None:
    side = Domain(np.arange(12.0)[:, None], labels=np.arange(12) % 2)
    i, j = known_pairs(GivenPairing([3, 4], [5, 6]).fit(side, side), 12, RNG)
    assert i.tolist() == [3, 4] and j.tolist() == [5, 6]
    i, j = known_pairs(ClassPairing().fit(side, side), 12, RNG)
    assert len(i) == 4096 and (i % 2 == j % 2).all()
    i, _ = known_pairs(GivenPairing([3, 4], [5, 6], weights=[0, 1]).fit(side, side), 12, RNG)
    assert set(i) == {4}
