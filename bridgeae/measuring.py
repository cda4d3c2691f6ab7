"""The figures of a finished run: each side, its translations, and what refusing doubtful answers brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from bridgeae.domain import Domain
from bridgeae.evaluation import Judge
from bridgeae.flow import FlowLinker
from bridgeae.linked import LinkedAutoencoder
from bridgeae.metrics import share
from bridgeae.progress import Progress
from bridgeae.sides import Side

_COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)  # shares of the samples that are answered, the most confident ones


def measure(
    bridge: LinkedAutoencoder, sides: Mapping[str, Side], judge: Judge | None, progress: Progress
) -> dict[str, Any]:
    """Measure the translations of all test samples.

    Args:
        bridge: what translates.
        sides: at least "source" and "target".
        judge: names the class of target samples; None asks the target's own classifier.
        progress: where to show progress.

    Returns:
        `translation` and, of a linker that samples, `drawn_translation`; `refusing` of a calibrated bridge; and all
        of it for each further test set under `more_tests`.
    """
    source, target = sides["source"], sides["target"].test
    if source.test.labels is None or target.labels is None:
        return {}
    sets = {"": source.test, **source.more}
    measured = {}
    for k, (place, test) in enumerate(sets.items(), 1):
        measured[place] = _figures(bridge, test, target, judge)
        progress.update("translations", k, len(sets))
    results = measured.pop("")
    results.pop("classifier", None)  # stands among the source's own figures
    return results | ({"more_tests": measured} if measured else {})


def _figures(bridge: LinkedAutoencoder, test: Domain, target: Domain, judge: Judge | None) -> dict[str, Any]:
    source: Any = bridge.source
    figures: dict[str, Any] = {}
    if source.classifier is not None:
        z, probabilities = source.encode_and_classify(test.x)
        right = source.classes_[probabilities.argmax(1)] == test.labels
        figures["classifier"] = share(right)
        if bridge.confidence_ is not None:
            figures["refusing"] = coverage_curve(right, bridge.confidence_.score(z, probabilities))
    figures["translation"] = bridge.evaluate(test, target, judge=judge)
    if isinstance(bridge.linker, FlowLinker):
        figures["drawn_translation"] = bridge.evaluate(test, target, judge=judge, drawn=True)
    return figures


def coverage_curve(right: np.ndarray, confidence: np.ndarray) -> list[dict[str, Any]]:
    """Return how many answers are right when only the most confident ones are given.

    Args:
        right: (n,) bool.
        confidence: (n,).

    Returns:
        For each share of samples answered: `coverage`, `min_confidence` that brings it, and the count as
        `bridgeae.metrics.share` gives it.
    """
    order = np.argsort(-confidence, kind="stable")
    curve = []
    for coverage in _COVERAGES:
        answered = order[: max(1, round(coverage * len(order)))]
        least = float(confidence[answered[-1]])
        curve.append({"coverage": coverage, "min_confidence": least} | share(right[answered]))
    return curve
