"""What the values of a sample look like: their range, and whether they are whole numbers, fractions or ratios."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

MIN_VALUES = 20
"""Fewest values that tell by their kind (whole, all between 0 and 1) what they are."""
MIN_RATIO_MEDIAN = 0.5
"""Values whose median lies below are log2 ratios, as most bins of a sample are unchanged: ratio 1, log2 ratio 0."""
RELATIVE = ("counts", "depth")
"""Kinds of values that are divided by their median."""
LOGARITHMS = {"ln": 1 / np.log(2), "log10": 1 / np.log10(2)}
"""Logarithms of ratios to other bases, and the factor that makes log2 ratios of them."""
READ_AS = {
    "log2": "log2 ratios",
    "ln": "natural logarithms of ratios, and turned into log2 ratios",
    "log10": "decimal logarithms of ratios, and turned into log2 ratios",
    "ratio": "copy ratios (1 = no change)",
    "copies": "copy numbers (2 = no change)",
    "counts": "read counts, relative to their median, not corrected for GC content",
    "depth": "depths, relative to their median, not corrected for GC content",
}
"""Kinds of values, as notes and errors call them."""


class Statistics(NamedTuple):
    """Describe the known values of a sample.

    Args:
        lowest, median, highest: of the values, NaN where none is known.
        whole: they are whole numbers.
        number: how many are known.
        steady: most are equal to the one before, or there are too few to tell.
    """

    lowest: float
    median: float
    highest: float
    whole: bool
    number: int
    steady: bool

    @classmethod
    def of(cls, value: np.ndarray) -> Statistics:
        known = value[np.isfinite(value)]
        if not len(known):
            return cls(np.nan, np.nan, np.nan, False, 0, False)
        whole = bool((known == np.rint(known)).all())
        steady = len(known) < MIN_VALUES or bool((known[1:] == known[:-1]).mean() > 0.5)
        return cls(float(known.min()), float(np.median(known)), float(known.max()), whole, len(known), steady)


def are_fractions(known: np.ndarray) -> bool:
    """Return whether many different values all lie between 0 and 1."""
    if len(known) < MIN_VALUES or known.min() < 0 or known.max() > 1:
        return False
    return len(np.unique(known)) > MIN_VALUES // 2
