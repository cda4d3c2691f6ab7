"""Measures of translations: right, varied, like real samples, and how far an answer can be trusted."""

from bridgeae.evaluation.baselines import BASELINES, Baselines
from bridgeae.evaluation.confidence import COVERAGES, MIN_HELD_OUT, Confidence, coverage_curve
from bridgeae.evaluation.metrics import (
    class_spread,
    confusion,
    equal_parts,
    frechet_distance,
    share,
    wilson_interval,
)
from bridgeae.evaluation.pairs import DRAWS, MEASURES, evaluate_pairs, measure, measure_draws
from bridgeae.evaluation.reading import Reading
from bridgeae.evaluation.translations import Judge, accuracy, evaluate_translations, likeness, own_judge

__all__ = [
    "BASELINES",
    "COVERAGES",
    "DRAWS",
    "MEASURES",
    "MIN_HELD_OUT",
    "Baselines",
    "Confidence",
    "Judge",
    "Reading",
    "accuracy",
    "class_spread",
    "confusion",
    "coverage_curve",
    "equal_parts",
    "evaluate_pairs",
    "evaluate_translations",
    "frechet_distance",
    "likeness",
    "measure",
    "measure_draws",
    "own_judge",
    "share",
    "wilson_interval",
]
