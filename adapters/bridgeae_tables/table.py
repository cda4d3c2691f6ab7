"""A table in memory, and how its columns become samples, labels, names and groups."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae import Domain, StoredSamples
from bridgeae.checks import did_you_mean
from bridgeae.errors import FileFormatError, InputError
from bridgeae_tables.query import ROLES, Query

ROW_NAMES = "row names"
"""Name of a first column without a header, as R and pandas write it."""
_DECIMAL_COMMA = re.compile(r"[+-]?\d*(?:,\d+)?(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})?")
_WHOLE = re.compile(r"-?\d{1,18}(\.0*)?")
"""Whole numbers, also as pandas writes them in a column with missing values."""
_MISSING = {"", "na", "n/a", "nan", "null", "none", "-", "?", "<na>"}
_SHOWN = 6  # columns that a message lists


@dataclass(frozen=True)
class Table:
    """What a file holds.

    Args:
        path: of the file, for messages.
        columns: (n,) values by name: text or numbers.
        matrix: (n, d) the samples, where they are apart from the columns; None takes all columns without a role.
        matrix_names: (d,) names of its columns, where the file has them.
        named: whether the file names its columns.
        lines: (n,) the line of each row, for text files.
        roles: columns that have a role already.
    """

    path: Path
    columns: Mapping[str, np.ndarray]
    matrix: np.ndarray | StoredSamples | None = None
    matrix_names: tuple[str, ...] | None = None
    named: bool = True
    lines: Sequence[int] | None = None
    roles: Mapping[str, str] = field(default_factory=dict)

    def where(self, row: int) -> str:
        """Return the place of a row in words."""
        return f"row {row + 1}" + ("" if self.lines is None else f" (line {self.lines[row]})")


def to_domain(table: Table, query: Query, wanted: Sequence[str] | int | None) -> tuple[Domain, tuple[str, ...] | int]:
    """Return the samples of a table, and the names of their columns, or the number where they have none.

    Args:
        table: what the file holds.
        query: which columns are what, and which rows to take.
        wanted: the columns to take, by name, or how many there must be; None takes all that have no role.

    Raises:
        InputError: a column is not there, or holds text and has no role.
        FileFormatError: a value is missing, or the table is empty.
    """
    roles = _roles(table, query)
    names, x = _samples(table, query, roles, wanted)
    if not x.size:
        raise FileFormatError(f"`path` {table.path} holds {x.shape[0]} rows of {x.shape[1]} numbers: nothing to learn.")
    domain = Domain(x, **{f"{role}s": _role_values(table, role, column) for role, column in roles.items()})
    if query.n is not None and query.n < len(x):
        domain = domain.select(np.sort(np.random.default_rng(query.seed).choice(len(x), query.n, replace=False)))
    return domain, names


def _roles(table: Table, query: Query) -> dict[str, str]:
    """Return the column of each role that the query or the file names."""
    found = dict(table.roles)
    for role in ROLES:
        column = getattr(query, role)
        if column is None:
            continue
        if column in table.columns:
            found[role] = column
        elif role not in query.expected:
            _refuse_absent(table, [column], f"named as `{role}`")
    return found


def _samples(
    table: Table, query: Query, roles: Mapping[str, str], wanted: Sequence[str] | int | None
) -> tuple[tuple[str, ...] | int, Any]:
    if table.matrix is not None:
        return _matrix(table, query, wanted)
    if absent := [column for column in query.drop if column not in table.columns]:
        _refuse_absent(table, absent, "to drop")
    free = [c for c in table.columns if c not in {*roles.values(), *query.drop}]
    if table.named and wanted is not None and not isinstance(wanted, int):
        if absent := [column for column in wanted if column not in table.columns]:
            _refuse_absent(table, absent, "that these samples have")
        free = list(wanted)
    _check_width(table, len(free), wanted)
    numbers = {column: _numbers(table, column) for column in free}
    if text := [column for column, values in numbers.items() if values is None]:
        raise InputError(_text_message(table, text))
    values = [v for v in numbers.values() if v is not None]
    x = np.stack(values, 1) if values else np.empty((len(next(iter(table.columns.values()), ())), 0))
    _check_finite(table, x, free)
    return (tuple(free) if table.named else len(free)), x


def _matrix(table: Table, query: Query, wanted: Sequence[str] | int | None) -> tuple[tuple[str, ...] | int, Any]:
    """Return a matrix that is apart from the columns, its columns in the wanted order; other ones take it to memory."""
    x, names = table.matrix, table.matrix_names
    x = x if isinstance(x, StoredSamples) else np.asarray(x)
    if x.ndim != 2 or x.dtype.kind not in "buif":
        raise FileFormatError(
            f"`path` {table.path}: expected a table of numbers (rows, columns), found shape {x.shape} of {x.dtype}. "
            "Flatten each sample to a row, or read it in Python."
        )
    known = list(names or ())
    if absent := [column for column in query.drop if column not in known]:
        _refuse_absent(table, absent, "to drop", known)
    keep: list[int] | None = None
    if names and wanted is not None and not isinstance(wanted, int):
        if absent := [column for column in wanted if column not in known]:
            _refuse_absent(table, absent, "that these samples have", known)
        at = {column: k for k, column in enumerate(known)}
        keep = [at[column] for column in wanted]
    elif query.drop:
        keep = [k for k, column in enumerate(known) if column not in query.drop]
    if keep is not None and keep != list(range(x.shape[1])):
        x, known = x[:, keep], [known[k] for k in keep]
    _check_width(table, x.shape[1], wanted)
    if isinstance(x, np.ndarray):
        _check_finite(table, x, known or [str(k + 1) for k in range(x.shape[1])])
    return (tuple(known) if names else x.shape[1]), x


def _numbers(table: Table, column: str) -> np.ndarray | None:
    """Return a column as numbers with NaN where a value is missing, or None if it holds text."""
    values = table.columns[column]
    if values.dtype.kind in "buif":
        return values.astype(np.float64)
    try:
        return np.array([float(v) for v in values])
    except (TypeError, ValueError):
        pass
    try:
        return np.array([np.nan if is_missing(v) else float(v) for v in values])
    except (TypeError, ValueError):
        return _with_decimal_commas(table, column)


def _with_decimal_commas(table: Table, column: str) -> np.ndarray | None:
    """Return a column of numbers such as 14,23, or None if it holds others, or if 1,000 may be a thousand."""
    values = table.columns[column]
    cells = ["" if is_missing(v) else str(v).strip() for v in values]
    if not all(map(_DECIMAL_COMMA.fullmatch, cells)) or all(map(_THOUSANDS.fullmatch, filter(None, cells))):
        return None
    note = f"{table.path.name}: commas in numbers of column {column!r} were read as decimal points."
    warnings.warn(note, stacklevel=2)
    try:
        return np.array([float(cell.replace(",", ".")) if cell else np.nan for cell in cells])
    except ValueError:  # a comma or an exponent alone
        return None


def is_missing(value: object) -> bool:
    """Return whether a cell holds no value."""
    return value is None or str(value).strip().lower() in _MISSING


def is_number(value: str) -> bool:
    """Return whether a cell holds a number."""
    try:
        float(value)
    except ValueError:
        return False
    return True


def _role_values(table: Table, role: str, column: str) -> np.ndarray:
    values = table.columns[column]
    if role == "name":
        return np.array([str(v) for v in values])
    if values.dtype.kind in "buif" and np.isfinite(values).all():
        return values
    missing = np.array([is_missing(v) for v in values])
    if missing.any() and (role != "label" or missing.all()):
        raise FileFormatError(
            f"`path` {table.path}: {table.where(int(missing.argmax()))} has no {role} in column {column!r}, as "
            f"{missing.sum()} of {len(missing)}. Fill them in, or drop these rows."
        )
    if missing.any():
        warnings.warn(
            f"{table.path}: {missing.sum()} of {len(missing)} rows have no label in column {column!r} and count as "
            "unlabelled.",
            stacklevel=2,
        )
    texts = np.array([str(v).strip() for v in values])
    known = texts[~missing]
    if all(map(_WHOLE.fullmatch, known.tolist())):
        return np.array([-1 if gone else int(t.partition(".")[0]) for t, gone in zip(texts, missing, strict=True)])
    return np.where(missing, None, texts) if missing.any() else texts  # type: ignore[call-overload]


def _check_finite(table: Table, x: np.ndarray, names: Sequence[str]) -> None:
    if not (bad := ~np.isfinite(x)).any():
        return
    row, column = np.argwhere(bad)[0]
    raise FileFormatError(
        f"`path` {table.path}: {table.where(row)}, column {names[column]!r}: no finite number, as {int(bad.sum())} of "
        f"{x.size} values in {int(bad.any(1).sum())} rows. Fill them in, drop these rows, or leave columns out with "
        "?drop=."
    )


def _check_width(table: Table, width: int, wanted: Sequence[str] | int | None) -> None:
    number = wanted if isinstance(wanted, int) or wanted is None else len(wanted)
    if number is not None and width != number:
        raise InputError(f"`path` {table.path} has {width} columns of numbers, {number} are expected.")


def _refuse_absent(table: Table, absent: Sequence[str], what: str, known: Sequence[str] | None = None) -> None:
    known = list(table.columns) if known is None else known
    hint = did_you_mean(absent[0], known) or f" It has {listed(known)}."
    raise InputError(f"`path` {table.path} lacks the column{_s(absent)} {listed(absent)} {what}.{hint}")


def _text_message(table: Table, text: Sequence[str]) -> str:
    cells = table.columns[text[0]]
    numbers = [isinstance(v, str) and is_number(v) for v in cells]
    first = numbers.index(False)
    example = f"such as {str(cells[first])!r} in {table.where(first)}"
    if str(cells[first]).replace(",", "").strip("-").isdecimal() and "," in str(cells[first]):
        return f"`path` {table.path}: column {text[0]!r} has decimal commas, {example}. Write decimals with a point."
    if any(numbers):
        return f"`path` {table.path}: column {text[0]!r} mixes numbers with text, {example}. Correct it, or ?drop= it."
    return (
        f"`path` {table.path} has text in the column{_s(text)} {listed(text)}, {example}. "
        f"Say what it is, {table.path.name}?label={text[0]} (or name=, group=), or leave it out, "
        f"{table.path.name}?drop={','.join(text[:_SHOWN])}."
    )


def listed(names: Sequence[str]) -> str:
    """Return a few names as a message lists them."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more if names else "none"


def _s(names: Sequence[str]) -> str:
    return "s" if len(names) > 1 else ""
