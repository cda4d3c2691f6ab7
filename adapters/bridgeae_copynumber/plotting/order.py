"""The order of the rows of a heat map, in numpy alone: `bridgeae-segment` runs without scipy."""

from __future__ import annotations

import numpy as np


def order_by_similarity(rows: np.ndarray) -> np.ndarray:
    """Return the order (n,) in which similar rows of (n, k) are neighbours.

    Rows are joined by average linkage of city-block distances, along chains of nearest neighbours (Murtagh 1983). Two
    clusters that join are turned so that the rows that meet are as similar as can be.
    """
    apart = np.stack([np.abs(rows - row).sum(1) for row in rows])
    between, size = apart.copy(), np.ones(len(rows))
    np.fill_diagonal(between, np.inf)
    leaves = {k: [k] for k in range(len(rows))}
    chain: list[int] = []
    while len(leaves) > 1:
        chain = chain or [min(leaves)]
        a, before = chain[-1], chain[-2] if len(chain) > 1 else None
        b = int(between[a].argmin())
        if before is None or between[a, b] < between[a, before]:
            chain.append(b)
            continue
        del chain[-2:]
        leaves[a] = _joined(leaves[a], leaves.pop(before), apart)
        mean = (size[a] * between[a] + size[before] * between[before]) / (size[a] + size[before])
        between[a] = between[:, a] = mean
        between[before] = between[:, before] = between[a, a] = np.inf
        size[a] += size[before]
    return np.array(*leaves.values())


def _joined(a: list[int], b: list[int], apart: np.ndarray) -> list[int]:
    """Return the rows of two clusters in one order, each as it is or reversed."""
    ways = [(first, last) for first in (a, a[::-1]) for last in (b, b[::-1])]
    first, last = min(ways, key=lambda way: float(apart[way[0][-1], way[1][0]]))
    return first + last
