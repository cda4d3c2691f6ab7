"""The figures of a finished run: its translations, what refusing doubtful answers brings, and where they come from."""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from bridgeae.runs.config import RunConfig
from bridgeae.domain import Domain, shared_labels
from bridgeae.evaluation.translations import Judge
from bridgeae.linker.flow import FlowLinker
from bridgeae.linked.linked import LinkedAutoencoder
from bridgeae.evaluation.metrics import COVERAGES, share
from bridgeae.progress import Progress
from bridgeae.runs.side import Side


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
        of it for each further test set under `more_tests`. Only samples with a label count, and
        of translations those of a class that the target's test samples have.
    """
    source, target = sides["source"], sides["target"].test
    if not source.test.labelled.any() or not target.labelled.any():
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
    test = test.select(test.labelled)
    figures: dict[str, Any] = {}
    if source.classifier is not None:
        z, probabilities = source.encode_and_classify(test.x)
        right = source.classes_[probabilities.argmax(1)] == test.labels
        figures["classifier"] = share(right)
        if bridge.confidence_ is not None:
            figures["refusing"] = coverage_curve(right, bridge.confidence_.score(z, probabilities))
    labels = np.asarray(test.labels)
    known = np.isin(labels, shared_labels(labels, target.classes))
    if not known.any():
        return figures
    test = test.select(known)
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
        `bridgeae.evaluation.metrics.share` gives it.
    """
    order = np.argsort(-confidence, kind="stable")
    curve = []
    for coverage in COVERAGES:
        answered = order[: max(1, round(coverage * len(order)))]
        least = float(confidence[answered[-1]])
        curve.append({"coverage": coverage, "min_confidence": least} | share(right[answered]))
    return curve


def provenance(config: RunConfig, sides: Mapping[str, Side], *, smoke: bool) -> dict[str, Any]:
    """Return what decides the figures: seed, samples, versions and linker."""
    import keras

    packages = ("bridgeae", "keras", keras.backend.backend(), "numpy", "scikit-learn")
    return {
        "seed": config.seed,
        "smoke": smoke,
        "data": {name: side.origin for name, side in sides.items()},
        "versions": {package: version(package) for package in packages},
        "linker": config.linker.kind,
    }


def record(config: RunConfig, command: str | None) -> dict[str, Any]:
    """Return what says how and where a run was made, apart from what it found."""
    return {
        "command": command,
        "ended": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "config": asdict(config),
    }


def strict_json(content: Any) -> str:
    """Return figures as JSON, which has no NaN and no infinity: these become null."""
    return json.dumps(_finite(content), indent=1, ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
