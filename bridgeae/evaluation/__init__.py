"""Measures of translations: right, varied, like real samples, and how far an answer can be trusted."""

from bridgeae.evaluation.confidence import Confidence
from bridgeae.evaluation.metrics import (
    class_spread,
    confusion,
    frechet_distance,
    matched_sample,
    share,
    wilson_interval,
)

__all__ = [
    "Confidence",
    "class_spread",
    "confusion",
    "frechet_distance",
    "matched_sample",
    "share",
    "wilson_interval",
]
