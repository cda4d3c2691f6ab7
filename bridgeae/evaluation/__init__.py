"""Measures of translations: right, varied, like real samples, and how far an answer can be trusted."""

from bridgeae.evaluation.baselines import BASELINES, Baselines
from bridgeae.evaluation.confidence import COVERAGES, MIN_HELD_OUT, Confidence, coverage_curve
from bridgeae.evaluation.judges import Judge, KnownJudge, can_train_judge, choose_judge, independent_judge
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
from bridgeae.evaluation.translations import accuracy, evaluate_translations, likeness
from bridgeae.evaluation.verdict import Verdict, headline, verdict_lines, verdicts

__all__ = [
    "BASELINES",
    "COVERAGES",
    "DRAWS",
    "MEASURES",
    "MIN_HELD_OUT",
    "Baselines",
    "Confidence",
    "Judge",
    "KnownJudge",
    "Reading",
    "Verdict",
    "accuracy",
    "can_train_judge",
    "choose_judge",
    "class_spread",
    "confusion",
    "coverage_curve",
    "equal_parts",
    "evaluate_pairs",
    "evaluate_translations",
    "frechet_distance",
    "headline",
    "independent_judge",
    "likeness",
    "measure",
    "measure_draws",
    "share",
    "verdict_lines",
    "verdicts",
    "wilson_interval",
]
