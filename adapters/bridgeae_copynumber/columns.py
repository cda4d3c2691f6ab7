"""Which column is what, in which unit and convention: what the tables of this field agree and disagree on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridgeae.errors import FileFormatError, InputError
from bridgeae_copynumber.profile import run_offsets
from bridgeae_copynumber.table import Table

ROLES: dict[str, tuple[str, ...]] = {
    "chrom": ("chrom", "chr", "chromosome", "contig", "seqnames", "seqname", "chromosomename"),
    "start": ("start", "chromstart", "locstart", "binstart", "startpos", "startposition", "begin"),
    "end": ("end", "stop", "chromend", "locend", "binend", "endpos", "endposition"),
    "position": ("position", "pos", "bp", "basepair", "coordinate", "physicalposition", "maploc", "midpoint"),
    "index": ("bin", "binindex", "binid"),
    "sample": ("sample", "sampleid", "samplename", "cell", "cellid", "cellname", "barcode", "cellbarcode"),
    "log2": ("log2", "log2ratio", "log2copyratio", "logr", "logratio", "lrr", "segmean", "segmentmean"),
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
    "nummark", "numprobes", "index",
])
# fmt: on
"""Columns of a wide table that are no samples."""

RATIO_FLOOR = 0.05
"""Lowest copy ratio: a bin without reads (a homozygous deletion) has no logarithm but must not be lost."""

SCALES = ("log2", "ratio")
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


def is_seg(header: list[str]) -> bool:
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
        start, end = _whole(table, found["start"]), _whole(table, found["end"])
        one_based, notes = _one_based(table, found, chrom, start, end)
        return Positions(chrom, start - one_based, end, notes)
    if "index" in found and not {"position", "start"} & set(found):
        start = _whole(table, found["index"])
        return Positions(chrom, start, start + 1)
    column = found["position"] if "position" in found else need(found, "start", table)
    start = _whole(table, column)
    if start.min() > 0 and _unit(table.header[column]) == 1:  # positions of probes count from 1
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


def to_log2(
    values: Sequence[np.ndarray], name: str, role: str, scale: str | None
) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """Turn the values of a file into log2 ratios, by what they are called and what they look like.

    Args:
        values: of each sample, (n,) float64, NaN = missing.
        name: what the values are called in the file, a plural, for the notes.
        role: "log2", "ratio", "counts" or "value" (a name that does not say).
        scale: "log2" or "ratio" overrules all that.

    Returns:
        The log2 ratios of each sample, (n,) float32, and notes on what was decided.
    """
    if scale is not None and scale not in SCALES:
        raise InputError(f"`scale` must be one of {', '.join(SCALES)}, received {scale!r}.")
    known = np.concatenate(values)
    known = known[np.isfinite(known)]
    lowest, middle = (float(known.min()), float(np.median(known))) if len(known) else (0.0, 0.0)
    if scale == "ratio" and lowest < 0:
        raise InputError(f"`scale` is ratio, but {name} go down to {lowest:.3g}: they are log2 ratios. Use log2.")
    kind = scale or _kind(lowest, middle, role)
    notes = () if scale or not len(known) else _scale_notes(name, role, kind, lowest, middle)
    if kind == "log2":
        return [v.astype(np.float32) for v in values], notes
    ratios = [v / _unchanged(v, kind) for v in values]
    low = sum(int((r < RATIO_FLOOR).sum()) for r in ratios)
    if low:
        notes += (f"{low} of the {name} lie below a copy ratio of {RATIO_FLOOR} and were raised to it",)
    return [np.log2(np.maximum(r, RATIO_FLOOR)).astype(np.float32) for r in ratios], notes


def _unchanged(value: np.ndarray, kind: str) -> float:
    """The value that means no change: 1 for ratios, 2 for copies, the median for counts."""
    if kind == "counts" and np.isfinite(value).any():
        return max(float(np.median(value[np.isfinite(value)])), 1e-9)
    return 2.0 if kind == "copies" else 1.0


def _kind(lowest: float, middle: float, role: str) -> str:
    """What values most likely are: "log2", "ratio", "copies" (2 = no change) or "counts" (reads)."""
    if lowest < 0 or role == "log2" or (role == "value" and middle < 0.5):
        return "log2"
    if role in ("ratio", "counts"):
        return role
    return "ratio" if middle <= 1.5 else "copies" if middle <= 4.5 else "counts"


def _scale_notes(name: str, role: str, kind: str, lowest: float, middle: float) -> tuple[str, ...]:
    seen = f"lowest {lowest:.3g}, median {middle:.3g}"
    if role == "log2":
        doubt = f"{name} are never negative ({seen}): if they are ratios, say so with the scale ratio"
        return (doubt,) if lowest >= 0 and middle >= 0.5 else ()
    if kind == role or (kind == "log2" and role == "value" and lowest < 0):
        return () if kind != "counts" else (f"{name} are relative to their median, not corrected for GC content",)
    taken = {
        "log2": "log2 ratios",
        "ratio": "copy ratios (1 = no change)",
        "copies": "copy numbers (2 = no change)",
        "counts": "read counts, relative to their median, not corrected for GC content",
    }[kind]
    return (f"{name} were read as {taken} ({seen}); give the scale, log2 or ratio, if that is wrong",)


def _whole(table: Table, column: int) -> np.ndarray:
    """(n,) int64 base pairs; kilobases and megabases are recognised by the column's name."""
    value = table.number(column) * _unit(table.header[column])
    bad = ~(np.abs(value) < 2**53)
    rounded = np.where(bad, 0, np.rint(value))
    bad |= np.abs(rounded - value) > 0.5 * (_unit(table.header[column]) > 1)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise FileFormatError(
            f"`path` {table.path}: column '{table.header[column]}' must hold whole positions in base pairs, received "
            f"{table.text(column)[row].decode()!r} on line {table.line(row)}."
        )
    return rounded.astype(np.int64)


def _unit(name: str) -> int:
    """Base pairs in the unit that a column's name ends in; 1 where it says none."""
    return _UNITS.get(plain(name)[-2:], 1)


def _one_based(
    table: Table, found: dict[str, int], chrom: np.ndarray, start: np.ndarray, end: np.ndarray
) -> tuple[int, tuple[str, ...]]:
    """1 where starts count from 1 and ends are included: SEG, or most neighbouring bins lie exactly 1 apart."""
    if is_seg(table.header):
        return 1, ()
    name = table.header[found["start"]].lower()
    if name == "chromstart" or start.min() < 1:  # UCSC's names mean 0-based, half-open
        return 0, ()
    gap = (start[1:] - end[:-1])[chrom[1:] == chrom[:-1]]
    if gap.size and (gap == 1).mean() > 0.5:
        return 1, ("positions were read as 1-based and closed, because neighbouring bins lie 1 base apart",)
    return 0, ()
