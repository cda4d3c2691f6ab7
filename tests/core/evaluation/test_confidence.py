from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from bridgeae import Domain
from bridgeae.errors import InputError
from bridgeae.evaluation import COVERAGES, Confidence, coverage_curve
from strategies import seeds

LABELS = np.arange(60) % 3
SURE = np.eye(3)[LABELS] * 0.7 + 0.1
Z = np.random.default_rng(0).normal(size=(60, 2)) + 5 * LABELS[:, None]


def fitted(labels: np.ndarray, held: np.ndarray, classes: np.ndarray, n: int = 60) -> Confidence:
    return Confidence().fit(Domain(Z, labels), Domain(Z[:n], held[:n]), SURE[:n], classes=classes)


def test_far_latents_get_little_confidence_however_sure_the_classifier_is() -> None:
    confidence = fitted(LABELS, LABELS, np.arange(3))
    away = Z + np.array([100, -100])
    near, far = confidence.score(Z, SURE), confidence.score(away, SURE)
    assert np.median(near) > 0.5 and far.max() < 0.01
    assert (confidence.distance(Z) < confidence.distance(away)).all()


def test_unsure_classes_get_little_confidence_however_near_the_latent_is() -> None:
    confidence = fitted(LABELS, LABELS, np.arange(3))
    assert (confidence.score(Z, np.full((60, 3), 1 / 3)) <= 1 / 3 + 1e-6).all()


@given(seeds)
def test_confidence_lies_between_0_and_1(seed: int) -> None:
    rng = np.random.default_rng(seed)
    score = fitted(LABELS, LABELS, np.arange(3)).score(rng.normal(0, 9, (50, 2)), rng.dirichlet(np.ones(3), 50))
    assert ((score >= 0) & (score <= 1)).all()


def test_a_classifier_that_is_too_sure_is_tempered() -> None:
    """It gives .98 to every call, of which a third is wrong."""
    wrong = np.where(np.arange(60) % 3 == 0, (LABELS + 1) % 3, LABELS)
    boastful = np.eye(3)[LABELS] * 0.97 + 0.01
    confidence = Confidence().fit(Domain(Z, LABELS), Domain(Z, wrong), boastful, classes=np.arange(3))
    assert 0.4 < np.median(confidence.score(Z, boastful)) < 0.8


def test_classes_may_be_strings() -> None:
    words = np.array(["a", "b", "c"])
    spelled = fitted(words[LABELS], words[LABELS], words)
    assert (spelled.score(Z, SURE) == fitted(LABELS, LABELS, np.arange(3)).score(Z, SURE)).all()


def test_it_survives_its_state() -> None:
    confidence = fitted(LABELS, LABELS, np.arange(3))
    again = Confidence.from_state(confidence.get_state())
    assert (again.score(Z, SURE) == confidence.score(Z, SURE)).all()


@pytest.mark.parametrize(
    ("labels", "held", "message"),
    [
        (LABELS % 2, LABELS, r"training samples of all the classifier's classes \[0, 1, 2\].* received \[0, 1\]"),
        (LABELS + 1, LABELS, r"training samples of all .* received \[1, 2, 3\]"),
        (LABELS, LABELS + 5, r"held-out samples of some of .* and no others, received \[5, 6, 7\]"),
        (LABELS.astype(str), LABELS, r"training samples of all .* received \['0', '1', '2'\]"),
        (LABELS, LABELS.astype(str), r"held-out samples of some .* received \['0', '1', '2'\]"),
    ],
)
def test_calibration_needs_the_classes_of_the_classifier(labels: np.ndarray, held: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fitted(labels, held, np.arange(3))


def test_calibration_needs_ten_held_out_samples() -> None:
    fitted(LABELS, LABELS, np.arange(3), n=10)
    with pytest.raises(InputError, match="at least 10 held-out samples, received 9"):
        fitted(LABELS, LABELS, np.arange(3), n=9)


def test_a_coverage_curve_answers_the_most_confident_first() -> None:
    confidence = np.linspace(0, 1, 20)
    right = confidence > 0.25  # the least confident quarter is wrong
    curve = {point["coverage"]: point for point in coverage_curve(right, confidence)}
    assert tuple(curve) == COVERAGES
    assert curve[1.0]["accuracy"] == 0.75
    assert curve[0.7]["accuracy"] == curve[0.5]["accuracy"] == 1
    assert curve[0.5]["n"] == 10
    assert curve[0.5]["min_confidence"] == confidence[10]


def test_equal_confidences_are_answered_together() -> None:
    confidence = np.repeat([0.9, 0.5, 0.1], [12, 4, 4])
    curve = coverage_curve(np.arange(20) % 2 == 0, confidence)
    assert [(point["coverage"], point["n"]) for point in curve] == [(1.0, 20), (0.8, 16), (0.6, 12)]
    assert [point["min_confidence"] for point in curve] == [0.1, 0.5, 0.9]
