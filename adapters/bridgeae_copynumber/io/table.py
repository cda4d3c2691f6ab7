"""Columns of delimited text, at the speed of numpy and with errors that name the line.

The bytes of a whole file stay in memory. The positions of all separators form a (rows, columns) array; a column becomes
a numpy array only when it is asked for, so that wide files and long annotation columns cost little. pandas would add
half a second and 86 MB to the start of `bridgeae-segment`, and does not name the line of a bad number.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.decimals import parse_decimals

MISSING = (b"", b"NA", b"na", b"N/A", b"n/a", b"NaN", b"nan", b"NAN", b"null", b"NULL", b"None", b".", b"-", b"?")
"""Fields that stand for a missing number."""
MAX_FIELD = 1000
"""Longest field of a column that is read, in characters."""
_BLOCK_BYTES = 1 << 17
_BLOCK_FIELDS = 1 << 14
_LINE_BREAK, _QUOTE = 10, b'"'


class TextFieldError(ValueError):
    """A field is text where a number is expected; `index` counts from the first field."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class Table:
    """Hold a delimited text file and return its columns.

    Args:
        data: text as from `loading.as_text`, comment lines on top already skipped.
        path: name used in errors.
        line: 1-based number of the first line of `data` in the file.
        header: column names; taken from the first line when not given.

    Raises:
        FileFormatError: no rows, or a row with another number of fields.
    """

    def __init__(self, data: bytes, path: str | Path, line: int, header: list[str] | None = None) -> None:
        self.path = path
        first = data[: data.index(b"\n")]
        separator = delimiter(first)
        if _QUOTE in data:
            data, separator = _unquoted(data, separator, path, line)
        if separator == b" ":
            data = re.sub(rb"[ \t]+", b"\t", re.sub(rb"(?m)^[ \t]+|[ \t]+$", b"", data))
            separator = b"\t"
        elif separator != b"\t" and separator + b" " in data:
            data = re.sub(rb"(?<! ) +(?=[%b\n])|(?<=[%b\n]) +" % (separator, separator), b"", data)
        begin = 0
        if header is None:
            head = data[: data.index(b"\n")]
            header, line = [name.decode().strip() for name in head.split(separator)], line + 1
            begin = len(head) + 1
        if not data[begin : begin + MAX_FIELD].strip() and not data[begin:].strip():
            raise FileFormatError(f"`path` {path} holds a header and no rows. Columns: {', '.join(header)}.")
        self.header, self._line = header, line
        self._bytes = np.frombuffer(data, np.uint8, offset=begin)
        self._find_fields(separator)

    def __len__(self) -> int:
        return len(self._end)

    def text(self, column: int) -> np.ndarray:
        """Return the fields of a column as they are in the file, (rows,) bytes."""
        start, end = self._start(column), self._end[:, column]
        width = max(int((end - start).max()), 1)
        if width > MAX_FIELD:
            raise FileFormatError(
                f"`path` {self.path}: column '{self.header[column]}' has a field of {width} characters, expected names "
                "and numbers. This may be another kind of file."
            )
        out = np.empty(len(self), f"S{width}")
        for a in range(0, len(self), max(_BLOCK_BYTES // width, 1)):
            b = a + max(_BLOCK_BYTES // width, 1)
            index = start[a:b, None] + np.arange(width)
            field = self._bytes[np.minimum(index, len(self._bytes) - 1)]
            field[index >= end[a:b, None]] = 0
            out[a:b] = np.ascontiguousarray(field).view(f"S{width}")[:, 0]
        return out

    def number(self, column: int) -> np.ndarray:
        """Return a column as numbers, (rows,) float64, NaN where a value is missing.

        Raises:
            FileFormatError: a field is text; the message names the line and the text.
        """
        value = np.empty(len(self))
        for a in range(0, len(self), _BLOCK_FIELDS):
            rows = slice(a, a + _BLOCK_FIELDS)
            value[rows], plain = parse_decimals(self._bytes, self._start(column, rows), self._end[rows, column])
            if not plain.all():
                return self._number_of_any_kind(column)
        return value

    def _number_of_any_kind(self, column: int) -> np.ndarray:
        """Return a column as numbers, (rows,) float64: decimals, powers of ten, and words for missing ones."""
        fields = self.text(column)
        try:
            return parse_numbers(fields)
        except TextFieldError as error:
            text = fields[error.index].decode("utf-8", "replace")
            hint = " Use a point as the decimal separator." if re.fullmatch(r"-?\d+,\d+", text) else ""
            raise FileFormatError(
                f"`path` {self.path}: column '{self.header[column]}' must hold numbers (NA or nothing where there is "
                f"none), received {text[:40]!r} on line {self.line(error.index)}.{hint}"
            ) from None

    def some(self, column: int) -> list[bytes]:
        """Return the fields of a column in up to 1,000 rows, spread evenly."""
        rows = slice(None, None, -(-len(self) // 1000))
        places = zip(self._start(column, rows), self._end[rows, column], strict=True)
        return [self._bytes[a:b].tobytes() for a, b in places]

    def is_text(self, column: int) -> bool:
        """Return whether a column holds text and no number (with a point or a comma) in up to 1,000 of its rows."""
        known = {f for f in self.some(column) if f not in MISSING}
        return bool(known) and not any(is_number(f.replace(b",", b".")) for f in known)

    def numbers(self, columns: list[int]) -> dict[int, np.ndarray]:
        """Return the columns that hold numbers, each (rows,) float64; those of text are left out.

        Raises:
            FileFormatError: a column holds numbers, and text where one is expected.
        """
        value, texts = self.matrix(columns)
        return {c: row for c, row in zip(columns, value, strict=True) if c not in texts}

    def matrix(self, columns: list[int]) -> tuple[np.ndarray, dict[int, FileFormatError]]:
        """Return columns as numbers, (columns, rows) float64, and an error for each that holds text instead.

        Raises:
            FileFormatError: a column holds numbers, and text where one is expected.
        """
        value, plain = np.empty((len(columns), len(self))), np.ones(len(columns), bool)
        step = max(_BLOCK_FIELDS // max(len(columns), 1), 1)
        dense = columns and columns == list(range(columns[0], columns[-1] + 1))
        taken = slice(columns[0], columns[-1] + 1) if dense else columns
        for a in range(0, len(self), step):
            start, end = (at[:, taken] for at in self._fields(a, a + step))
            block, known = parse_decimals(self._bytes, start.ravel(), end.ravel())
            value[:, a : a + step] = block.reshape(start.shape).T
            plain &= known.reshape(start.shape).all(0)
        texts: dict[int, FileFormatError] = {}
        for k in np.flatnonzero(~plain).tolist():
            try:
                value[k] = self._number_of_any_kind(columns[k])
            except FileFormatError as error:
                if not self.is_text(columns[k]):
                    raise
                value[k], texts[columns[k]] = np.nan, error
        return value, texts

    def line(self, row: int) -> int:
        """Return the 1-based line of a row in the file."""
        return self._line + row

    def _find_fields(self, separator: bytes) -> None:
        """Find where fields start and end; refuse rows with another number of fields than the header."""
        stop = _places(self._bytes, separator[0])
        breaks = self._bytes[stop] == _LINE_BREAK
        count = np.diff(np.flatnonzero(breaks), prepend=-1)
        if (count == len(self.header) + 1).all():  # R's write.table leaves the row names without a header
            self.header = ["", *self.header]
        wrong = np.flatnonzero(count != len(self.header))
        if len(wrong):
            row = int(wrong[0])
            if self._bytes[stop[breaks][row - 1] + 1 :][:6].tobytes() == b"track ":
                raise FileFormatError(
                    f"`path` {self.path} holds several tracks, the second from line {self.line(row)} on."
                )
            raise FileFormatError(
                f"`path` {self.path}: line {self.line(row)} has {count[row]} fields, expected {len(self.header)} "
                f"({', '.join(self.header[:12])}). The file may be cut off, or mix separators."
            )
        self._end = stop.reshape(-1, len(self.header))

    def _start(self, column: int, rows: slice = slice(None)) -> np.ndarray:
        """Return where the fields of a column start, (rows,) int."""
        if column:
            return self._end[rows, column - 1] + 1
        row = np.arange(*rows.indices(len(self)))
        return np.where(row > 0, self._end[row - 1, -1] + 1, 0)

    def _fields(self, a: int, b: int) -> tuple[np.ndarray, np.ndarray]:
        """Return where all fields of some rows start and end, (rows, columns) int each."""
        end = self._end[a:b]
        start = np.append(self._end[a - 1, -1] if a else -1, end.ravel()[:-1]) + 1
        return start.reshape(end.shape), end


def _places(data: np.ndarray, separator: int) -> np.ndarray:
    """Return where separators and line breaks lie, (n,) int32 or, in huge files, int64."""
    kind: type[np.signedinteger] = np.int32 if len(data) < np.iinfo(np.int32).max else np.int64
    parts = []
    for a in range(0, len(data), _BLOCK_BYTES):
        block = data[a : a + _BLOCK_BYTES]
        parts.append(np.flatnonzero((block == separator) | (block == _LINE_BREAK)).astype(kind))
        parts[-1] += a
    return np.concatenate(parts)


def split_line(line: bytes) -> list[bytes]:
    """Return the fields of a line."""
    separator = delimiter(line)
    return line.split() if separator == b" " else line.split(separator)


def delimiter(line: bytes) -> bytes:
    """Return the separator of a line: tab, comma, semicolon, or one blank for runs of blanks."""
    return next((s for s in (b"\t", b",", b";") if s in line), b" ")


def is_number(field: bytes) -> bool:
    """Return whether a field reads as a number."""
    try:
        float(field)
    except ValueError:
        return False
    return True


def parse_numbers(fields: np.ndarray) -> np.ndarray:
    """Return (n,) bytes as float64, NaN for the words in `MISSING`.

    Raises:
        TextFieldError: a field is neither a number nor missing.
    """
    try:
        return fields.astype(np.float64)
    except ValueError:  # some field is no number: replace those that are missing, then try again
        fields = fields.astype(f"S{max(fields.dtype.itemsize, len(b'nan'))}")
    for word in MISSING:
        fields[fields == word] = b"nan"
    try:
        return fields.astype(np.float64)
    except ValueError:
        raise TextFieldError(next((i for i, f in enumerate(fields) if not is_number(f)), 0)) from None


def _unquoted(data: bytes, separator: bytes, path: str | Path, line: int) -> tuple[bytes, bytes]:
    """Return the text without quotes, and its separator, which is a tab if a quoted field holds the old one."""
    raw = np.frombuffer(data, np.uint8)
    inside = np.cumsum(raw == _QUOTE[0], dtype=np.uint8) % 2 == 1
    if not (inside & ((raw == separator[0]) | (raw == _LINE_BREAK))).any():
        return data.replace(_QUOTE, b""), separator
    rows = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=separator.decode(), skipinitialspace=True)
    clean, first = [], line
    try:
        for row in rows:
            clean.append("\t".join(f.replace("\t", " ") for f in row))
            if "\n" in clean[-1]:
                raise FileFormatError(
                    f"`path` {path}: a quoted field runs over several lines, from line {first} on. Take out a stray "
                    "quote there, or the line breaks."
                )
            first = line + rows.line_num
    except csv.Error as error:
        raise FileFormatError(f"`path` {path} has a quoted field that cannot be read: {error}.") from None
    return ("\n".join(clean) + "\n").encode(), b"\t"
