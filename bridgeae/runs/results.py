"""The figures of a finished run, and the record of how it was made."""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.domain import shared_labels
from bridgeae.evaluation import KnownJudge, Reading, coverage_curve, evaluate_translations, share
from bridgeae.linked import LinkedAutoencoder
from bridgeae.progress import Progress
from bridgeae.runs.config import RunConfig
from bridgeae.runs.side import Side
from bridgeae.saving import whole_file


def measure(
    bridge: LinkedAutoencoder,
    readings: Mapping[str, Reading],
    target: Side,
    judge: KnownJudge | None,
    progress: Progress,
) -> dict[str, Any]:
    """Measure the answers to test samples with a label, as `bridgeae.report.contents.Figures` declares.

    `readings` are of the source's test samples under "", and of each further test set under its place. Translations
    count where the target's test samples have their class; `judged_by` says who judged. Of given pairs, `pairs` holds
    what `LinkedAutoencoder.evaluate` says of the test samples, paired by position.
    """
    results: dict[str, Any] = {}
    if bridge.baselines_ is not None:
        unlabelled = replace(target.test, labels=None)  # classes are judged once, among the translations
        results["pairs"] = bridge.evaluate(readings[""], unlabelled, pairing="given")
        if judge is None:
            return results
    if not readings[""].samples.labelled.any() or not target.test.labelled.any():
        return results
    measured = {}
    for k, (place, reading) in enumerate(readings.items(), 1):
        measured[place] = _figures(bridge, reading.select(reading.samples.labelled), target, judge)
        progress.update("translations", k, len(readings))
    results |= measured.pop("") | ({} if judge is None else {"judged_by": judge.described()})
    results.pop("classifier", None)  # stands among the source's own figures
    return results | ({"more_tests": measured} if measured else {})


def _figures(bridge: LinkedAutoencoder, reading: Reading, target: Side, judge: KnownJudge | None) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    labels, labelled = reading.samples.known_labels(), target.test.labelled
    if reading.encoding.predicted is not None:
        right = reading.encoding.predicted == labels
        figures["classifier"] = share(right)
        if reading.confidence is not None:
            figures["refusing"] = coverage_curve(right, reading.confidence)
    real, z = target.test.select(labelled), target.test_encoding.z[labelled]
    shared = np.isin(labels, shared_labels(labels, real.classes))
    if not shared.any():
        return figures
    reading = reading.select(shared)
    draws = {} if reading.draws is None else {"drawn_translation": reading.first_draw}
    for name, made in ({"translation": reading.fixed} | draws).items():
        figures[name] = evaluate_translations(
            made, labels[shared], bridge.target, judge, real, z_real=z, seed=reading.seed
        )
    return figures


def provenance(config: RunConfig, sides: Mapping[str, Side], linker: str, *, smoke: bool) -> dict[str, Any]:
    """Return what decides the figures: seed, samples, versions and linker."""
    from bridgeae.networks.backend import keras

    packages = ("bridgeae", "keras", keras.backend.backend(), "numpy", "scikit-learn")
    return {
        "seed": config.seed,
        "smoke": smoke,
        "data": {name: side.origin for name, side in sides.items()},
        "versions": {package: version(package) for package in packages},
        "linker": linker,
    }


def record(config: RunConfig, command: str | None) -> dict[str, Any]:
    """Return how and where a run was made: command, time, Python, platform, configuration."""
    return {
        "command": command,
        "ended": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "config": asdict(config),
    }


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file, whole or not at all."""
    with whole_file(path) as new:
        new.write_text(strict_json(content) + "\n", encoding="utf-8")


def strict_json(content: Any) -> str:
    """Return figures as JSON, which has no NaN and no infinity: these become null."""
    return json.dumps(_finite(content), indent=1, ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
