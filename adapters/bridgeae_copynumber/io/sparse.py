"""Sparse matrices of HDF5 files, in numpy alone: reading cells needs no scipy."""

from __future__ import annotations

import numpy as np


def dense_rows(values: np.ndarray, columns: np.ndarray, start: np.ndarray, width: int) -> np.ndarray:
    """Return rows that are compressed one after another (CSR) as (k, width) float64; values of one place add up.

    Args:
        values: (m,) the stored values.
        columns: (m,) their columns.
        start: (k + 1,) where each row begins among them, and where the last one ends.
        width: columns of the matrix.

    Raises:
        ValueError: the parts do not fit each other.
    """
    _check(values, columns, start, width)
    dense = np.zeros((len(start) - 1, width))
    np.add.at(dense, (np.repeat(np.arange(len(dense)), np.diff(start)), columns), values)
    return dense


def compress_rows(
    values: np.ndarray, rows: np.ndarray, start: np.ndarray, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return values, columns and starts (CSR) of a matrix whose columns are compressed (CSC).

    Raises:
        ValueError: the parts do not fit each other.
    """
    if len(start) != shape[1] + 1:
        raise ValueError(f"the sparse .X has {len(start) - 1} columns, its shape says {shape[1]}")
    _check(values, rows, start, shape[0])
    order = np.argsort(rows, kind="stable")
    columns = np.repeat(np.arange(shape[1]), np.diff(start))[order]
    return values[order], columns, np.append(0, np.cumsum(np.bincount(rows, minlength=shape[0])))


def _check(values: np.ndarray, index: np.ndarray, start: np.ndarray, limit: int) -> None:
    length = np.diff(start.astype(np.int64))
    if start[0] != 0 or (length < 0).any() or not start[-1] == len(index) == len(values):
        raise ValueError("the parts of the sparse .X differ in length")
    if len(index) and not 0 <= int(index.min()) <= int(index.max()) < limit:
        raise ValueError(f"the sparse .X has an index outside 0 to {limit - 1}")
