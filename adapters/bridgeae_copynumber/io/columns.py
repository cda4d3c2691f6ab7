"""Columns of the field's tables: their names, units, and 0-based or 1-based positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.table import Table
from bridgeae_copynumber.profile import run_offsets

ROLES: dict[str, tuple[str, ...]] = {
    "chrom": ("chrom", "chr", "chromosome", "contig", "seqnames", "seqname", "chromosomename"),
    "start": ("start", "chromstart", "locstart", "binstart", "startpos", "startposition", "begin"),
    "end": ("end", "stop", "chromend", "locend", "binend", "endpos", "endposition"),
    "position": ("position", "pos", "bp", "basepair", "coordinate", "physicalposition", "maploc", "midpoint"),
    "index": ("bin", "binindex", "binid"),
    "sample": ("sample", "sampleid", "samplename", "cell", "cellid", "cellname", "barcode", "cellbarcode"),
    "log2": ("log2", "log2ratio", "log2copyratio", "logr", "logratio", "logrratio", "lrr", "segmean", "segmentmean"),
    "ratio": ("ratio", "copyratio", "rdr", "readdepthratio", "depthratio", "copynumberratio"),
    "value": ("value", "signal", "score", "copy", "datavalue"),
    "counts": ("counts", "count", "reads", "readcount", "readcounts"),
}
"""Names of the columns for each role, as `normalise_name` returns them; the first name present is taken."""

# fmt: off
ANNOTATION = frozenset([
    "", "gene", "genes", "depth", "weight", "gc", "gccontent", "map", "mappability", "strand", "width", "name", "probe",
    "probes", "probename", "probeid", "clone", "cloneid", "feature", "cytoband", "band", "arm", "state", "cn",
    "cnuncorrected", "normcount", "mu", "id", "copynumber", "blacklist", "bases", "use", "ideal", "valid", "color",
    "nummark", "numprobes", "index", "ballelefreq", "ballelefrequency", "baf",
])
# fmt: on
"""Names of numeric columns that are not samples, in a table with a column a sample."""

_BASE_PAIRS = {"bp": 1, "kb": 1000, "mb": 1_000_000}


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
    """

    positions: list[Positions]
    log2: list[np.ndarray]
    names: list[str]
    notes: tuple[str, ...]


def normalise_name(name: str) -> str:
    """Return the name of a column without case and punctuation."""
    return "".join(filter(str.isalnum, name.lower())) or name.strip()


def roles(header: list[str]) -> dict[str, int]:
    """Return the column of each role that the header has: ``{"chrom": 0, "start": 1, ...}``."""
    known = [normalise_name(name) for name in header]
    found = {}
    for role, names in ROLES.items():
        column = next((known.index(n) for n in names if n in known), None)
        if column is None and role in ("start", "end", "position"):
            column = next((known.index(n + u) for n in names for u in _BASE_PAIRS if n + u in known), None)
        if column is not None:
            found[role] = column
    if "sample" not in found and "id" in known and is_seg(header):
        found["sample"] = known.index("id")
    return found


def is_seg(header: Sequence[str]) -> bool:
    """Return whether a header is that of a SEG file, whose positions are 1-based and closed."""
    known = {normalise_name(name) for name in header}
    return {"locstart", "locend"} <= known or {"id", "nummark"} <= known or {"segmentmean", "start"} <= known


def require_column(found: dict[str, int], role: str, table: Table) -> int:
    """Return the column of a role, or raise FileFormatError with the known names and the columns present."""
    if role not in found:
        raise FileFormatError(
            f"`path` {table.path} has no column for {role} (such as {', '.join(ROLES[role][:4])}). "
            f"Columns present: {', '.join(repr(h) for h in table.header[:20])}. Rename one of them."
        )
    return found[role]


def positions(table: Table, found: dict[str, int]) -> Positions:
    """Return the positions of a table's rows; 1-based tables are recognised."""
    chrom = _chromosomes(table, require_column(found, "chrom", table))
    if "start" in found and "end" in found:
        return spans(table.header, chrom, _base_pairs(table, found["start"]), _base_pairs(table, found["end"]))
    if "index" in found and not {"position", "start"} & set(found):
        start = _base_pairs(table, found["index"])
        return Positions(chrom, start, start + 1)
    column = found["position"] if "position" in found else require_column(found, "start", table)
    start = _base_pairs(table, column)
    if start.min() > 0 and unit(table.header[column]) == 1:  # positions of probes count from 1
        start -= 1
    return Positions(chrom, start, start + 1)


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
    value = value * size
    bad = ~(np.abs(value) < 2**53)
    rounded = np.where(bad, 0, np.rint(value))
    bad |= np.abs(rounded - value) > 0.5 * (size > 1)
    return rounded.astype(np.int64), bad


def unit(name: str) -> int:
    """Return the base pairs in the unit that a column's name ends in (kb, mb); 1 where it ends in none."""
    return _BASE_PAIRS.get(normalise_name(name)[-2:], 1)


def spans(header: Sequence[str], chrom: np.ndarray, start: np.ndarray, end: np.ndarray) -> Positions:
    """Return bins as 0-based half-open: SEG is 1-based and closed, and so are tables whose neighbours lie 1 base apart.

    CNVkit's tables (gene, log2, probes), our own (num_mark) and UCSC's (chromStart) are known to be 0-based.
    """
    if is_seg(header):
        return Positions(chrom, start - 1, end)
    names = {name.lower() for name in header}
    zero_based = {"gene", "log2"} <= names or {"chromstart", "probes", "num_mark"} & names
    if zero_based or start.min() < 1:
        return Positions(chrom, start, end)
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
