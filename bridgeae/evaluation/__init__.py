"""Measures of translations: right, varied, like real samples, and how far an answer can be trusted."""

from bridgeae.evaluation.confidence import COVERAGES, MIN_HELD_OUT, Confidence, coverage_curve
from bridgeae.evaluation.metrics import (
    class_spread,
    confusion,
    equal_parts,
    frechet_distance,
    share,
    wilson_interval,
)
from bridgeae.evaluation.reading import Reading
from bridgeae.evaluation.translations import Judge, accuracy, evaluate_translations, likeness, own_judge

__all__ = [
    "COVERAGES",
    "MIN_HELD_OUT",
    "Confidence",
    "Judge",
    "Reading",
    "accuracy",
    "class_spread",
    "confusion",
    "coverage_curve",
    "equal_parts",
    "evaluate_translations",
    "frechet_distance",
    "likeness",
    "own_judge",
    "share",
    "wilson_interval",
]
