from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridgeae import Domain, LinkedAutoencoder, RidgeLinker
from bridgeae.errors import InputError, NotFittedError
from bridgeae.evaluation.confidence import Confidence


@pytest.fixture(scope="module")
def calibrated(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain) -> LinkedAutoencoder:
    train, held = waves.split(0.7)
    return LinkedAutoencoder(bridge.source, bridge.target, RidgeLinker()).fit(train, tiles).calibrate(train, held)


def test_what_is_no_such_thing_gets_little_confidence(calibrated: LinkedAutoencoder, waves: Domain) -> None:
    noise = np.random.default_rng(0).normal(scale=3.0, size=(50, 24)).astype(np.float32)
    assert np.median(calibrated.confidence(waves)) > 0.8
    assert np.median(calibrated.confidence(noise)) < 0.3


def test_translate_returns_confidence_and_refuses_below_a_limit(calibrated: LinkedAutoencoder, waves: Domain) -> None:
    made, sure = calibrated.translate(waves, return_confidence=True)
    assert made.shape == (90, 6, 6, 1) and sure.shape == (90,)
    assert ((sure >= 0) & (sure <= 1)).all()
    limit = float(np.median(sure))
    refused = np.isnan(calibrated.translate(waves, min_confidence=limit)).all((1, 2, 3))
    assert (refused == (sure < limit)).all()


def test_confidence_is_saved_with_the_model(calibrated: LinkedAutoencoder, waves: Domain, tmp_path: Path) -> None:
    calibrated.save(tmp_path / "model")
    again = LinkedAutoencoder.load(tmp_path / "model")
    assert np.allclose(again.confidence(waves), calibrated.confidence(waves), atol=1e-5)


LABELS = np.arange(60) % 3
SURE = np.eye(3)[LABELS] * 0.7 + 0.1


def gate(labels: np.ndarray, held: np.ndarray, classes: np.ndarray) -> np.ndarray:
    z = np.random.default_rng(0).normal(size=(60, 2)) + 5 * LABELS[:, None]
    fitted = Confidence().fit(z[: len(labels)], labels, z[: len(held)], SURE[: len(held)], held, classes=classes)
    return fitted.score(z, SURE)


def test_classes_may_be_strings() -> None:
    words = np.array(["a", "b", "c"])
    assert (gate(words[LABELS], words[LABELS], words) == gate(LABELS, LABELS, np.arange(3))).all()


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
        gate(labels, held, np.arange(3))


def test_confidence_needs_calibration(calibrated: LinkedAutoencoder, waves: Domain) -> None:
    other = LinkedAutoencoder(calibrated.source, calibrated.target)
    other.fitted_ = True
    with pytest.raises(NotFittedError, match="must come first"):
        other.translate(waves, return_confidence=True)
    with pytest.raises(InputError, match="at least 10 held-out samples, received 3"):
        other.calibrate(waves, waves.select([0, 1, 2]))
    with pytest.raises(InputError, match="`held_out` needs labels"):
        other.calibrate(waves, waves.x)
