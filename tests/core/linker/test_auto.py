from __future__ import annotations

import io

import numpy as np
import pytest

from bridgeae import AutoLinker, Domain, GivenPairing, LinkedAutoencoder, Progress
from bridgeae.errors import BundleError, InputError, NotFittedError
from bridgeae.saving import State
from bridgeae.testing import check_linker

RNG = np.random.default_rng(0)
Z = RNG.normal(size=(300, 4)).astype(np.float32)
CURVED = np.column_stack([np.sin(2 * Z[:, 0]), Z[:, 1] * Z[:, 2], np.abs(Z[:, 3])]).astype(np.float32)
TRAIN, TEST = slice(0, 220), slice(220, None)


def fitted(x: np.ndarray, y: np.ndarray, **options: object) -> AutoLinker:
    source, target = Domain(x), Domain(y)
    return AutoLinker().fit(source, target, GivenPairing().fit(source, target), **options)  # type: ignore[arg-type]


def r2(linker: AutoLinker, x: np.ndarray, y: np.ndarray) -> float:
    return float(1 - ((linker.predict(x) - y) ** 2).sum() / ((y - y.mean(0)) ** 2).sum())


def test_a_curved_map_is_predicted_by_kernels_and_the_score_is_honest() -> None:
    linker = fitted(Z[TRAIN], CURVED[TRAIN])
    assert any("ridge" not in name for name in linker.chosen_)
    assert (
        r2(linker, Z[TEST], CURVED[TEST])
        > 0.8
        > linker.scores_["ridge (one)" if "ridge (one)" in linker.scores_ else "ridge (feature)"]
    )
    assert linker.scores_["choice"] == pytest.approx(r2(linker, Z[TEST], CURVED[TEST]), abs=0.1)


def test_a_linear_map_in_raw_units_is_recovered() -> None:
    unit, other = np.array([1e-3, 1, 1e3, 1e5]), np.array([1e4, 1e-4])
    x, y = Z * unit + unit, (Z @ RNG.normal(size=(4, 2)) + 0.01 * RNG.normal(size=(300, 2))) * other
    made = fitted(x[TRAIN], y[TRAIN]).predict(x[TEST].astype(np.float32))
    assert (1 - ((made - y[TEST]) ** 2).mean(0) / y[TEST].var(0)).min() > 0.99


def test_where_nothing_can_be_predicted_the_mean_is_the_answer() -> None:
    linker = fitted(Z[TRAIN], RNG.normal(size=(220, 2)) + 5)
    assert np.abs(linker.predict(Z[TEST]) - 5).max() < 0.6


def test_without_a_useful_candidate_the_mean_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgeae.linker.stacking._trusted", lambda made, y: 0.0)
    linker = fitted(Z[TRAIN], CURVED[TRAIN])
    assert linker.chosen_ == {} and "the mean" in repr(linker)
    assert np.allclose(linker.predict(Z[:3]), CURVED[TRAIN].mean(0), atol=1e-6)


def test_few_pairs_that_show_no_gain_are_predicted_by_one_component(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgeae.linker.auto._SURE", 2.0)
    few = slice(0, 20)
    linker = fitted(Z[few], CURVED[few])
    assert linker.chosen_ == {"one component": 1.0}
    assert linker.scores_["choice"] == linker.scores_["one component"] < 0.5
    made = linker.predict(Z)
    assert np.linalg.matrix_rank(made - CURVED[few].mean(0), tol=1e-3) == 1
    assert (AutoLinker.from_state(linker.get_state()).predict(Z) == made).all()
    assert "one component" not in fitted(Z[:41], CURVED[:41]).chosen_


@pytest.mark.slow
def test_networks_are_tried_on_many_pairs_and_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgeae.linker.auto._MIN_FOR_NETWORKS", 200)
    monkeypatch.setattr("bridgeae.linker.stacking._MIN_WEIGHT", -1.0)
    monkeypatch.setattr("bridgeae.linker.stacking._WORTH", -1.0)
    linker = fitted(Z[TRAIN], CURVED[TRAIN], epochs=2)
    assert "network" in linker.scores_
    again = AutoLinker.from_state(linker.get_state())
    assert np.allclose(again.predict(Z), linker.predict(Z), atol=1e-5)
    assert "network" not in fitted(Z[TRAIN], CURVED[TRAIN], networks=False).scores_
    assert "network" not in fitted(Z[:100], CURVED[:100]).scores_
    assert "network" in fitted(Z[:100], CURVED[:100], networks=True, epochs=1).scores_


def test_it_says_what_it_chose() -> None:
    log = io.StringIO()
    linker = fitted(Z[TRAIN], CURVED[TRAIN], progress=Progress(quiet=True, log=log))
    name, weight = next(iter(linker.chosen_.items()))
    assert f"{weight:.2f} {name}" in repr(linker) and f"{weight:.2f} {name}" in log.getvalue()
    assert "cross-validated R2" in repr(linker) and repr(AutoLinker()) == "AutoLinker()"


def test_the_same_seed_gives_the_same_linker() -> None:
    assert (fitted(Z, CURVED, seed=3).predict(Z) == fitted(Z, CURVED, seed=3).predict(Z)).all()


def test_it_keeps_the_promises_of_a_linker() -> None:
    source, target = Domain(Z[:40]), Domain(CURVED[:40].reshape(40, 3, 1))
    check_linker(AutoLinker(), source, target, GivenPairing().fit(source, target))


def test_five_pairs_are_enough() -> None:
    assert np.isfinite(fitted(Z[:5], CURVED[:5]).predict(Z)).all()


def test_wrong_use_is_refused() -> None:
    with pytest.raises(NotFittedError, match="this AutoLinker is not fitted"):
        AutoLinker().predict(Z)
    linker = fitted(Z[:40], CURVED[:40])
    with pytest.raises(InputError, match=r"`z` must have shape \(n, 4\)"):
        linker.predict(Z[:, :2])
    state = linker.get_state()
    with pytest.raises(BundleError, match="have sizes"):
        AutoLinker.from_state(State(state.values | {"shapes": [[5], [3]]}, state.networks, state.arrays))


def test_it_is_the_default_of_given_pairs_on_sides_that_lose_nothing() -> None:
    bridge = LinkedAutoencoder().fit(Z[TRAIN], CURVED[TRAIN], pairing="given")
    assert isinstance(bridge.linker, AutoLinker)
    assert np.allclose(bridge.target.reconstruct(CURVED), CURVED, atol=1e-5)
    assert bridge.evaluate(Z[TEST], CURVED[TEST])["r2"] > 0.8
