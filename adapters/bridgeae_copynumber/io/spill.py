"""Tables with a column a sample that do not fit into memory: their values go to a file on disk, block by block.

A table holds one bin of all samples in a line, and samples are wanted one by one. So each block of lines is turned into
numbers and written by columns; a portion of columns is then read back from every block. The names of columns and the
positions stay in memory, as a table of their own.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.header import OpenedTable, Spilled, open_table
from bridgeae_copynumber.io.lazy import rows
from bridgeae_copynumber.io.loading import as_text
from bridgeae_copynumber.io.roles import STRONG, may_be_sample, roles, sample_columns, value_columns
from bridgeae_copynumber.io.table import Table

MIN_COLUMNS = 100
"""Fewest columns of samples for which a table is read in this way."""
MIN_LINES = 20
"""Fewest lines of a piece, comments and the header among them."""


def wide_columns(text: bytes, path: str | Path) -> list[int]:
    """Return the columns that may be samples of a table with many of them, or none of any other file.

    Args:
        text: the first lines of the file.
        path: name used in errors.
    """
    try:
        opened = open_table(text, path)
    except FileFormatError:
        return []
    header = opened.table.header
    taken = {*opened.found.values(), *sample_columns(header)}
    columns = [c for c, name in enumerate(header) if c not in taken and may_be_sample(name)]
    values = value_columns(header)
    named = values and values[0].role in STRONG
    return [] if named or len(columns) < MIN_COLUMNS or "chrom" not in opened.found else columns


def open_spilled(blocks: Iterable[bytes], path: str | Path) -> OpenedTable:
    """Return a wide table whose values are on disk.

    Args:
        blocks: the file, in order.
        path: name used in errors.

    Raises:
        FileFormatError: as for a table in memory.
    """
    lines = whole_lines(blocks, path)
    top = next(lines)
    opened, wide = open_table(top, path), wide_columns(top, path)
    header = opened.table.header
    columns = _Columns(wide, opened.table)
    for text in lines:
        columns.add(Table(text, path, columns.next_line, header))
    narrow, numbers = columns.finish()
    spilled = Spilled(header, [header[c] for c in numbers], columns.values(numbers))
    return opened._replace(table=narrow, found=roles(narrow.header), spilled=spilled)


def whole_lines(blocks: Iterable[bytes], path: str | Path) -> Iterator[bytes]:
    """Yield the text in pieces of at least two whole lines, each ending in one that is not blank."""
    rest = b""
    for block in blocks:
        block = rest + block
        end = block.rfind(b"\n", 0, len(block.rstrip())) + 1
        if block.count(b"\n", 0, end) < MIN_LINES:
            end = 0
        rest = block[end:]
        if end:
            yield as_text(block[:end], path)
    if rest.strip():
        yield as_text(rest, path)


class _Columns:
    """Collect the columns of a table, given in pieces: numbers on disk, all others as text in memory."""

    def __init__(self, wide: list[int], top: Table) -> None:
        self._wide, self._header, self._line = wide, top.header, top.line(0)
        self._kept = sorted(set(range(len(top.header))) - set(wide))
        self._text: list[bytes] = []
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the last reference to the columns
        weakref.finalize(self, self._file.close)
        self._pieces: list[tuple[int, int]] = []
        self._texts: dict[int, FileFormatError] = {}
        self._filled = np.zeros(len(wide), bool)
        self._path = top.path
        self.add(top)

    @property
    def next_line(self) -> int:
        """Return the line of the file on which the next piece starts."""
        return self._line + len(self._text)

    def add(self, table: Table) -> None:
        """Add the next lines of the table."""
        fields = [table.text(c).tolist() for c in self._kept]
        self._text += map(b"\t".join, zip(*fields, strict=True))
        value, texts = table.matrix(self._wide)
        self._texts = texts | self._texts
        self._filled |= np.isfinite(value).any(1)
        self._pieces.append((self._file.tell(), len(table)))
        self._file.write(value.data)

    def finish(self) -> tuple[Table, list[int]]:
        """Return the table of the columns in memory, and the columns that hold numbers.

        Raises:
            FileFormatError: a column holds numbers, and text where one is expected.
        """
        filled = dict(zip(self._wide, self._filled.tolist(), strict=True))
        for column, error in self._texts.items():
            if filled[column]:
                raise error
        self._file.flush()
        text = b"\n".join(self._text) + b"\n"
        narrow = Table(text, self._path, self._line, [self._header[c] for c in self._kept])
        return narrow, [c for c in self._wide if c not in self._texts]

    def values(self, columns: list[int]) -> Sequence[np.ndarray]:
        """Return the values of some columns, each (rows,) float64, which are read when they are asked for."""
        at = np.searchsorted(self._wide, columns)
        return rows(len(columns), lambda a, b: self._load(at[a:b]))

    def _load(self, at: np.ndarray) -> np.ndarray:
        first, count = int(at[0]), int(at[-1] - at[0]) + 1
        parts = []
        for begin, n in self._pieces:
            self._file.seek(begin + 8 * first * n)
            parts.append(np.fromfile(self._file, np.float64, count * n).reshape(count, n))
        return np.concatenate(parts, axis=1)[at - first]
