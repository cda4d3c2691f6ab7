"""The scale of a file's values: log2 ratios, copy ratios, copy numbers, read counts or depth; a guess is noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bridgeae.errors import FileFormatError, InputError

SCALES = ("log2", "ratio", "counts")
"""Scales that a user can name."""
RATIO_FLOOR = 0.05
"""Lowest copy ratio: a bin without reads (a homozygous deletion) has no logarithm but must not be lost."""
LOWEST_RATIO = -0.1
"""Noise and background correction can bring a copy ratio this far below zero; values below are log2 ratios."""
MIN_RATIO_MEDIAN = 0.5
"""Values whose median lies below are log2 ratios, as most bins of a sample are unchanged: ratio 1, log2 ratio 0."""
MISSING_MARK = -1
"""Written for a missing value by tools whose values cannot lie below zero."""
MIN_FRACTIONS = 20
"""Fewest values that, all between 0 and 1, are fractions rather than a profile."""
MIN_COUNT = 10
"""Whole numbers that reach this are counts, even where most are 0."""
CHANCE_GAPS = 0.01
"""Runs of zero counts are gaps if fewer than this number of them are expected by chance."""
RELATIVE = ("counts", "depth")
"""Kinds of values that are divided by their median."""


class _Statistics(NamedTuple):
    lowest: float
    median: float
    highest: float
    whole: bool

    @classmethod
    def of(cls, value: np.ndarray) -> _Statistics:
        known = value[np.isfinite(value)]
        if not len(known):
            return cls(np.nan, np.nan, np.nan, False)
        return cls(
            float(known.min()), float(np.median(known)), float(known.max()), bool((known == np.rint(known)).all())
        )


@np.errstate(over="ignore", invalid="ignore")  # a number too large for float32 is infinite, which `Profile` refuses
def to_log2(
    values: Sequence[np.ndarray], samples: Sequence[str], name: str, role: str, scale: str | None, path: str | Path
) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """Return the values of a file as log2 ratios, by their name and range.

    Args:
        values: of each sample, (n,) float64, NaN where missing.
        samples: names of the samples, for the notes.
        name: what the file calls the values, a plural, for the notes.
        role: "log2", "ratio", "counts", "depth", or "value" for a name that leaves the scale open.
        scale: "log2", "ratio" or "counts" overrules name and range.
        path: name of the file, for errors.

    Returns:
        The log2 ratios of each sample, (n,) float32, and notes on decisions.

    Raises:
        InputError: an unknown `scale`, or `scale` is "ratio" and the values are log2 ratios.
        FileFormatError: the values are fractions, or samples of one file are counts and ratios.
    """
    if scale is not None and scale not in SCALES:
        raise InputError(f"`scale` must be one of {', '.join(SCALES)}, received {scale!r}.")
    values, notes = _without_marks(values, name, scale or role)
    statistics = [_Statistics.of(v) for v in values]
    if scale is None:
        kinds = _kinds(statistics, role)
        _refuse_fractions(values, statistics, name, role, path)
        _refuse_mixtures(kinds, samples, name, path)
        notes += _scale_notes(name, role, kinds, statistics, samples)
    else:
        kinds = [scale] * len(values)
        if scale == "ratio":
            _check_ratios(statistics, samples, name)
    log2, raised, gaps = [], 0, 0
    for value, kind in zip(values, kinds, strict=True):
        if kind in RELATIVE:
            value, gap = _without_gaps(value)
            gaps += gap
        if kind != "log2":
            value = value / _one(value, kind)
            raised += int((value < RATIO_FLOOR).sum())
            value = np.log2(np.maximum(value, RATIO_FLOOR))
        log2.append(value.astype(np.float32))
    if gaps:
        notes += (f"{gaps} bins in runs without reads were read as missing: gaps of the assembly, centromeres",)
    if raised:
        notes += (f"{raised} of the {name} lie below a copy ratio of {RATIO_FLOOR} and were raised to it",)
    return log2, notes


def _without_marks(values: Sequence[np.ndarray], name: str, role: str) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """Return the values with NaN for each -1, if these are the only ones below 0 and the values are no log2 ratios."""
    marks = [value == MISSING_MARK for value in values]
    if role == "log2" or not any(m.any() for m in marks):
        return list(values), ()
    if any(((value < 0) & ~mark).any() for value, mark in zip(values, marks, strict=True)):
        return list(values), ()
    out, count = [], 0
    for value, mark in zip(values, marks, strict=True):
        rest = value[np.isfinite(value) & ~mark]
        sure = role != "value" or (len(rest) >= MIN_FRACTIONS and (_is_ratio(value) or _fractions(rest)))
        if mark.any() and len(rest) and sure:
            value, count = np.where(mark, np.nan, value), count + int(mark.sum())
        out.append(value)
    if not count:
        return out, ()
    return out, (f"{count} of the {name} are -1 and were read as missing: nothing else lies below 0",)


def _is_ratio(value: np.ndarray) -> bool:
    return bool(np.median(value[np.isfinite(value)]) >= MIN_RATIO_MEDIAN)


def _without_gaps(value: np.ndarray) -> tuple[np.ndarray, int]:
    """Return counts with NaN for runs of zeros that chance does not explain, and the number of these bins."""
    zero = value == 0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], zero, [False]]).astype(np.int8)))
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    if not len(lengths) or lengths.max() < 2:
        return value, 0
    chance = min(len(lengths) / len(value), float(np.exp(-np.nanmedian(value))))  # that a bin has no reads
    needed = max(2.0, np.log(CHANCE_GAPS / len(value)) / np.log(max(chance, 1e-300))) if chance < 1 else np.inf
    gap = np.zeros(len(value), bool)
    for a, length in zip(starts[lengths >= needed], lengths[lengths >= needed], strict=True):
        gap[a : a + length] = True
    return np.where(gap, np.nan, value), int(gap.sum())


def _one(value: np.ndarray, kind: str) -> float:
    """Return the value of a bin without a change."""
    if kind not in RELATIVE:
        return 2.0 if kind == "copies" else 1.0
    known = value[np.isfinite(value)]
    return max(float(np.median(known)) or float(known.mean()), 1e-9) if len(known) else 1.0


def _fractions(known: np.ndarray) -> bool:
    """Return whether many different values all lie between 0 and 1."""
    if len(known) < MIN_FRACTIONS or known.min() < 0 or known.max() > 1:
        return False
    return len(np.unique(known)) > MIN_FRACTIONS // 2


def _refuse_fractions(
    values: Sequence[np.ndarray], statistics: Sequence[_Statistics], name: str, role: str, path: str | Path
) -> None:
    inside = all(s.lowest >= 0 and s.highest <= 1 for s in statistics if np.isfinite(s.median))
    if role in ("value", "ratio") and inside and _fractions(np.concatenate([v[np.isfinite(v)] for v in values])):
        raise FileFormatError(
            f"`path` {path}: {name} all lie between 0 and 1, as B-allele frequencies, GC content and mappability do: "
            "these are no copy ratios. Name the file of log2 ratios or read counts; if they are ratios or low depths "
            "after all, give the scale ratio or counts."
        )


def _refuse_mixtures(kinds: Sequence[str], samples: Sequence[str], name: str, path: str | Path) -> None:
    relative = next((s for s, k in zip(samples, kinds, strict=True) if k in RELATIVE), None)
    other = next(((s, k) for s, k in zip(samples, kinds, strict=True) if k not in RELATIVE), None)
    if relative is not None and other is not None:
        raise FileFormatError(
            f"`path` {path}: {name} do not share a scale: those of {relative!r} are counts or depths, those of "
            f"{other[0]!r} {_READ_AS[other[1]]}. Keep only the columns of samples, all of one scale, or give the scale."
        )


def _check_ratios(statistics: Sequence[_Statistics], samples: Sequence[str], name: str) -> None:
    for sample, (lowest, median, *_) in zip(samples, statistics, strict=True):
        if lowest < 0 and median < MIN_RATIO_MEDIAN:
            raise InputError(
                f"`scale` is ratio, but {name} go down to {lowest:.3g} (sample {sample}, median {median:.3g}): "
                "they are log2 ratios. Use log2."
            )


def _kinds(statistics: Sequence[_Statistics], role: str) -> list[str]:
    """Return the kind of each sample's values; the majority decides for samples that differ from it."""
    kinds = [_kind(s, role) for s in statistics]
    common, count = Counter(kinds).most_common(1)[0]
    if common != "log2" and 2 * count > len(kinds):
        kinds = [_kind_among(s, common) for s in statistics]
    if any(k in RELATIVE for k in kinds):  # samples of few reads look like copy numbers
        kinds = ["counts" if k == "copies" or np.isnan(s.median) else k for k, s in zip(kinds, statistics, strict=True)]
    return kinds


