"""Which column is what, in which unit and convention: what the tables of this field agree and disagree on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
"""Names of columns, without case and punctuation; the first name present is taken."""

# fmt: off
ANNOTATION = frozenset([
    "", "gene", "genes", "depth", "weight", "gc", "gccontent", "map", "mappability", "strand", "width", "name", "probe",
    "probes", "probename", "probeid", "clone", "cloneid", "feature", "cytoband", "band", "arm", "state", "cn",
    "cnuncorrected", "normcount", "mu", "id", "copynumber", "blacklist", "bases", "use", "ideal", "valid", "color",
    "nummark", "numprobes", "index", "ballelefreq", "ballelefrequency", "baf",
])
# fmt: on
"""Columns of a wide table that are no samples."""

_UNITS = {"bp": 1, "kb": 1000, "mb": 1_000_000}


@dataclass(frozen=True)
class Positions:
    """Where bins are: chrom (n,) str; start, end (n,) int64, 0-based half-open; notes on what was decided."""

    chrom: np.ndarray
    start: np.ndarray
    end: np.ndarray
    notes: tuple[str, ...] = ()


def plain(name: str) -> str:
    """Name of a column without case and punctuation."""
    return "".join(filter(str.isalnum, name.lower())) or name.strip()


def roles(header: list[str]) -> dict[str, int]:
    """Map each role to the column that has it: ``{"chrom": 0, "start": 1, ...}``."""
    known = [plain(name) for name in header]
    found = {}
    for role, names in ROLES.items():
        column = next((known.index(n) for n in names if n in known), None)
        if column is None and role in ("start", "end", "position"):
            column = next((known.index(n + u) for n in names for u in _UNITS if n + u in known), None)
        if column is not None:
            found[role] = column
    if "sample" not in found and "id" in known and is_seg(header):
        found["sample"] = known.index("id")
    return found


def is_seg(header: Sequence[str]) -> bool:
    """Whether a header is that of a SEG file, whose positions are 1-based and closed."""
    known = {plain(name) for name in header}
    return {"locstart", "locend"} <= known or {"id", "nummark"} <= known or {"segmentmean", "start"} <= known


def need(found: dict[str, int], role: str, table: Table) -> int:
    """Column of a role, or an error that lists the names known and the columns present."""
    if role not in found:
        raise FileFormatError(
            f"`path` {table.path} has no column for {role} (such as {', '.join(ROLES[role][:4])}). "
            f"Columns present: {', '.join(repr(h) for h in table.header[:20])}. Rename one of them."
        )
    return found[role]


def positions(table: Table, found: dict[str, int]) -> Positions:
    """Read chromosome, start and end; tell 1-based tables from 0-based ones."""
    chrom = _chromosomes(table, need(found, "chrom", table))
    if "start" in found and "end" in found:
        return spans(table.header, chrom, _whole(table, found["start"]), _whole(table, found["end"]))
    if "index" in found and not {"position", "start"} & set(found):
        start = _whole(table, found["index"])
        return Positions(chrom, start, start + 1)
    column = found["position"] if "position" in found else need(found, "start", table)
    start = _whole(table, column)
    if start.min() > 0 and unit(table.header[column]) == 1:  # positions of probes count from 1
        start -= 1
    return Positions(chrom, start, start + 1)


def _chromosomes(table: Table, column: int) -> np.ndarray:
    """(n,) str: names exactly as given."""
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


def _whole(table: Table, column: int) -> np.ndarray:
    """(n,) int64 base pairs of a column of positions."""
    position, bad = whole(table.number(column), unit(table.header[column]))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise FileFormatError(
            f"`path` {table.path}: column '{table.header[column]}' must hold whole positions in base pairs, received "
            f"{table.text(column)[row].decode()!r} on line {table.line(row)}."
        )
    return position


@np.errstate(over="ignore")
def whole(value: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Turn positions in units of `size` into base pairs, (n,) int64; tell which are missing or no whole ones, bool."""
    value = value * size
    bad = ~(np.abs(value) < 2**53)
    rounded = np.where(bad, 0, np.rint(value))
    bad |= np.abs(rounded - value) > 0.5 * (size > 1)
    return rounded.astype(np.int64), bad


def unit(name: str) -> int:
    """Base pairs in the unit (kilobases, megabases) that a column's name ends in; 1 where it says none."""
    return _UNITS.get(plain(name)[-2:], 1)


def spans(header: Sequence[str], chrom: np.ndarray, start: np.ndarray, end: np.ndarray) -> Positions:
    """Bring bins to 0-based half-open: SEG is 1-based and closed, and so is what mostly has neighbours 1 base apart.

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
    """(n,) int64: where the bins stand in order of start, chromosomes in order of appearance; equal ones stay put."""
    offsets = run_offsets(chrom)
    names = chrom[offsets[:-1]].tolist()
    rank = {n: k for k, n in enumerate(dict.fromkeys(names))}
    return np.lexsort((start, np.repeat([rank[n] for n in names], np.diff(offsets))))
