"""Sequences of arrays that are read or made when they are asked for, so that memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

import numpy as np

PORTION = 64
"""Rows that are read at once."""


class Made(Sequence[np.ndarray]):
    """Hold a number of arrays of which each is made by a function of its index, every time anew."""

    def __init__(self, count: int, make: Callable[[int], np.ndarray]) -> None:
        self._count, self._make = count, make

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[np.ndarray]: ...
    def __getitem__(self, index: int | slice) -> np.ndarray | Sequence[np.ndarray]:
        if isinstance(index, slice):
            return [self._make(k) for k in range(self._count)[index]]
        return self._make(range(self._count)[index])


def rows(count: int, load: Callable[[int, int], np.ndarray], portion: int = PORTION) -> Made:
    """Return the rows of a matrix on disk; the last portion that was read stays in memory.

    Args:
        count: number of rows.
        load: returns the rows from one index up to another, (k, n).
        portion: rows that are read at once.
    """
    kept: dict[int, np.ndarray] = {}

    def make(k: int) -> np.ndarray:
        begin = k - k % portion
        if begin not in kept:
            kept.clear()
            kept[begin] = load(begin, min(begin + portion, count))
        return kept[begin][k - begin]

    return Made(count, make)
