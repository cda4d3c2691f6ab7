"""Columns of a table of bins that go with the values: weight, depth and genes."""

from __future__ import annotations

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.roles import normalise_name
from bridgeae_copynumber.io.table import Table

_NAMES = {
    "weight": ("weight",),
    "depth": ("depth",),
    "gene": ("gene", "genes", "genesymbol", "genename", "symbol"),
    "spread": ("spread",),
}
"""Names of the columns, as `normalise_name` returns them."""
MIN_SPREAD = 0.5
"""Smallest spread of a bin, next to the median: few normals may agree by chance."""


def read_annotations(table: Table, taken: list[int]) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """Return the columns of weights (no less than 0), depths and genes that a table has, and notes.

    A column that cannot be read is left out with a note: the values do not need it. Where a table has no weights but
    the spread of normal samples, as CNVkit's reference.cnn has, weights are the inverse of its square.

    Args:
        table: the rows, one a bin.
        taken: columns that hold the values themselves.
    """
    known = [normalise_name(name) for name in table.header]
    found: dict[str, np.ndarray] = {}
    notes: list[str] = []
    for name, words in _NAMES.items():
        column = next((known.index(w) for w in words if w in known), None)
        if column is None or column in taken:
            continue
        try:
            found[name] = _genes(table, column) if name == "gene" else _amounts(table, column)
        except FileFormatError:
            notes.append(f"column '{table.header[column]}' is left out: it holds no {name}s of bins")
    spread = found.pop("spread", np.zeros(0))
    if "weight" not in found and (spread > 0).any():
        found["weight"] = _weights(spread)
    return found, tuple(notes)


def _weights(spread: np.ndarray) -> np.ndarray:
    """Return weights from the standard deviation of normal samples in each bin, (n,) float; 0 where it is missing."""
    relative = spread / np.median(spread[spread > 0])
    return np.nan_to_num(np.maximum(relative, MIN_SPREAD) ** -2.0)


def _amounts(table: Table, column: int) -> np.ndarray:
    value = table.number(column)
    if (value < 0).any() or np.isinf(value).any():
        raise FileFormatError(f"`path` {table.path}: column '{table.header[column]}' must hold no negative numbers.")
    return value


def _genes(table: Table, column: int) -> np.ndarray:
    """Return the names of a column, (n,) str objects; equal names are one object."""
    fields = table.text(column).tolist()
    names = {field: field.decode() for field in set(fields)}
    return np.array([names[field] for field in fields], np.object_)
