"""Tables without a header line: the types of the columns say what each holds.

Only the field's own layouts are known: bedGraph, BED, SEG, chromosome and position, or a place in one column. What
leaves open which column is the value is refused.
"""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.columns import PLACE
from bridgeae_copynumber.io.table import MISSING, Table, is_number

_CHROMOSOME = re.compile(rb"(?i)(chr)?(\d{1,2}|[XYMZW]|MT)(_.*)?|(chr|scaffold|contig|chrun).*|[IVX]+")
_LONGEST = 400_000_000
"""No chromosome of man or mouse is longer, in base pairs: larger numbers count along the whole genome."""
_OUR_LABEL = re.compile(rb".+\|-?[\d.]+|.+\|NA")
"""The fourth column of the BED files that `write` makes of segments."""
Fields = list[bytes]


def is_integer(field: bytes) -> bool:
    """Return whether a field is a whole number, not negative."""
    return is_number(field) and float(field) >= 0 and float(field).is_integer()


def infer_header(table: Table) -> tuple[list[str], tuple[str, ...]]:
    """Return names for the columns of a table without a header line, and a note on what was decided.

    Raises:
        FileFormatError: the columns hold no value, or leave open which of them does.
    """
    columns = [table.some(c) for c in range(len(table.header))]
    names = _layout(table, columns)
    if (value := next((c for c, n in enumerate(names) if n == "value"), None)) is None or len(names) < 5:
        return names, ()
    return names, (f"the file has no header line: its column {value + 1} was read as the value",)


def _layout(table: Table, columns: list[Fields]) -> list[str]:
    n = len(columns)
    if all(map(PLACE.fullmatch, columns[0])):
        return ["place", "value"] if n == 2 and _is_numeric(columns[1]) else _refuse(table)
    if n in (5, 6) and _is_seg(columns):
        return ["ID", "chrom", "loc.start", "loc.end", *["num.mark"] * (n - 5), "seg.mean"]
    if n > 3 and _along_genome(columns):
        return ["chrom", "chrompos", "abspos", *_values(table, columns, 3)]
    if n == 4 and _are_names(columns[0]) and _is_chrom(columns[1]) and _is_numeric(columns[3]):
        return ["name", "chrom", "position", "value"]
    if n > 2 and _rise(columns[1], columns[2]):
        return _bed(table, columns)
    if n == 3 and all(map(is_integer, columns[1])) and _is_numeric(columns[2]) and not _is_markers(columns):
        return ["chrom", "position", "value"]
    return _refuse(table)


def _bed(table: Table, columns: list[Fields]) -> list[str]:
    head = ["chrom", "chromStart", "chromEnd"]
    rest = columns[3:]
    if not any(map(_is_numeric, rest)):
        _refuse_regions(table)
    if len(rest) == 1:
        return [*head, "value"]
    if all(map(_OUR_LABEL.fullmatch, rest[0])):
        raise FileFormatError(
            f"`path` {table.path} holds segments already, as bridgeae-segment writes them to BED. "
            "Name the file of bins."
        )
    if not _is_numeric(rest[0]) and len(set(zip(*columns[:3], strict=True))) < len(rest[0]) > len(set(rest[0])):
        return [*head, "cell", *_values(table, columns, 4)]
    if len(rest) > 3 and np.array_equal(_floats(rest[-2]), _floats(columns[2]) - _floats(columns[1])):
        k = len(columns) - 4  # bedtools coverage ends in reads, bases, width, share of the width
        return [*head, *[f"column {c + 1}" for c in range(3, k)], "value", "bases", "width", "share"]
    names = _values(table, columns, 3)
    scores = len(rest) > 2 and names[1] == "value" and set(rest[2]) <= {b"+", b"-", b"."}
    if scores and all(map(is_integer, rest[1])):
        raise FileFormatError(
            f"`path` {table.path} is a BED file of regions with whole numbers as scores, no profile: it has no header "
            "line. If the scores are values, write them as bedGraph: chrom, start, end, value."
        )
    return [*head, *names]