def _kind_among(s: _Statistics, common: str) -> str:
    return "log2" if s.lowest < LOWEST_RATIO and s.median < MIN_RATIO_MEDIAN else common


def _kind(s: _Statistics, role: str) -> str:
    """Return what values most likely are: "log2", "ratio", "copies" (2 = no change), "counts" (reads) or "depth"."""
    if role == "log2" or np.isnan(s.median) or s.lowest < LOWEST_RATIO:
        return "log2"
    if s.median < MIN_RATIO_MEDIAN and (s.lowest < 0 or role == "value"):
        return "counts" if s.whole and s.highest >= MIN_COUNT else "log2"
    if role != "value":
        return role
    if s.median <= 4.5:
        return "ratio" if s.median <= 1.5 else "copies"
    return "counts" if s.whole else "depth"


_READ_AS = {
    "log2": "log2 ratios",
    "ratio": "copy ratios (1 = no change)",
    "copies": "copy numbers (2 = no change)",
    "counts": "read counts, relative to their median, not corrected for GC content",
    "depth": "depths, relative to their median, not corrected for GC content",
}


def _scale_notes(
    name: str, role: str, kinds: Sequence[str], statistics: Sequence[_Statistics], samples: Sequence[str]
) -> tuple[str, ...]:
    """Return a note on each uncertain decision, with the samples it concerns unless these are all."""
    notes = []
    texts = [_doubt(role, kind, s.lowest, s.median) for kind, s in zip(kinds, statistics, strict=True)]
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
    if role == kind and kind in RELATIVE:
        return "are relative to their median, not corrected for GC content"
    log2_by_range = kind == "log2" and role == "value" and lowest < 0 and median < MIN_RATIO_MEDIAN
    certain = lowest >= 0 if kind == role else log2_by_range
    if certain or np.isnan(median):
        return ""
    return f"were read as {_READ_AS[kind]} ({{}}); give the scale, log2 or ratio, if that is wrong"


def abbreviated(names: Sequence[str]) -> str:
    """Return the first eight names, for a note."""
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
