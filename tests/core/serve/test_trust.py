from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from bridgeae import Domain
from bridgeae.autoencoder import Encoding
from bridgeae.evaluation import Reading
from bridgeae.serve.trust import trust

KNOWN = SimpleNamespace(typical_=2.0, distance=lambda z: np.abs(z).max(1))


def reading(distance: float, p: list[float] | None, confidence: float | None) -> Reading:
    z = np.array([[distance]], np.float32)
    classes = None if p is None else np.array(["fist", "palm", "thumb"])
    encoding = Encoding(z, z, None if p is None else np.array([p]), classes)
    score = None if confidence is None else np.array([confidence])
    return Reading(Domain(z), encoding, z, confidence=score)


@pytest.mark.parametrize(
    ("distance", "p", "confidence", "trusted", "why"),
    [
        (1, [0.9, 0.05, 0.05], 0.97, True, "looks like the samples"),
        (8, [0.9, 0.05, 0.05], 0.01, False, "4.0 times further from every class"),
        (1, [0.48, 0.45, 0.07], 0.45, False, "Two classes are near: fist (48%) and palm (45%)."),
        (2.1, [0.48, 0.45, 0.07], 0.4, False, "a little further"),
        (1, [0.9, 0.05, 0.05], 0.4, False, "less sure"),
        (2.5, [0.82, 0.1, 0.08], 0.69, True, "1.2 times further"),
        (1, [0.82, 0.1, 0.08], 0.69, True, "less sure"),
        (1, [0.9, 0.05, 0.05], None, None, "not calibrated"),
        (1, None, None, None, "no classes"),
    ],
)
def test_an_answer_says_why_it_is_trusted(
    distance: float, p: list[float] | None, confidence: float | None, trusted: bool | None, why: str
) -> None:
    said = trust(SimpleNamespace(confidence_=KNOWN), reading(distance, p, confidence), 0)
    assert said["trusted"] is trusted and why in said["why"] and said["confidence"] == confidence
