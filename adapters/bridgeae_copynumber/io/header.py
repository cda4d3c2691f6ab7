"""The top of a table: comment lines, the header line, and what they say of the sample."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bridgeae.checks import check_limit
from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.columns import PLACE, find_place
from bridgeae_copynumber.io.headerless import infer_header, is_integer
from bridgeae_copynumber.io.roles import roles
from bridgeae_copynumber.io.table import Table, delimiter, split_line

_DECIMAL_COMMA = re.compile(rb'"?-?\d*,\d+(?:[eE][+-]?\d+)?"?')
_THOUSANDS = re.compile(rb'"?-?[1-9]\d{0,2},\d{3}"?')
_COMMENT = re.compile(rb"[#@]|track\b|browser\b|\s*\n")


class Spilled(NamedTuple):
    """The columns of a wide table that are not in memory.

    Args:
        header: the names of all columns, in the order of the file.
        names: of the columns that hold numbers.
        values: of these columns, each (rows,) float64.
    """

    header: list[str]
    names: list[str]
    values: Sequence[np.ndarray]


class OpenedTable(NamedTuple):
    """A table, and what its top says.

    Args:
        table: the rows and the names of the columns.
        found: the column of each role of a place: "chrom", "start" and so on.
        sample: the name that the comment lines give the sample, or nothing.
        notes: decisions of the reader, in plain sentences.
        spilled: columns that are on disk, and not in the table.
    """

    table: Table
    found: dict[str, int]
    sample: str
    notes: tuple[str, ...]
    spilled: Spilled | None = None


def open_table(data: bytes, path: str | Path) -> OpenedTable:
    """Return a table whose header line may be absent, or stand behind one #.

    Args:
        data: text as from `as_text`.
        path: name used in errors.

    Raises:
        FileFormatError: no rows, rows of unequal length, or no header line and columns that tell of no value.
    """
    comments, rest = _split_comments(data)
    if not rest:
        raise FileFormatError(f"`path` {path} holds comment lines only, expected bins with a value each.")
    rest, notes = _with_points(rest)
    line = 1 + len(comments)
    row = _fields(rest[: rest.index(b"\n")])
    check_limit("columns", len(row), f"`path` {path} is very wide")
    header = _commented_header(comments, len(row))
    if _is_data(row) or ("chrom" not in roles(row) and header):
        table = Table(rest, path, line, header or [f"column {k}" for k in range(1, len(row) + 1)])
        if not header:
            table.header, more = infer_header(table)
            notes += more
    else:
        table = Table(rest, path, line)
    found = roles(table.header)
    if "chrom" not in found and (place := find_place(table)) is not None:
        found = {"place": place}
    return OpenedTable(table, found, _sample_named(comments), notes)


def _split_comments(data: bytes) -> tuple[list[bytes], bytes]:
    """Return the comment lines on top, and the rest; Illumina's reports have a section before their [Data]."""
    comments: list[bytes] = []
    if data.startswith(b"[Header]") and b"\n[Data]" in data:
        top, _, data = data.partition(b"\n[Data]")
        comments, data = [*top.split(b"\n"), b"[Data]"], data.partition(b"\n")[2]
    while data and _COMMENT.match(data):
        first, _, data = data.partition(b"\n")
        comments.append(first)
    return comments, data


def _with_points(rows: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return rows whose numbers have a comma before the decimals, as many spreadsheets write, with points; and a note.

    Commas are left alone where they separate columns, thousands or words, and where some numbers have points.
    """
    top = rows[: rows.find(b"\n", 4096)]
    if b"," not in top or (cut := delimiter(top.partition(b"\n")[0])) == b",":
        return rows, ()
    fields = [field for line in top.splitlines()[1:] for field in line.split(cut) if b"," in field]
    if not fields or re.search(rb"\d\.\d", top) or not all(map(_DECIMAL_COMMA.fullmatch, fields)):
        return rows, ()
    if all(map(_THOUSANDS.fullmatch, fields)):
        return rows, ()
    return rows.replace(b",", b"."), ("commas in numbers were read as decimal points",)


def _fields(line: bytes) -> list[str]:
    return [field.decode().strip(' "') for field in split_line(line)]


def _commented_header(comments: list[bytes], width: int) -> list[str] | None:
    """Return the last comment line that names `width` columns, one of them the chromosome, or None."""
    for comment in reversed(comments):
        text = comment.lstrip(b"#").strip()
        if comment.startswith(b"#") and text:
            names = [name.strip().strip("\"'") for name in text.decode().split(delimiter(text).decode())]
            if len(names) == width and "chrom" in roles(names):
                return names
    return None


def _is_data(row: list[str]) -> bool:
    """Return whether the first line holds a bin rather than the names of columns."""
    if "chrom" in roles(row):
        return False
    if PLACE.fullmatch(row[0].encode()):
        return True
    return sum(is_integer(field.encode()) for field in row[:4]) >= 2


def _sample_named(comments: list[bytes]) -> str:
    """Return the sample of the read groups of a SAM header, or the name of a BED track, or nothing."""
    groups = {m[1] for c in comments if c.startswith(b"@RG") and (m := re.search(rb"\tSM:([^\t]+)", c))}
    if len(groups) == 1:
        return groups.pop().decode().strip()
    track = next((c for c in comments if c.startswith(b"track") and b"type=" not in c), b"")
    named = re.search(rb"""\bname=(?:"([^"]*)"|'([^']*)'|(\S+))""", track)
    return next((g.decode().strip() for g in named.groups() if g), "") if named else ""
