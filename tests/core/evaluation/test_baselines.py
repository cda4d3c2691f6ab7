from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from bridgeae.errors import BundleError
from bridgeae.evaluation import BASELINES, Baselines
from bridgeae.saving import State


def pairs(n: int = 80) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 6))
    return x, x @ rng.normal(size=(6, 4)) + 0.1 * rng.normal(size=(n, 4))


def test_each_baseline_predicts_in_the_units_of_the_target() -> None:
    x, y = pairs()
    y = y * [1, 1e3, 1e-3, 1] + [0, 5e3, 1, 0]
    made = Baselines().fit(x[:60], y[:60]).predict(x[60:])
    assert set(made) == set(BASELINES)
    assert np.allclose(made["mean"], y[:60].mean(0), rtol=1e-5, atol=1e-5)
    error = {name: (((m - y[60:]) / y.std(0)) ** 2).mean() for name, m in made.items()}
    assert error["ridge"] < 0.02 < error["nearest"] < 0.8 * error["mean"]


def test_ridge_is_as_good_as_that_of_scikit_learn() -> None:
    x, y = pairs()
    peer = RidgeCV(np.logspace(-3, 4, 15)).fit(x[:60], y[:60]).predict(x[60:])
    ours = Baselines().fit(x[:60], y[:60]).predict(x[60:])["ridge"]
    assert ((ours - y[60:]) ** 2).mean() < 1.1 * ((peer - y[60:]) ** 2).mean()


def test_nearest_neighbours_give_the_mean_of_their_targets() -> None:
    x = np.repeat([[0.0], [9.0]], 10, 0)
    y = np.repeat([[1.0, 2.0], [3.0, 4.0]], 10, 0)
    made = Baselines().fit(x, y).predict(np.array([[0.1], [8.0]]))["nearest"]
    assert np.allclose(made, [[1, 2], [3, 4]], atol=1e-5)


def test_constant_values_and_pictures_are_taken() -> None:
    x, y = pairs()
    x, y = np.column_stack([x, np.ones(80)]), np.pad(y, ((0, 0), (0, 5))).reshape(80, 3, 3)
    made = Baselines().fit(x, y).predict(x[:7])
    for values in made.values():
        assert values.shape == (7, 3, 3) and np.isfinite(values).all() and np.allclose(values[:, 2], 0, atol=1e-5)


def test_few_pairs_are_enough_and_many_are_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = pairs(5)
    assert np.isfinite(Baselines().fit(x, y).predict(x)["nearest"]).all()
    monkeypatch.setattr("bridgeae.evaluation.baselines._MAX_VALUES", 200)
    assert len(Baselines().fit(*pairs(80)).source_) == 20


def test_baselines_survive_their_state() -> None:
    x, y = pairs()
    fitted = Baselines().fit(x, y)
    state = fitted.get_state()
    again = Baselines.from_state(state)
    for name, made in fitted.predict(x[:5]).items():
        assert (again.predict(x[:5])[name] == made).all()
    assert (again.mean == fitted.mean).all()
    with pytest.raises(BundleError, match=r"sizes \(6, 9\)"):
        Baselines.from_state(State(state.values | {"shapes": [[6], [9]]}, arrays=state.arrays))


def test_without_training_pairs_only_the_mean_is_known() -> None:
    y = pairs()[1]
    made = Baselines.of_target(y).predict(np.zeros((3, 6)))
    assert list(made) == ["mean"] and np.allclose(made["mean"], y.mean(0), atol=1e-5)
