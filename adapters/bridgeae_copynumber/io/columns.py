"""Positions of the bins of a table: their columns, units, ends, and whether they count from 0 or from 1."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.roles import ROLES, is_seg, normalise_name, unit
from bridgeae_copynumber.io.table import Table
from bridgeae_copynumber.profile import run_offsets

GRID = 0.9
"""Share of the steps between starts that must be equal, so that the bins are as wide as the step."""
MIN_STEPS = 10
"""Fewest steps between starts that tell of a grid."""
_PLACE = r"(.+?[:_]|(?:chr)?(?:\d{1,2}|[XYMT]{1,2})-)([\d,]+)(?:-|_|\.\.)([\d,]+)"
PLACE = re.compile(_PLACE.encode())
"""A place in one field: chr1:1-1000, chr1_1_1000, chr1-1-1000 or chr1:1..1000."""


@dataclass(frozen=True)
class Positions:
    """Hold the positions of bins.

    Args:
        chrom: (n,) str.
        start, end: (n,) int64, 0-based half-open.
        notes: decisions of the reader, in plain sentences.
    """

    chrom: np.ndarray
    start: np.ndarray
    end: np.ndarray
    notes: tuple[str, ...] = ()

    def select(self, rows: np.ndarray) -> Positions:
        """Return the positions of some rows, without notes."""
        return Positions(self.chrom[rows], self.start[rows], self.end[rows])


class ParsedFile(NamedTuple):
    """Hold all samples of a file, before they become profiles; the three lists have an item a sample.

    Args:
        positions: of the bins.
        log2: (n,) float32, log2 ratios, NaN where missing.
        names: of the samples.
        notes: decisions of the reader, in plain sentences.
        annotations: for each sample "weight", "depth" and "gene" of its bins, (n,); empty where there are none.
    """

    positions: list[Positions]
    log2: Sequence[np.ndarray]
    names: list[str]
    notes: tuple[str, ...]
    annotations: Sequence[Mapping[str, np.ndarray]] = ()


def require_column(found: dict[str, int], role: str, table: Table) -> int:
    """Return the column of a role, or raise FileFormatError with the known names and the columns present."""
    if role not in found:
        if sum(PLACE.fullmatch(name.encode()) is not None for name in table.header[:20]) > 2:
            raise FileFormatError(
                f"`path` {table.path} has a column a bin. Transpose it: one row a bin, one column a cell."
            )
        raise FileFormatError(
            f"`path` {table.path} has no column for {role} (such as {', '.join(ROLES[role][:4])}). "
            f"Columns present: {', '.join(repr(h) for h in table.header[:20])}. Rename one of them."
        )
    return found[role]


def positions(table: Table, found: dict[str, int]) -> Positions:
    """Return the positions of a table's rows; 1-based tables are recognised."""
    if "place" in found:
        return _places(table, found["place"])
    chrom = _chromosomes(table, require_column(found, "chrom", table))
    if "start" in found and "end" in found:
        start, end = (_base_pairs(table, found[role]) for role in ("start", "end"))
        return spans(table.header, chrom, start, end, _width(table))
    if "index" in found and not {"position", "start"} & set(found):
        start = _base_pairs(table, found["index"])
        return Positions(chrom, start, start + 1)
    column = found["position"] if "position" in found else require_column(found, "start", table)
    name = table.header[column]
    return points(chrom, _base_pairs(table, column), count_from_one=unit(name) == 1 and name.lower() != "chrompos")


def points(chrom: np.ndarray, start: np.ndarray, *, count_from_one: bool = True) -> Positions:
    """Return bins of which only the first base is known: one base wide, or, on a regular grid, as wide as its step.

    Args:
        chrom: (n,) str.
        start: (n,) int64, positions of the first bases.
        count_from_one: the positions may be 1-based: they are where none is 0 and the grid does not begin at 0.
    """
    order = genome_order(chrom, start)
    name, first = chrom[order], start[order]
    ahead = np.where(
        name[1:] == name[:-1], np.diff(first), -1
    )  # bases to the next start; -1 at the end of a chromosome
    steps = ahead[ahead > 0]
    step = int(np.median(steps)) if len(steps) else 1
    regular = len(steps) >= MIN_STEPS and step > 1 and (steps == step).mean() >= GRID
    unplaced = start == 0  # arrays have probes at position 0 of chromosome 0
    unplaced[unplaced] = chrom[unplaced] == "0"
    if count_from_one and start[~unplaced].min(initial=1) > 0 and not (regular and (start % step == 0).all()):
        start = np.maximum(start - 1, 0)
    if not regular:
        return Positions(chrom, start, start + 1)
    group = np.cumsum(np.append(0, ahead != 0))  # samples may share bins
    room = np.full(group[-1] + 1, step)
    room[:-1] = np.where(ahead[ahead != 0] > 0, np.minimum(ahead[ahead != 0], step), step)
    end = np.empty_like(start)
    end[order] = start[order] + np.where(unplaced[order], 1, room[group])
    return Positions(
        chrom, start, end, (f"no column holds the ends of the bins: they were read as {step:,} bases wide",)
    )


def find_place(table: Table) -> int | None:
    """Return the first column whose fields are places such as chr1:1-1000, or None."""
    return next((c for c in range(len(table.header)) if all(map(PLACE.fullmatch, table.some(c)))), None)


