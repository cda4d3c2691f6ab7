"""The scale of a file's values: log2 ratios, copy ratios, copy numbers, read counts or depth; a guess is noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.io.lazy import Made
from bridgeae_copynumber.io.missing import shared_zeros, without_gaps, without_marks
from bridgeae_copynumber.io.no_profile import refuse_calls, refuse_fractions, refuse_mixtures
from bridgeae_copynumber.io.statistics import LOGARITHMS, MIN_RATIO_MEDIAN, READ_AS, RELATIVE, Statistics

SCALES = ("log2", "ratio", "counts")
"""Scales that a user can name."""
RATIO_FLOOR = 0.05
"""Lowest copy ratio: a bin without reads (a homozygous deletion) has no logarithm but must not be lost."""
LOWEST_RATIO = -0.1
"""Noise and background correction can bring a copy ratio this far below zero; values below are log2 ratios."""
FAR_FROM_0 = 1.5
"""Log2 ratios to a reference have a median nearer to 0: a tumour of four copies that was not centred has 1."""
MIN_COUNT = 10
"""Whole numbers that reach this are counts, even where most are 0."""


@np.errstate(over="ignore", invalid="ignore")  # a number too large for float32 is infinite, which `Profile` refuses
def to_log2(
    values: Sequence[np.ndarray], samples: Sequence[str], name: str, role: str, scale: str | None, path: str | Path
) -> tuple[Sequence[np.ndarray], tuple[str, ...]]:
    """Return the values of a file as log2 ratios, by their name and range.

    Args:
        values: of each sample, (n,) float64, NaN where missing; a list, or a sequence that reads them from disk.
        samples: names of the samples, for the notes.
        name: what the file calls the values, a plural, for the notes.
        role: "log2", "ln", "log10", "ratio", "counts", "depth", or "value" for a name that leaves the scale open.
        scale: "log2", "ratio" or "counts" overrules name and range.
        path: name of the file, for errors.

    Returns:
        The log2 ratios of each sample, (n,) float32, in a list or as they are asked for, and notes on decisions.

    Raises:
        InputError: an unknown `scale`, or `scale` is "ratio" and the values are log2 ratios.
        FileFormatError: the values are fractions, or samples of one file are counts and ratios.
    """
    if scale is not None and scale not in SCALES:
        raise InputError(f"`scale` must be one of {', '.join(SCALES)}, received {scale!r}.")
    values, notes = without_marks(values, name, scale or role)
    if scale is None:
        statistics = [Statistics.of(v) for v in values]
        kinds = _kinds(statistics, role)
        refuse_calls(kinds, statistics, name, role, path)
        refuse_fractions(values, statistics, name, role, path)
        refuse_mixtures(kinds, statistics, samples, name, path)
        notes += _scale_notes(name, role, kinds, statistics, samples)
    else:
        kinds = [scale] * len(values)
        if scale == "ratio":
            _check_ratios([Statistics.of(v) for v in values], samples, name)
    shared = shared_zeros(values) if any(kind in RELATIVE for kind in kinds) else None

    def converted(k: int) -> _Converted:
        return _convert(values[k], kinds[k], shared)

    log2: Sequence[np.ndarray] = Made(len(values), lambda k: converted(k).log2)
    counts = np.zeros(2, np.int64)
    if isinstance(values, list):
        parts = [converted(k) for k in range(len(values))]
        log2, counts = [part.log2 for part in parts], sum((part.counts for part in parts), counts)
    elif any(kind != "log2" for kind in kinds):
        counts = sum((converted(k).counts for k in range(len(values))), counts)
    if counts[0]:
        notes += (f"{counts[0]} bins in runs without reads were read as missing: gaps of the assembly, centromeres",)
    if counts[1]:
        notes += (f"{counts[1]} of the {name} lie below a copy ratio of {RATIO_FLOOR} and were raised to it",)
    return log2, notes


class _Converted(NamedTuple):
    """The log2 ratios of a sample, (n,) float32, and how many bins lie in gaps, and were raised."""

    log2: np.ndarray
    counts: np.ndarray


@np.errstate(over="ignore", invalid="ignore")
def _convert(value: np.ndarray, kind: str, shared: np.ndarray | None) -> _Converted:
    gaps = raised = 0
    if kind in RELATIVE:
        value, gaps = without_gaps(value, shared)
    if kind in LOGARITHMS or kind == "log2":
        value = value * LOGARITHMS.get(kind, 1)
        if raised := int((none := np.isneginf(value)).sum()):
            value = np.where(none, np.log2(RATIO_FLOOR), value)
    else:
        value = value / _one(value, kind)
        raised = int((value < RATIO_FLOOR).sum())
        value = np.log2(np.maximum(value, RATIO_FLOOR))
    return _Converted(value.astype(np.float32), np.array([gaps, raised]))


def _one(value: np.ndarray, kind: str) -> float:
    """Return the value of a bin without a change."""
    if kind not in RELATIVE:
        return 2.0 if kind == "copies" else 1.0
    known = value[np.isfinite(value)]
    return max(float(np.median(known)) or float(known.mean()), 1e-9) if len(known) else 1.0


def _check_ratios(statistics: Sequence[Statistics], samples: Sequence[str], name: str) -> None:
    for sample, (lowest, median, *_) in zip(samples, statistics, strict=True):
        if lowest < 0 and median < MIN_RATIO_MEDIAN:
            raise InputError(
                f"`scale` is ratio, but {name} go down to {lowest:.3g} (sample {sample}, median {median:.3g}): "
                "they are log2 ratios. Use log2."
            )


def _kinds(statistics: Sequence[Statistics], role: str) -> list[str]:
    """Return the kind of each sample's values; the majority decides for samples that differ from it."""
    if role in LOGARITHMS:
        return [role] * len(statistics)
    kinds = [_kind(s, role) for s in statistics]
    common, count = Counter(kinds).most_common(1)[0]
    if common != "log2" and 2 * count > len(kinds):
        kinds = [_kind_among(s, common) for s in statistics]
    if any(k in RELATIVE for k in kinds):  # samples of few reads look like copy numbers
        kinds = ["counts" if k == "copies" or np.isnan(s.median) else k for k, s in zip(kinds, statistics, strict=True)]
    return kinds


