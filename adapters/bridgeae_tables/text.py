"""CSV and TSV files, also packed with gzip."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np

from bridgeae.checks import limited_lines, read_limited
from bridgeae.errors import FileFormatError
from bridgeae_tables.table import ROW_NAMES, Table, is_missing, is_number, listed

ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_DELIMITERS = ",;\t"


def read(path: Path) -> Table:
    """Read a table whose first line may be a header.

    Values are separated by commas, semicolons or tabs, whichever splits the first line most; of equals, the one that
    the file's ending names. A first column without a header is `ROW_NAMES`.

    Raises:
        FileFormatError: the file is empty or no text, a line is too long or too short, or the header is not clear.
    """
    try:
        with _opened(path) as file:
            first = next(limited_lines(file, f"`path` {path}"), "")
            file.seek(0)
            own = _separator(path)
            delimiter = max([own, *_DELIMITERS], key=first.count)
            reader = csv.reader(limited_lines(file, f"`path` {path}"), delimiter=delimiter, strict=True)
            numbered = [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except (UnicodeDecodeError, csv.Error, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileFormatError(f"`path` {path} is no text table: {error}. Save it as UTF-8 text.") from None
    if not numbered:
        raise FileFormatError(f"`path` {path} is empty.")
    lines, rows = [line for line, _ in numbered], [row for _, row in numbered]
    if named := _has_header(path, rows):
        if len(rows) == 1:
            raise FileFormatError(f"`path` {path} has a header but no rows.")
        header = _header(path, rows[0], len(rows[1]))
        rows, lines = rows[1:], lines[1:]
    else:
        header = [f"x{k}" for k in range(len(rows[0]))]
    for line, row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            raise FileFormatError(
                f"`path` {path}: line {line} has {len(row)} values, expected are {len(header)}, as in "
                f"{'the header' if named else 'the first line'}. Values are separated by {delimiter!r}."
            )
    cells = (np.array(column, object) for column in zip(*rows, strict=True))
    roles = {"name": ROW_NAMES} if ROW_NAMES in header else {}
    return Table(path, dict(zip(header, cells, strict=True)), named=named, lines=lines, roles=roles)


def write(x: np.ndarray, path: Path, columns: Sequence[str], names: Sequence[str] | None) -> None:
    """Write rows with a header; with `names`, a first column that has no header."""
    with _created(path) as file:
        writer = csv.writer(file, delimiter=_separator(path), lineterminator="\n")
        writer.writerow([*([] if names is None else [""]), *columns])
        for k, row in enumerate(x.astype(np.float32).astype(str).tolist()):
            writer.writerow(row if names is None else [names[k], *row])


def _opened(path: Path) -> IO[str]:
    """Return the text of a file, unpacked into memory where it is a .gz."""
    if path.suffix.lower() != ".gz":
        return path.open(newline="", encoding="utf-8-sig")
    with path.open("rb") as file:
        return io.StringIO(read_limited(file, f"`path` {path}").decode("utf-8-sig"), newline="")


def _created(path: Path) -> IO[str]:
    """Return an empty file for text, packed where it is a .gz: the same text gives the same bytes."""
    if path.suffix.lower() != ".gz":
        return path.open("w", newline="", encoding="utf-8")
    packed = gzip.GzipFile(path, "wb", 6, mtime=0)
    return io.TextIOWrapper(packed, "utf-8", newline="")


def _separator(path: Path) -> str:
    return "\t" if path.name.lower().removesuffix(".gz").endswith(".tsv") else ","


def _has_header(path: Path, rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first line names columns: it holds text above numbers, or counts 0, 1, 2 as pandas does."""
    first, second = rows[0], rows[min(1, len(rows) - 1)]
    numeric = [is_number(cell) for cell in first]
    counted = [str(k) for k in range(len(first))]
    if list(first) == counted:
        return any(not cell.strip().removeprefix("-").isdecimal() for cell in second)
    if is_missing(first[0]) and list(first[1:]) == counted[:-1]:
        return True
    if all(numeric) or not any(numeric):
        return not any(numeric)
    if not any(is_number(below) for number, below in zip(numeric, second, strict=False) if not number):
        raise FileFormatError(
            f"`path` {path}: its first line, {listed(list(first))}, mixes text and numbers as the second does, so it "
            "is no header. Put a line with the names of the columns on top."
        )
    return True


def _header(path: Path, first: Sequence[str], width: int) -> list[str]:
    """Return the names of the columns. R leaves the name of the first column out."""
    names = [cell.strip() for cell in first]
    if len(names) == width - 1:
        names.insert(0, "")
    names[0] = names[0] or ROW_NAMES
    if "" in names:
        raise FileFormatError(f"`path` {path}: column {names.index('') + 1} has no name in the header. Give it one.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise FileFormatError(f"`path` {path} names the columns {listed(twice)} more than once. Rename them.")
    return names