def _values(table: Table, columns: list[Fields], first: int) -> list[str]:
    """Return names for the columns from `first` on; the one that can be a value is called so, counts give way to it."""
    start, end = (_floats(columns[k]) for k in (1, 2))
    names = [f"column {k + 1}" for k in range(first, len(columns))]
    possible: list[tuple[int, bool]] = []
    shares: list[tuple[int, bool]] = []
    for k, fields in enumerate(columns[first:]):
        if not _is_numeric(fields) or (len(fields) > 1 and len(set(fields)) == 1):
            continue
        value = _floats(fields)
        if not np.isfinite(value).any():
            continue
        places = (value >= start).mean() > 0.99 and value.min() > 1000
        width = np.array_equal(value, end - start)
        whole = all(map(is_integer, set(fields) - set(MISSING)))
        if not places and not width:
            share = not whole and np.nanmin(value) >= 0 and np.nanmax(value) <= 1
            (shares if share else possible).append((k, whole))
    possible = possible or shares
    if not possible and first == 3:
        _refuse_regions(table)
    parts = [k for k, whole in possible if not whole]
    if len(possible) != 1 and len(parts) != 1:
        _refuse(table)
    names[parts[0] if len(parts) == 1 else possible[0][0]] = "value"
    return names


def _floats(fields: Fields) -> np.ndarray:
    """Return fields as (n,) float64, NaN for all that are no numbers."""
    return np.array([float(f) if is_number(f) else np.nan for f in fields])


def _refuse_regions(table: Table) -> None:
    raise FileFormatError(
        f"`path` {table.path} is a BED file of regions, such as targets: it has no header line and no column of "
        "values. Name the file with a depth or ratio for each region, for instance of `mosdepth --by`."
    )


def _refuse(table: Table) -> list[str]:
    raise FileFormatError(
        f"`path` {table.path} has no header line (line {table.line(0)} holds numbers) and {len(table.header)} columns, "
        "and they leave open which one holds the value. Expected a header such as chrom, start, end, log2; "
        "or bedGraph, which has four columns and none."
    )


def _is_numeric(fields: Fields) -> bool:
    """Return whether all fields are numbers or missing."""
    return all(f in MISSING or is_number(f) for f in fields)


def _is_chrom(fields: Fields) -> bool:
    return all(map(_CHROMOSOME.fullmatch, fields)) and len(set(fields)) <= 200


def _rise(low: Fields, high: Fields) -> bool:
    """Return whether two columns are the starts and ends of regions on chromosomes."""
    both = all(map(is_integer, low)) and all(map(is_integer, high))
    return both and all(float(a) < float(b) <= _LONGEST for a, b in zip(low, high, strict=True))


def _is_seg(columns: list[Fields]) -> bool:
    sample, chrom, start, end, *rest = columns
    changes = [sum(a != b for a, b in pairwise(fields)) for fields in (sample, chrom)]
    named = not _is_chrom(sample) or changes[0] < changes[1]
    whole = all(map(is_integer, start)) and all(map(is_integer, end))
    spans = whole and all(float(a) <= float(b) for a, b in zip(start, end, strict=True))
    marks = len(rest) == 1 or all(f in MISSING or is_integer(f) for f in rest[0])
    return named and _is_chrom(chrom) and spans and marks and _is_numeric(rest[-1])


def _along_genome(columns: list[Fields]) -> bool:
    """Return whether the third column counts along the whole genome where the second one does along a chromosome."""
    if not all(map(is_integer, columns[1])) or not all(map(is_integer, columns[2])):
        return False
    rows = [(c, float(a), float(b) - float(a)) for c, a, b in zip(*columns[:3], strict=True)]
    offsets = {(c, offset) for c, _, offset in rows}
    one_each = len(offsets) == len({c for c, _ in offsets}) and 2 * len(offsets) <= len(rows)
    return one_each and all(offset == 0 or offset > at for _, at, offset in rows)


def _is_markers(columns: list[Fields]) -> bool:
    """Return whether three columns are a marker's name, chromosome and position."""
    return _are_names(columns[0]) and _is_chrom(columns[1]) and all(map(is_integer, columns[2]))


def _are_names(fields: Fields) -> bool:
    """Return whether every row has a name of its own, and the names are no chromosomes."""
    return len(set(fields)) == len(fields) and not _is_chrom(fields)
