"""Log2 ratios, copy ratios, copy numbers or counts: which a file holds, and what to say where that is unsure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from bridgeae.errors import InputError

RATIO_FLOOR = 0.05
"""Lowest copy ratio: a bin without reads (a homozygous deletion) has no logarithm but must not be lost."""

LOWEST_RATIO = -0.1
"""Noise and background correction can bring a copy ratio this far below zero; values below are log2 ratios."""

SCALES = ("log2", "ratio")


@np.errstate(over="ignore", invalid="ignore")  # a number too large for float32 is infinite, which `Profile` refuses
def to_log2(
    values: Sequence[np.ndarray], samples: Sequence[str], name: str, role: str, scale: str | None
) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """Turn the values of a file into log2 ratios, by what they are called and look like.

    Args:
        values: of each sample, (n,) float64, NaN = missing.
        samples: their names, for the notes.
        name: what the values are called in the file, a plural, for the notes.
        role: "log2", "ratio", "counts" or "value" (a name that does not say).
        scale: "log2" or "ratio" overrules all that.

    Returns:
        The log2 ratios of each sample, (n,) float32, and notes on what was decided.
    """
    if scale is not None and scale not in SCALES:
        raise InputError(f"`scale` must be one of {', '.join(SCALES)}, received {scale!r}.")
    seen = [_lowest_and_median(v) for v in values]
    for sample, (lowest, middle) in zip(samples, seen, strict=True):
        if scale == "ratio" and lowest < 0 and middle < 0.5:
            raise InputError(
                f"`scale` is ratio, but {name} go down to {lowest:.3g} (sample {sample}, median {middle:.3g}): "
                "they are log2 ratios. Use log2."
            )
    kinds = [scale] * len(seen) if scale else _agreed([_kind(*s, role) for s in seen], seen)
    notes = () if scale else _scale_notes(name, role, kinds, seen, samples)
    log2, raised = [], 0
    for value, kind, (_, middle) in zip(values, kinds, seen, strict=True):
        if kind != "log2":
            value = value / {"copies": 2, "counts": max(middle, 1e-9)}.get(kind, 1)
            raised += int((value < RATIO_FLOOR).sum())
            value = np.log2(np.maximum(value, RATIO_FLOOR))
        log2.append(value.astype(np.float32))
    if raised:
        notes += (f"{raised} of the {name} lie below a copy ratio of {RATIO_FLOOR} and were raised to it",)
    return log2, notes


def _lowest_and_median(value: np.ndarray) -> tuple[float, float]:
    known = value[np.isfinite(value)]
    return (float(known.min()), float(np.median(known))) if len(known) else (np.nan, np.nan)


def _kind(lowest: float, middle: float, role: str) -> str:
    """What values most likely are: "log2", "ratio", "copies" (2 = no change) or "counts" (reads)."""
    if role == "log2" or np.isnan(middle) or lowest < LOWEST_RATIO:
        return "log2"
    if middle < 0.5 and (lowest < 0 or role == "value"):
        return "log2"
    if role in ("ratio", "counts"):
        return role
    return "ratio" if middle <= 1.5 else "copies" if middle <= 4.5 else "counts"


def _agreed(kinds: list[str], seen: Sequence[tuple[float, float]]) -> list[str]:
    """A file has one scale: where most samples are no log2 ratios, neither are those that look odd beside them."""
    common, count = Counter(kinds).most_common(1)[0]
    if common == "log2" or 2 * count <= len(kinds):
        return kinds
    return ["log2" if lowest < LOWEST_RATIO and middle < 0.5 else common for lowest, middle in seen]


_READ_AS = {
    "log2": "log2 ratios",
    "ratio": "copy ratios (1 = no change)",
    "copies": "copy numbers (2 = no change)",
    "counts": "read counts, relative to their median, not corrected for GC content",
}


def _scale_notes(
    name: str, role: str, kinds: Sequence[str], seen: Sequence[tuple[float, float]], samples: Sequence[str]
) -> tuple[str, ...]:
    """One note on each decision that is not certain, with the samples it holds for where these are not all."""
    notes = []
    texts = [_doubt(role, kind, *s) for kind, s in zip(kinds, seen, strict=True)]
    for text in dict.fromkeys(filter(None, texts)):
        mine = [i for i, t in enumerate(texts) if t == text]
        whose = f" (of {listed([samples[i] for i in mine])})" if len(mine) < len(texts) else ""
        lowest, middle = min(seen[i][0] for i in mine), np.median([seen[i][1] for i in mine])
        notes.append(f"{name}{whose} {text.format(f'lowest {lowest:.3g}, median {middle:.3g}')}")
    return tuple(notes)


def _doubt(role: str, kind: str, lowest: float, middle: float) -> str:
    """What to tell about a decision, {} standing for the figures; nothing where name and values leave no doubt."""
    if role == "log2":
        often = "never" if lowest >= 0 else "hardly ever"
        text = f"are {often} negative ({{}}): if they are ratios, say so with the scale ratio"
        return text if lowest >= LOWEST_RATIO and middle >= 0.5 else ""
    if role == kind == "counts":
        return "are relative to their median, not corrected for GC content"
    certain = lowest >= 0 if kind == role else kind == "log2" and role == "value" and lowest < 0 and middle < 0.5
    if certain or np.isnan(middle):
        return ""
    return f"were read as {_READ_AS[kind]} ({{}}); give the scale, log2 or ratio, if that is wrong"


def listed(names: Sequence[str]) -> str:
    """The first names of many, for a note."""
    return ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
