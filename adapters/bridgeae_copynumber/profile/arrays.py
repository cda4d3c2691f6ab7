"""Columns of the frozen dataclasses, as numpy arrays of one type each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bridgeae.errors import InputError


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