def _kind_among(s: Statistics, common: str) -> str:
    return "log2" if s.lowest < LOWEST_RATIO and s.median < MIN_RATIO_MEDIAN else common


def _kind(s: Statistics, role: str) -> str:
    """Return what values most likely are: "log2", "ratio", "copies" (2 = no change), "counts" (reads) or "depth"."""
    if role == "log2" or np.isnan(s.median) or s.lowest < LOWEST_RATIO:
        return "log2"
    if s.median < MIN_RATIO_MEDIAN and (s.lowest < 0 or role == "value"):
        return "counts" if s.whole and s.highest >= MIN_COUNT else "log2"
    if role != "value":
        return role
    if s.median <= 4.5 and not (s.whole and not s.steady):  # copies stay the same from bin to bin, counts do not
        return "ratio" if s.median <= 1.5 else "copies"
    return "counts" if s.whole else "depth"


def _scale_notes(
    name: str, role: str, kinds: Sequence[str], statistics: Sequence[Statistics], samples: Sequence[str]
) -> tuple[str, ...]:
    """Return a note on each uncertain decision, with the samples it concerns unless these are all."""
    notes = []
    texts = [_doubt(role, kind, s.lowest, s.median) for kind, s in zip(kinds, statistics, strict=True)]
    for text in dict.fromkeys(filter(None, texts)):
        mine = [i for i, t in enumerate(texts) if t == text]
        whose = f" (of {abbreviated([samples[i] for i in mine])})" if len(mine) < len(texts) else ""
        lowest, median = min(statistics[i].lowest for i in mine), np.median([statistics[i].median for i in mine])
        if "corr" in name.lower():
            text = text.replace(", not corrected for GC content", "")
        notes.append(f"{name}{whose} {text.format(f'lowest {_short(lowest)}, median {_short(median)}')}")
    return tuple(notes)


def _short(value: float) -> str:
    """Return a number with three digits, or all of those before the point."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _doubt(role: str, kind: str, lowest: float, median: float) -> str:
    """Return a note with {} for the statistics, or nothing where name and values leave no doubt."""
    if role in LOGARITHMS:
        return f"were read as {READ_AS[role]}"
    if role == "log2" and abs(median) > FAR_FROM_0:
        return "lie far from 0 ({}), as logarithms of depth do: --center mode moves their most common level to 0"
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
    return f"were read as {READ_AS[kind]} ({{}}); give the scale, log2 or ratio, if that is wrong"


def abbreviated(names: Sequence[str]) -> str:
    """Return the first eight names, for a note."""
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
