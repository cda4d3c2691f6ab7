"""The bin at which a breakpoint is placed: where most of its probability lies, not the single most probable bin."""

from __future__ import annotations

import numpy as np

REACH = 8
"""Bins to each side to which a breakpoint may move."""
KERNEL = 1.0, 0.99, 0.96
"""Weight of a bin at distance 0, 1 and 2: almost flat, with a slight peak that decides between ties."""
_STEPS = np.arange(-REACH, REACH + 1)
_WEIGHTS = np.select([abs(_STEPS[:, None] - _STEPS) == k for k in range(3)], KERNEL)


def place(
    starts: np.ndarray,
    forced: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    logit: np.ndarray,
    *,
    min_bins: int = 1,
) -> np.ndarray:
    """Move each breakpoint to the bin around which most of its probability lies, its neighbours kept in place.

    The posterior of a breakpoint's bin is the odds of the network times the likelihood of the segments on both sides.
    Its mode is often one noisy bin at the edge of the possible range, so the posterior is summed over two bins to each
    side first.

    Args:
        starts: (k,) int64, increasing, first bins of segments.
        forced: (k,) bool, first True: chromosome starts, which stay.
        values: (n,) float, the signal.
        weights: (n,) float, positive: one over the variance of each value.
        logit: (n,) float, log-odds that a segment starts at a bin.
        min_bins: smallest number of bins of a segment; no segment gets shorter than that.

    Returns:
        (k,) int64, increasing.
    """
    free = np.flatnonzero(~forced)
    if not len(free):
        return starts
    ends = np.append(starts, len(values))
    begin, here, end = starts[free - 1], starts[free], ends[free + 1]
    shared = np.append(np.where(forced, 1, 2), 1)  # a neighbour that moves as well gets half of the bins between
    left = -(np.maximum(here - begin - min_bins, 0) // shared[free - 1])
    right = np.maximum(end - here - min_bins, 0) // shared[free + 1]
    out = (left[:, None] > _STEPS) | (right[:, None] < _STEPS)
    at = here[:, None] + _STEPS
    at[out] = 0  # any valid index: these entries are masked below
    weight_before, sum_before = np.zeros((2, len(values) + 1))
    np.cumsum(weights, out=weight_before[1:])
    np.cumsum(weights * values, out=sum_before[1:])
    log_posterior, w, s = logit[at], weight_before[at], sum_before[at]
    for edge in (begin, end):
        weight = np.abs(w - weight_before[edge][:, None]) + 1e-12
        log_posterior += 0.5 * (s - sum_before[edge][:, None]) ** 2 / weight
    log_posterior[out] = -np.inf
    mass = np.exp(log_posterior - log_posterior.max(1)[:, None]) @ _WEIGHTS
    mass[out] = -1
    placed = starts.copy()
    placed[free] = here + _STEPS[mass.argmax(1)]
    return placed
