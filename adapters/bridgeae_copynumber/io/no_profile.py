"""Tables that hold no profile: segments, alleles, positions. Each is refused with what to do instead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.columns import Positions
from bridgeae_copynumber.io.roles import SEGMENT_BINS, SEGMENT_WORDS, allele_columns, normalise_name
from bridgeae_copynumber.io.statistics import MIN_VALUES, READ_AS, RELATIVE, Statistics
from bridgeae_copynumber.io.table import Table
from bridgeae_copynumber.profile import run_offsets

SEGMENT_WIDTH = 10_000_000
"""Rows of very different widths, half of the genome in rows wider than this, are segments, in base pairs."""


def refuse_segments(table: Table, where: Positions) -> None:
    """Raise FileFormatError if the rows are segments already."""
    if reason := segments_reason(table, where):
        raise FileFormatError(
            f"`path` {table.path} holds segments already, expected bins: {reason}. To write them in another format, "
            "run `bridgeae-segment --convert` on the file; to segment, name the file of bins they were made from."
        )


def segments_reason(table: Table, where: Positions) -> str:
    """Return why rows are segments (a number of bins, a name, or the widths), or nothing where they are bins."""
    ours = {"chromStart", "chromEnd", "log2"} <= set(table.header)  # `write` keeps profiles of any bins
    named = "" if _equally_wide(where) else _named_reason(table)
    return named or ("" if ours else _wide_rows(where))


def _named_reason(table: Table) -> str:
    """Return why rows are segments by the names of the columns, or nothing."""
    for column, name in enumerate(table.header):
        if normalise_name(name) in SEGMENT_BINS and not table.is_text(column):
            most = np.nanmax(table.number(column), initial=0)
            if most > 1:
                return f"column '{name}' counts up to {most:,.0f} bins in a row"
    word = next((name for name in table.header if normalise_name(name) in SEGMENT_WORDS), None)
    return "" if word is None else f"it has a column '{word}'"


def refuse_alleles(table: Table) -> None:
    """Raise FileFormatError if a table without a column of values holds counts or fractions of alleles."""
    counts, fractions = allele_columns(table.header)
    if len(counts) > 1:
        raise FileFormatError(
            f"`path` {table.path} holds counts of alleles ({_quoted(counts)}), no profile of copy number. "
            "Name the log2 ratios or read counts of bins, which the tool that made this file writes too."
        )
    if fractions:
        raise FileFormatError(
            f"`path` {table.path} holds B-allele frequencies ({_quoted(fractions)}), no profile of copy number. "
            "Name the file of the log2 ratios (log R)."
        )


def are_positions(value: np.ndarray, where: Positions) -> bool:
    """Return whether values are positions in the genome: whole, and never falling along a chromosome."""
    if len(value) < MIN_VALUES or not np.isfinite(value).all():
        return False
    if (value >= where.start).mean() <= 0.99 or (value != np.rint(value)).any():
        return False
    rise = np.diff(value) > 0
    rise[run_offsets(where.chrom)[1:-1] - 1] = True  # the next chromosome may begin anywhere
    return bool(rise.mean() > 0.99)


def refuse_positions(table: Table, names: list[str]) -> None:
    """Raise FileFormatError for a table whose values are positions."""
    raise FileFormatError(
        f"`path` {table.path} holds no value for its bins: {_quoted(names)} rises along the genome as positions do. "
        "Name a file with a log2 ratio, ratio or count for each bin."
    )


def _equally_wide(where: Positions) -> bool:
    width = where.end - where.start
    return bool((width == np.median(width)).mean() >= 0.8)


def _wide_rows(where: Positions) -> str:
    """Return why rows are segments by their widths, or nothing."""
    width = np.sort(where.end - where.start)
    half = int(width[np.searchsorted(np.cumsum(width), width.sum() / 2)]) if len(width) >= MIN_VALUES else 0
    if half <= SEGMENT_WIDTH or 2 * len(np.unique(width)) <= len(width):
        return ""
    return f"its rows are of very different widths, half of the genome in rows of {half / 1e6:,.0f} Mb and more"


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names[:4]) + (" ..." if len(names) > 4 else "")


def refuse_calls(
    kinds: Sequence[str], statistics: Sequence[Statistics], name: str, role: str, path: str | Path
) -> None:
    some = [
        s for s, k in zip(statistics, kinds, strict=True) if k == "log2" and s.number >= MIN_VALUES and s.lowest < 0
    ]
    if role == "value" and some and all(s.whole for s in some):
        raise FileFormatError(
            f"`path` {path}: {name} are whole numbers such as -1, 0 and 1: calls of loss and gain, no log2 ratios. "
            "Name the file of the ratios that they were made from."
        )


def refuse_fractions(
    values: Sequence[np.ndarray], statistics: Sequence[Statistics], name: str, role: str, path: str | Path
) -> None:
    """Raise FileFormatError if all values lie between 0 and 1."""
    inside = all(s.lowest >= 0 and s.highest <= 1 for s in statistics if np.isfinite(s.median))
    if role in ("value", "ratio") and inside and _are_fractions(values):
        raise FileFormatError(
            f"`path` {path}: {name} all lie between 0 and 1, as B-allele frequencies, GC content and mappability do: "
            "these are no copy ratios. Name the file of log2 ratios or read counts; if they are ratios or low depths "
            "after all, give the scale ratio or counts."
        )


def _are_fractions(values: Sequence[np.ndarray]) -> bool:
    """Return whether values that all lie between 0 and 1 are many and different."""
    number, different = 0, np.zeros(0)
    for value in values:
        known = value[np.isfinite(value)]
        number += len(known)
        different = np.unique(np.append(different, known))[:MIN_VALUES]
        if number >= MIN_VALUES and len(different) > MIN_VALUES // 2:
            return True
    return False


def refuse_mixtures(
    kinds: Sequence[str], statistics: Sequence[Statistics], samples: Sequence[str], name: str, path: str | Path
) -> None:
    """Raise FileFormatError if some samples are counts and others ratios, or some are whole numbers and others not."""
    described = ["counts or depths" if k in RELATIVE else READ_AS[k] for k in kinds]
    groups = [k in RELATIVE for k in kinds]
    if len(set(groups)) < 2 and any(groups):  # a share beside counts
        groups = [s.whole or not 0 <= s.lowest <= s.highest <= 1 for s in statistics]
        described = ["counts or depths" if group else "shares from 0 to 1" for group in groups]
    if len(set(groups)) < 2:
        varied = [s.lowest < s.highest and s.number >= MIN_VALUES for s in statistics]
        groups = [s.whole and v for s, v in zip(statistics, varied, strict=True)]
        if not any(v and not s.whole for s, v in zip(statistics, varied, strict=True)):
            return
        described = ["whole numbers" if whole else "none" for whole in groups]
    if len(set(groups)) > 1:
        a, b = groups.index(True), groups.index(False)
        raise FileFormatError(
            f"`path` {path}: {name} do not share a scale: those of {samples[a]!r} are {described[a]}, those of "
            f"{samples[b]!r} {described[b]}. Keep only the columns of samples, all of one scale, or give the scale."
        )
