"""Exact choice of breakpoints among candidates, by dynamic programming with pruning.

The cost of a segmentation is the weighted sum of squared deviations from segment means plus a penalty for each
breakpoint. Starts that can no longer be best are dropped as in PELT (Killick, Fearnhead, Eckley 2012, JASA 107:1590),
which keeps the result exact. A whole genome runs as one sequence in which chromosome starts are breakpoints that cost
nothing and cannot be left out.

The recursion is plain Python on purpose: about eight starts stay alive at a time, and on so few numbers lists were
twice as fast as arrays, in blocks or not.
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
    """Find the cheapest segmentation.

    Args:
        values: (n,) float, the signal.
        weights: (n,) float, positive: one over the variance of each value.
        starts: (m,) int64, increasing, first 0: bins at which a segment may start.
        penalties: (m,) float, cost of a breakpoint there; ignored where forced.
        forced: (m,) bool, first True: segments that must start (chromosomes).
        min_bins: fewest bins of a segment; a chromosome that is shorter stays whole.

    Returns:
        (k,) int64, the segment starts of the best segmentation, forced ones included.
    """
    place = [*starts.tolist(), len(values)]
    weight, first = _sums_before(weights, starts), _sums_before(weights * values, starts)
    price = [*np.where(forced, 0.0, penalties).tolist(), 0.0]
    needed = [*forced.tolist(), True]
    best, before = [0.0] * len(place), [0] * len(place)  # without the sum of squares, which is the same for all
    until = [np.inf] * len(place)  # bin from which on a start is beaten by a later one
    alive = [0]
    for j in range(1, len(place)):
        at, w, f = place[j], weight[j], first[j]
        low, origin = np.inf, -1
        kept, totals = [], []
        for i in alive:
            if until[i] > at:
                change = f - first[i]
                total = best[i] - change * change / (w - weight[i])
                kept.append(i)
                totals.append(total)
                if total < low and (at - place[i] >= min_bins or (needed[i] and needed[j])):
                    low, origin = total, i
        best[j], before[j] = low + price[j], origin
        alive = kept
        if needed[j]:
            alive = [j]
        elif origin >= 0:
            beaten, soon = best[j], at + min_bins
            for i, total in zip(kept, totals):  # noqa: B905  `strict` is slow here
                if total >= beaten and until[i] > soon:
                    until[i] = soon  # from there on a segment from j is long enough, and better
            alive.append(j)
    return starts[_trace(before)]


def _sums_before(values: np.ndarray, starts: np.ndarray) -> list[float]:
    """Sum of the values before each start, and of all."""
    return [0.0, *np.cumsum(np.add.reduceat(values, starts, dtype=np.float64)).tolist()]


def _trace(before: list[int]) -> np.ndarray:
    path = []
    j = len(before) - 1
    while j > 0:
        j = before[j]
        path.append(j)
    return np.array(path[::-1], np.int64)
