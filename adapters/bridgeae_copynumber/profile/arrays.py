"""Columns of the frozen dataclasses, as numpy arrays of one type each, and runs of equal names in them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bridgeae.errors import InputError

MAX_COMPARED = 16
"""Longest names, in characters, that are compared as numbers."""


def set_columns(owner: object, kinds: Mapping[str, type]) -> dict[str, int]:
    """Turn the columns of a frozen dataclass into arrays; return the length of each that is not None.

    Raises:
        InputError: a column is not one-dimensional, or holds values of another type.
    """
    lengths = {}
    for name, kind in kinds.items():
        if (value := getattr(owner, name)) is not None:
            column = _column(value, name, kind)
            object.__setattr__(owner, name, column)
            lengths[name] = len(column)
    return lengths


def _column(value: object, name: str, kind: type) -> np.ndarray:
    try:
        array = given = np.asarray(value)
        if given.dtype.type is not kind:
            with np.errstate(over="ignore", invalid="ignore"):
                array = given.astype(kind)
        if kind is np.int64 and given.dtype.kind == "f" and not np.array_equal(array, given):
            raise ValueError("numbers that are not whole")
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"`{name}` must be a column of {kind.__name__}, received something else: {error}.") from None
    if array.ndim != 1:
        raise InputError(f"`{name}` must be one-dimensional, received shape {array.shape}.")
    return array


def run_offsets(names: np.ndarray) -> np.ndarray:
    """Return (runs + 1,) int64: where each run of equal names starts, and the total length."""
    return np.concatenate([[0], np.flatnonzero(_changes(names)) + 1, [len(names)]]).astype(np.int64)


def _changes(names: np.ndarray) -> np.ndarray:
    """Return whether each name but the first differs from the one before it, (n - 1,) bool."""
    characters = names.itemsize // 4
    if names.dtype.kind != "U" or not names.flags.c_contiguous or not 0 < characters <= MAX_COMPARED:
        return np.asarray(names[1:] != names[:-1])
    codes = names.view(np.uint32).reshape(len(names), characters)  # numbers compare ten times as fast as text
    changed = codes[1:, 0] != codes[:-1, 0]
    for k in range(1, characters):
        changed |= codes[1:, k] != codes[:-1, k]
    return changed
