"""Whether an answer can be trusted, and why, in a sentence."""

from __future__ import annotations

from typing import Any, TypedDict

from bridgeae.evaluation import Reading
from bridgeae.evaluation.confidence import TRUSTED_FROM

THRESHOLDS = {
    "trusted_from": TRUSTED_FROM,
    "sure_from": 0.9,  # confidence; between the two an answer is probably right
    "clear_from": 0.8,  # probability of a class from which no other one is near
}
SENTENCES = {
    "trusted": "It looks like the samples that the model was trained on.",
    "less_sure": "The model is less sure of it than of most samples.",
    "unlike": "It is {how} further from every class than typical samples are: perhaps something else.",
    "between": "Two classes are near: {two}.",
    "no_classes": "This model has no classes, so it cannot tell.",
    "not_calibrated": "This model was not calibrated, so it cannot tell.",
}


class Trust(TypedDict):
    """Whether an answer can be trusted; `trusted` and `confidence` are None where the model cannot tell."""

    trusted: bool | None
    confidence: float | None
    why: str


def trust(bridge: Any, reading: Reading, k: int) -> Trust:
    """Return whether the answer to sample `k` can be trusted."""
    if reading.encoding.probabilities is None:
        return {"trusted": None, "confidence": None, "why": SENTENCES["no_classes"]}
    if reading.confidence is None:
        return {"trusted": None, "confidence": None, "why": SENTENCES["not_calibrated"]}
    score = float(reading.confidence[k])
    trusted = score >= THRESHOLDS["trusted_from"]
    if score >= THRESHOLDS["sure_from"]:
        return {"trusted": True, "confidence": round(score, 4), "why": SENTENCES["trusted"]}
    why = f"{_unlike(bridge, reading, k)} {_between(reading, k)}".strip()
    return {"trusted": trusted, "confidence": round(score, 4), "why": why or SENTENCES["less_sure"]}


def _unlike(bridge: Any, reading: Reading, k: int) -> str:
    """Return that the sample is of another kind, where the calibration says so."""
    known = bridge.confidence_
    times = float(known.distance(reading.encoding.z[k : k + 1])[0]) / known.typical_
    if times <= 1:
        return ""
    return SENTENCES["unlike"].format(how="a little" if times < 1.1 else f"{times:.1f} times")


def _between(reading: Reading, k: int) -> str:
    """Return the two nearest classes, where none is clear."""
    probabilities, classes = reading.encoding.probabilities, reading.encoding.classes
    assert probabilities is not None and classes is not None
    first, second = probabilities[k].argsort()[::-1][:2]
    if probabilities[k][first] >= THRESHOLDS["clear_from"]:
        return ""
    two = " and ".join(f"{classes[c]} ({probabilities[k][c]:.0%})" for c in (first, second))
    return SENTENCES["between"].format(two=two)
