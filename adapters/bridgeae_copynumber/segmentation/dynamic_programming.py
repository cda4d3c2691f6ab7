"""Exact choice of breakpoints among candidates, by dynamic programming with pruning.

The cost of a segmentation is the weighted sum of squared deviations from segment means plus a penalty for each
breakpoint. Starts that can no longer be best are dropped as in PELT (Killick, Fearnhead, Eckley 2012, JASA 107:1590),
which keeps the result exact. A whole genome runs as one sequence in which chromosome starts are breakpoints that cost
nothing and cannot be left out.

The recursion is plain Python on purpose: about eight starts stay alive at a time, and for so few numbers lists were
twice as fast as arrays.
"""

from __future__ import annotations

import numpy as np


def best_breakpoints(
    values: np.ndarray,
    weights: np.ndarray,
    starts: np.ndarray,
    penalties: np.ndarray,
    forced: np.ndarray,
    *,
    min_bins: int = 1,
) -> np.ndarray:
    """Return the starts of the cheapest segmentation.

    Args:
        values: (n,) float, the signal.
        weights: (n,) float, positive: one over the variance of each value.
        starts: (m,) int64, increasing, first 0: bins at which a segment may start.
        penalties: (m,) float, cost of a breakpoint there; ignored where forced.
        forced: (m,) bool, first True: segments that must start (chromosomes).
        min_bins: smallest number of bins of a segment; a shorter chromosome is one segment.

    Returns:
        (k,) int64, the segment starts of the best segmentation, forced ones included.
    """
    place = [*starts.tolist(), len(values)]
    weight, total = _sums_before(weights, starts), _sums_before(weights * values, starts)
    price = [*np.where(forced, 0.0, penalties).tolist(), 0.0]
    must_start = [*forced.tolist(), True]
    best, before = [0.0] * len(place), [0] * len(place)  # without the sum of squares, which is the same for all
    expires = [np.inf] * len(place)  # bin from which a later start is better
    alive = [0]
    for j in range(1, len(place)):
        at, w, s = place[j], weight[j], total[j]
        low, origin = np.inf, -1
        kept, costs = [], []
        for i in alive:
            if expires[i] > at:
                change = s - total[i]
                cost = best[i] - change * change / (w - weight[i])
                kept.append(i)
                costs.append(cost)
                if cost < low and (at - place[i] >= min_bins or (must_start[i] and must_start[j])):
                    low, origin = cost, i
        best[j], before[j] = low + price[j], origin
        alive = kept
        if must_start[j]:
            alive = [j]
        elif origin >= 0:
            limit, soon = best[j], at + min_bins
            for i, cost in zip(kept, costs):  # noqa: B905  `strict` is slow here
                if cost >= limit and expires[i] > soon:
                    expires[i] = soon  # from there on a segment from j is long enough, and better
            alive.append(j)
    return starts[_trace(before)]


def _sums_before(values: np.ndarray, starts: np.ndarray) -> list[float]:
    """Return the sum of the values before each start, and of all values."""
    return [0.0, *np.cumsum(np.add.reduceat(values, starts, dtype=np.float64)).tolist()]


def _trace(before: list[int]) -> np.ndarray:
    """Return the starts on the best path, (k,) indices, by following each start's predecessor from the end."""
    path = []
    j = len(before) - 1
    while j > 0:
        j = before[j]
        path.append(j)
    return np.array(path[::-1], np.int64)