def _places(table: Table, column: int) -> Positions:
    """Return positions that are written into one column of a table."""
    fields = table.text(column)
    where = split_places(b"\n".join(fields.tolist()).decode(), table.header[column])
    if len(where.start) != len(fields):
        row = next(i for i, f in enumerate(fields) if not PLACE.fullmatch(f))
        raise FileFormatError(
            f"`path` {table.path}: column '{table.header[column]}' must hold places such as chr1:1-1000, received "
            f"{fields[row].decode()[:40]!r} on line {table.line(row)}."
        )
    return where


def split_places(lines: str, name: str) -> Positions:
    """Return the positions of places such as chr1:1-1000, one a line; lines that are none are left out."""
    found = re.findall(f"(?m)^{_PLACE}$", lines)
    chrom = np.array([text[:-1] for text, _, _ in found])
    start, end = (np.array([int(f[k].replace(",", "")[:15] or "0") for f in found], np.int64) for k in (1, 2))
    shared = (chrom[1:] == chrom[:-1]) & (start[1:] == end[:-1])
    if start.min(initial=1) < 1 or 2 * shared.sum() > len(start):
        return Positions(chrom, start, end)
    note = f"positions in column '{name}' were read as 1-based and closed, as such places are written"
    return Positions(chrom, start - 1, end, (note,))


def _width(table: Table) -> np.ndarray | None:
    """Return the column with the widths of the bins, or None."""
    column = next((c for c, name in enumerate(table.header) if normalise_name(name) in ("width", "length")), None)
    if column is None or table.is_text(column):
        return None
    return table.number(column)


def _chromosomes(table: Table, column: int) -> np.ndarray:
    """Return the names of a column exactly as given, (n,) str."""
    raw = table.text(column)
    offsets = run_offsets(raw)
    names = np.char.decode(raw[offsets[:-1]], "utf-8")
    if (names == "").any():
        row = int(offsets[np.flatnonzero(names == "")[0]])
        raise FileFormatError(
            f"`path` {table.path}: column '{table.header[column]}' must name a chromosome, received nothing on line "
            f"{table.line(row)}."
        )
    return np.repeat(names, np.diff(offsets))


def _base_pairs(table: Table, column: int) -> np.ndarray:
    """Return a column of positions in base pairs, (n,) int64."""
    position, bad = to_base_pairs(table.number(column), unit(table.header[column]))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise FileFormatError(
            f"`path` {table.path}: column '{table.header[column]}' must hold whole positions in base pairs, received "
            f"{table.text(column)[row].decode()!r} on line {table.line(row)}."
        )
    return position


@np.errstate(over="ignore")
def to_base_pairs(value: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return positions in units of `size` as base pairs, (n,) int64, and a mask of those missing or fractional."""
    if size == 1 and value.min(initial=0) > -(2**53) and value.max(initial=0) < 2**53:  # false where one is missing
        whole = value.astype(np.int64)
        if not (bad := whole != value).any():
            return whole, bad
    value = value * size
    bad = ~(np.abs(value) < 2**53)
    rounded = np.where(bad, 0, np.rint(value))
    bad |= np.abs(rounded - value) > 0.5 * (size > 1)
    return rounded.astype(np.int64), bad


def spans(
    header: Sequence[str], chrom: np.ndarray, start: np.ndarray, end: np.ndarray, width: np.ndarray | None = None
) -> Positions:
    """Return bins as 0-based half-open, whatever the file counts from.

    SEG is 1-based and closed, and so are tables whose widths say so, with bins of one base that end where they start,
    or with neighbours 1 base apart. CNVkit's tables (gene, log2, probes), our own (num_mark) and UCSC's (chromStart)
    are known to be 0-based, those of GATK (CONTIG) and VarScan (chr_start) to be 1-based.

    Args:
        header: names of the columns.
        chrom: (n,) str.
        start, end: (n,) int64, as in the file.
        width: (n,) float64, widths as in the file, or None.
    """
    names = {name.lower() for name in header}
    if is_seg(header) or "CONTIG" in header or "chr_start" in names:
        return Positions(chrom, start - 1, end)
    zero_based = {"gene", "log2"} <= names or {"chromstart", "probes", "num_mark"} & names
    if zero_based or start.min() < 1:
        return Positions(chrom, start, end)
    if width is not None and (width == end - start + 1).all():
        return Positions(chrom, start - 1, end, ("positions were read as 1-based and closed, as the widths say",))
    if (end == start).any() and (end >= start).all():
        note = "positions were read as 1-based and closed, because some bins end on the base on which they start"
        return Positions(chrom, start - 1, end, (note,))
    order = genome_order(chrom, start)
    name, first, last = chrom[order], start[order], end[order]
    gap = (first[1:] - last[:-1])[(name[1:] == name[:-1]) & (first[1:] > first[:-1])]  # samples may share bins
    if gap.size and (gap == 1).mean() > 0.5:
        note = "positions were read as 1-based and closed, because neighbouring bins lie 1 base apart"
        return Positions(chrom, start - 1, end, (note,))
    return Positions(chrom, start, end)


def genome_order(chrom: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Return (n,) int64, the order by start within chromosomes, which keep their order of appearance; stable."""
    offsets = run_offsets(chrom)
    names = chrom[offsets[:-1]].tolist()
    rank = {n: k for k, n in enumerate(dict.fromkeys(names))}
    return np.lexsort((start, np.repeat([rank[n] for n in names], np.diff(offsets))))
