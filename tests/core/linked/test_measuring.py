"""`evaluate` of given pairs: what is measured, beside what, and when it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridgeae import Domain, FlowLinker, GivenPairing, LinkedAutoencoder, RidgeLinker
from bridgeae.errors import InputError
from bridgeae.evaluation import MEASURES
from bridgeae.linked.choices import PairingWarning

RNG = np.random.default_rng(0)
X = RNG.normal(size=(160, 6))
Y = X @ RNG.normal(size=(6, 4)) + 0.2 * RNG.normal(size=(160, 4))
LABELS = np.arange(160) % 2
TRAIN, TEST = slice(0, 120), slice(120, None)


@pytest.fixture(scope="module")
def paired() -> LinkedAutoencoder:
    """A bridge trained on given pairs."""
    quick = {"epochs": 20}
    made = LinkedAutoencoder(linker=RidgeLinker())
    return made.fit(X[TRAIN], Y[TRAIN], pairing="given", source_options=quick, target_options=quick)


def test_given_pairs_are_measured_without_labels_beside_baselines(paired: LinkedAutoencoder) -> None:
    figures = paired.evaluate(X[TEST], Y[TEST])
    assert figures["n"] == 40 and set(MEASURES) <= set(figures)
    assert list(figures["baselines"]) == ["mean", "ridge", "nearest"]
    assert figures["baselines"]["mean"]["r2"] < 0.3 < figures["r2"]
    assert "drawn" not in figures and "by_class" not in figures


def test_a_loaded_bridge_measures_the_same(paired: LinkedAutoencoder, tmp_path: Path) -> None:
    paired.save(tmp_path / "model")
    again = LinkedAutoencoder.load(tmp_path / "model").evaluate(X[TEST], Y[TEST])
    assert again["r2"] == pytest.approx(paired.evaluate(X[TEST], Y[TEST])["r2"], abs=1e-5)
    assert again["baselines"]["ridge"] == paired.evaluate(X[TEST], Y[TEST])["baselines"]["ridge"]


def test_samples_with_names_are_trained_and_measured_in_any_order(paired: LinkedAutoencoder) -> None:
    names, order = np.array([f"s{k}" for k in range(40)]), np.random.default_rng(1).permutation(40)
    source, target = Domain(X[TEST], names=names), Domain(Y[TEST][order], names=names[order])
    straight = paired.evaluate(X[TEST], Y[TEST])
    assert paired.evaluate(source, target)["r2"] == pytest.approx(straight["r2"])
    assert paired.evaluate(source, target.select(np.arange(30)))["n"] == 30
    quick = {"epochs": 20}
    mixed = LinkedAutoencoder(linker=RidgeLinker())
    with pytest.warns(PairingWarning, match="38 samples are paired by name; 2 samples of `source` and 0 of `target`"):
        mixed.fit(source, target.select(np.arange(38)), pairing="given", source_options=quick, target_options=quick)
    assert mixed.evaluate(X[TRAIN], Y[TRAIN])["r2"] > 0.2


def test_a_reading_and_pairs_by_index_are_measured_alike(paired: LinkedAutoencoder) -> None:
    order = np.random.default_rng(1).permutation(40)
    shuffled = paired.evaluate(X[TEST], Y[TEST][order], pairing=GivenPairing(order, np.arange(40)))
    straight = paired.evaluate(paired.reading(X[TEST]), Y[TEST])
    assert shuffled["r2"] == pytest.approx(straight["r2"]) and straight["r2"] > 0.3


def test_a_linker_that_draws_is_measured_on_its_draws(paired: LinkedAutoencoder) -> None:
    flow = LinkedAutoencoder(paired.source, paired.target, FlowLinker("latent", units=16))
    flow.fit(X[TRAIN], Y[TRAIN], pairing="given", linker_options={"epochs": 2})
    figures = flow.evaluate(X[TEST], Y[TEST])["drawn"]
    assert figures["draws"] == 19 and 0 < figures["coverage_50"] < figures["coverage_90"] <= 1
    reading = flow.reading(X[TEST], draws=19)
    assert flow.evaluate(reading, Y[TEST])["drawn"] == figures


def test_pairs_with_labels_are_measured_both_ways(paired: LinkedAutoencoder) -> None:
    def judge(y: np.ndarray) -> np.ndarray:
        return np.zeros(len(y), int)

    figures = paired.evaluate((X[TEST], LABELS[TEST]), (Y[TEST], LABELS[TEST]), judge=judge)
    assert figures["r2"] > 0.3 and figures["by_class"]["accuracy"] == 0.5


def test_a_bridge_of_classes_measures_pairs_where_it_is_asked_to(
    bridge: LinkedAutoencoder, waves: Domain, tiles: Domain
) -> None:
    few = waves.select(slice(60)), Domain(tiles.x)
    assert list(bridge.evaluate(*few, pairing="given")["baselines"]) == ["mean"]
    with pytest.raises(InputError, match='`source` needs labels; or pass pairing="given"'):
        bridge.evaluate(few[0].x, few[1])
    assert "accuracy" in bridge.evaluate(waves, tiles)


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (X[TEST], None, "`target` is needed: given pairs are measured beside"),
        (X[TEST], Y[TEST][:-1], "`source` has 40 samples and `target` 39"),
        (
            (X[TEST], LABELS[TEST]),
            (Y[TEST], 1 - LABELS[TEST]),
            "labels of 40 of 40 given pairs disagree, such as 0 and",
        ),
        (X[TEST], np.where(Y[TEST] > 1, np.nan, Y[TEST]), "`target`: `x` must be finite"),
    ],
)
def test_samples_that_do_not_pair_are_refused(
    paired: LinkedAutoencoder, source: object, target: object, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        paired.evaluate(source, target)  # type: ignore[arg-type]
