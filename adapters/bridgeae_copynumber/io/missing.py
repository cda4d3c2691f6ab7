"""Missing values that a file does not call so: -1 in ratios and counts, and runs of bins without reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridgeae_copynumber.io.lazy import Made
from bridgeae_copynumber.io.statistics import MIN_RATIO_MEDIAN, MIN_VALUES, are_fractions

MISSING_MARK = -1
"""Written for a missing value by tools whose values cannot lie below zero."""
CHANCE_GAPS = 0.01
"""Runs of zero counts are gaps if fewer than this number of them are expected by chance."""
MIN_SHARED, GAP_SHARE = 3, 0.9
"""Fewest samples that tell gaps from deletions, and the share of them without reads in a gap."""


def without_marks(values: Sequence[np.ndarray], name: str, role: str) -> tuple[Sequence[np.ndarray], tuple[str, ...]]:
    """Return the values with NaN for each -1, if these are the only ones below 0 and the values are no log2 ratios."""
    if role == "log2":
        return values, ()
    marked = np.zeros(len(values), bool)
    count = 0
    for k, value in enumerate(values):
        below = value < 0
        if not below.any():
            continue
        marks = value == MISSING_MARK
        if (below & ~marks).any():
            return values, ()
        rest = value[np.isfinite(value) & ~marks]
        sure = role != "value" or (len(rest) >= MIN_VALUES and (_is_ratio(value) or are_fractions(rest)))
        if len(rest) and sure:
            marked[k], count = True, count + int(marks.sum())
    if not count:
        return values, ()

    def unmarked(k: int) -> np.ndarray:
        return np.where(values[k] == MISSING_MARK, np.nan, values[k]) if marked[k] else values[k]

    out: Sequence[np.ndarray] = Made(len(values), unmarked)
    note = f"{count} of the {name} are -1 and were read as missing: nothing else lies below 0"
    return list(out) if isinstance(values, list) else out, (note,)


def shared_zeros(values: Sequence[np.ndarray]) -> np.ndarray | None:
    """Return a mask of the bins without reads in nearly all samples, or None where there are too few to tell."""
    if len(values) < MIN_SHARED:
        return None
    zeros = np.zeros(len(values[0]), np.int64)
    for value in values:
        if len(value) != len(zeros):
            return None
        zeros += ~(value > 0)
    return zeros >= GAP_SHARE * len(values)


def without_gaps(value: np.ndarray, shared: np.ndarray | None) -> tuple[np.ndarray, int]:
    """Return counts with NaN for runs of zeros that chance does not explain, and the number of these bins.

    A gap is one in nearly all samples of a file: a run that few samples share is a deletion, and stays.
    """
    zero = value == 0 if shared is None else (value == 0) & shared
    edges = np.flatnonzero(np.diff(np.concatenate([[False], zero, [False]]).astype(np.int8)))
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    if not len(lengths) or lengths.max() < 2:
        return value, 0
    runs = min(len(lengths) / len(value), 0.25)  # p (1 - p) where each bin has no reads with chance p
    most = float(np.exp(1 / 3 - np.nanmedian(value)))  # the mean of a Poisson count is at least its median less 1/3
    chance = min((1 - np.sqrt(1 - 4 * runs)) / 2, most)
    needed = max(2.0, np.log(CHANCE_GAPS / len(value)) / np.log(max(chance, 1e-300))) if chance < 1 else np.inf
    gap = np.zeros(len(value), bool)
    for a, length in zip(starts[lengths >= needed], lengths[lengths >= needed], strict=True):
        gap[a : a + length] = True
    return np.where(gap, np.nan, value), int(gap.sum())


def _is_ratio(value: np.ndarray) -> bool:
    return bool(np.median(value[np.isfinite(value)]) >= MIN_RATIO_MEDIAN)
