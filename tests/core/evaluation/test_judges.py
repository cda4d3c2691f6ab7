from __future__ import annotations

import numpy as np
import pytest

from bridgeae import Autoencoder, Domain, LinkedAutoencoder
from bridgeae.errors import InputError
from bridgeae.evaluation import can_train_judge, choose_judge, independent_judge

RNG = np.random.default_rng(0)
LABELS = np.arange(120) % 3


def clouds(distance: float, labels: np.ndarray = LABELS) -> Domain:
    """Draw samples of classes that lie so far apart."""
    return Domain(RNG.normal(size=(len(labels), 4)) + distance * np.eye(4)[labels], labels)


def test_an_independent_judge_names_the_classes_of_samples_in_any_unit() -> None:
    real, new = clouds(9), clouds(9)
    unit = np.array([1, 1e3, 1e-3, 50], np.float32)
    judge = independent_judge(Domain(real.x * unit + 100, real.labels))
    assert judge.who == "independent" and judge.n == 120 and judge.accuracy > 0.95
    assert (judge(new.x * unit + 100) == new.labels).mean() > 0.95


def test_its_accuracy_is_that_of_samples_it_has_not_seen() -> None:
    assert independent_judge(clouds(0)).accuracy < 0.6


def test_it_needs_ten_samples_of_two_classes() -> None:
    assert can_train_judge(clouds(1, np.repeat([0, 1], 10)))
    assert not can_train_judge(clouds(1, np.repeat([0, 1], [10, 9])))
    assert not can_train_judge(Domain(np.zeros((20, 2)), np.zeros(20)))
    assert not can_train_judge(Domain(np.zeros((20, 2))))


def test_the_given_judge_comes_first_and_its_accuracy_on_real_samples_is_told() -> None:
    real = clouds(9)
    judge = choose_judge(lambda x: np.zeros(len(x), int), Autoencoder(), real)
    assert judge.described() == {"who": "given", "n": 120, "accuracy": pytest.approx(1 / 3)}
    assert choose_judge(judge, Autoencoder(), None) is judge


def test_a_target_without_classifier_and_real_samples_has_no_judge() -> None:
    with pytest.raises(InputError, match="`judge` is needed: the target side has no classifier of its own"):
        choose_judge(None, Autoencoder(), clouds(9).select(slice(20)))


def test_an_independent_judge_that_cannot_tell_the_classes_is_the_last_resort(
    bridge: LinkedAutoencoder, tiles: Domain
) -> None:
    labels = np.asarray(bridge.target.classes_)[RNG.integers(0, len(bridge.target.classes_), len(tiles))]
    confused = Domain(tiles.x, labels)
    assert choose_judge(None, bridge.target, tiles).who == "independent"
    assert choose_judge(None, bridge.target, confused).who == "own"
    assert choose_judge(None, Autoencoder(), confused).who == "independent"


def test_evaluate_says_who_judged(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain) -> None:
    assert bridge.evaluate(waves, tiles)["judged_by"]["who"] == "independent"
    assert bridge.evaluate(waves)["judged_by"] == {"who": "own", "n": 0, "accuracy": None}
    assert bridge.evaluate(waves, tiles, judge=bridge.target.predict)["judged_by"]["who"] == "given"
