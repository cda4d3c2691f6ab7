"""The scale of a file's values: log2 ratios, copy ratios, copy numbers or read counts; a guess is noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bridgeae.errors import InputError

SCALES = ("log2", "ratio")
"""Scales that a user can name."""
RATIO_FLOOR = 0.05
"""Lowest copy ratio: a bin without reads (a homozygous deletion) has no logarithm but must not be lost."""
LOWEST_RATIO = -0.1
"""Noise and background correction can bring a copy ratio this far below zero; values below are log2 ratios."""
MIN_RATIO_MEDIAN = 0.5
"""Values whose median lies below are log2 ratios, as most bins of a sample are unchanged: ratio 1, log2 ratio 0."""


class _Statistics(NamedTuple):
    lowest: float
    median: float

    @classmethod
    def of(cls, value: np.ndarray) -> _Statistics:
        known = value[np.isfinite(value)]
        return cls(float(known.min()), float(np.median(known))) if len(known) else cls(np.nan, np.nan)


@np.errstate(over="ignore", invalid="ignore")  # a number too large for float32 is infinite, which `Profile` refuses
def to_log2(
    values: Sequence[np.ndarray], samples: Sequence[str], name: str, role: str, scale: str | None
) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """Return the values of a file as log2 ratios, by their name and range.

    Args:
        values: of each sample, (n,) float64, NaN where missing.
        samples: names of the samples, for the notes.
        name: what the file calls the values, a plural, for the notes.
        role: "log2", "ratio", "counts", or "value" for a name that leaves the scale open.
        scale: "log2" or "ratio" overrules name and range.

    Returns:
        The log2 ratios of each sample, (n,) float32, and notes on decisions.

    Raises:
        InputError: an unknown `scale`, or `scale` is "ratio" and the values are log2 ratios.
    """
    if scale is not None and scale not in SCALES:
        raise InputError(f"`scale` must be one of {', '.join(SCALES)}, received {scale!r}.")
    statistics = [_Statistics.of(v) for v in values]
    if scale == "ratio":
        _check_ratios(statistics, samples, name)
    kinds = [scale] * len(values) if scale else _kinds(statistics, role)
    notes = () if scale else _scale_notes(name, role, kinds, statistics, samples)
    log2, raised = [], 0
    for value, kind, (_, median) in zip(values, kinds, statistics, strict=True):
        if kind != "log2":
            value = value / {"copies": 2, "counts": max(median, 1e-9)}.get(kind, 1)
            raised += int((value < RATIO_FLOOR).sum())
            value = np.log2(np.maximum(value, RATIO_FLOOR))
        log2.append(value.astype(np.float32))
    if raised:
        notes += (f"{raised} of the {name} lie below a copy ratio of {RATIO_FLOOR} and were raised to it",)
    return log2, notes


def _check_ratios(statistics: Sequence[_Statistics], samples: Sequence[str], name: str) -> None:
    for sample, (lowest, median) in zip(samples, statistics, strict=True):
        if lowest < 0 and median < MIN_RATIO_MEDIAN:
            raise InputError(
                f"`scale` is ratio, but {name} go down to {lowest:.3g} (sample {sample}, median {median:.3g}): "
                "they are log2 ratios. Use log2."
            )


def _kinds(statistics: Sequence[_Statistics], role: str) -> list[str]:
    """Return the kind of each sample's values; the majority decides for samples that differ from it."""
    kinds = [_kind(*s, role) for s in statistics]
    common, count = Counter(kinds).most_common(1)[0]
    if common == "log2" or 2 * count <= len(kinds):
        return kinds
    return ["log2" if low < LOWEST_RATIO and median < MIN_RATIO_MEDIAN else common for low, median in statistics]


def _kind(lowest: float, median: float, role: str) -> str:
    """Return what values most likely are: "log2", "ratio", "copies" (2 = no change) or "counts" (reads)."""
    if role == "log2" or np.isnan(median) or lowest < LOWEST_RATIO:
        return "log2"
    if median < MIN_RATIO_MEDIAN and (lowest < 0 or role == "value"):
        return "log2"
    if role in ("ratio", "counts"):
        return role
    return "ratio" if median <= 1.5 else "copies" if median <= 4.5 else "counts"


_READ_AS = {
    "log2": "log2 ratios",
    "ratio": "copy ratios (1 = no change)",
    "copies": "copy numbers (2 = no change)",
    "counts": "read counts, relative to their median, not corrected for GC content",
}


def _scale_notes(
    name: str, role: str, kinds: Sequence[str], statistics: Sequence[_Statistics], samples: Sequence[str]
) -> tuple[str, ...]:
    """Return a note on each uncertain decision, with the samples it concerns unless these are all."""
    notes = []
    texts = [_doubt(role, kind, *s) for kind, s in zip(kinds, statistics, strict=True)]
    for text in dict.fromkeys(filter(None, texts)):
        mine = [i for i, t in enumerate(texts) if t == text]
        whose = f" (of {abbreviated([samples[i] for i in mine])})" if len(mine) < len(texts) else ""
        lowest, median = min(statistics[i].lowest for i in mine), np.median([statistics[i].median for i in mine])
        notes.append(f"{name}{whose} {text.format(f'lowest {lowest:.3g}, median {median:.3g}')}")
    return tuple(notes)


def _doubt(role: str, kind: str, lowest: float, median: float) -> str:
    """Return a note with {} for the statistics, or nothing where name and values leave no doubt."""
    if role == "log2":
        often = "never" if lowest >= 0 else "hardly ever"
        text = f"are {often} negative ({{}}): if they are ratios, say so with the scale ratio"
        return text if lowest >= LOWEST_RATIO and median >= MIN_RATIO_MEDIAN else ""
    if role == kind == "counts":
        return "are relative to their median, not corrected for GC content"
    log2_by_range = kind == "log2" and role == "value" and lowest < 0 and median < MIN_RATIO_MEDIAN
    certain = lowest >= 0 if kind == role else log2_by_range
    if certain or np.isnan(median):
        return ""
    return f"were read as {_READ_AS[kind]} ({{}}); give the scale, log2 or ratio, if that is wrong"


def abbreviated(names: Sequence[str]) -> str:
    """Return the first eight names, for a note."""
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
