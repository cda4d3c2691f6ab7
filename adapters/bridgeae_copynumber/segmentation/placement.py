"""Where exactly a breakpoint is put: the bin around which it most probably lies, not the single most probable bin."""

from __future__ import annotations

import numpy as np

_REACH = 8  # bins to each side that are looked at
_STEPS = np.arange(-_REACH, _REACH + 1)
_NEAR = np.select(
    [abs(_STEPS[:, None] - _STEPS) == k for k in range(3)], (1, 0.99, 0.96)
)  # what a bin counts for another: almost all for one or two bins away, so that the mode wins a tie


def placed(
    starts: np.ndarray,
    forced: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
    logit: np.ndarray,
    *,
    min_bins: int = 1,
) -> np.ndarray:
    """Move each breakpoint to where most of its probability lies within two bins, its neighbours held where they are.

    The posterior of its place is the network's odds times the likelihood of the segments on both sides. Its mode is
    often one noisy bin at the rim of what is possible.

    Args:
        starts: (k,) int64, increasing, first bins of segments.
        forced: (k,) bool, first True: chromosome starts, which stay.
        values: (n,) float, the signal.
        weights: (n,) float, positive: one over the variance of each value.
        logit: (n,) float, log-odds that a segment starts at a bin.
        min_bins: fewest bins of a segment; none gets shorter than that.

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
    at[out] = 0  # anywhere that exists
    weight, total = np.zeros((2, len(values) + 1))  # of the bins before each
    np.cumsum(weights, out=weight[1:])
    np.cumsum(weights * values, out=total[1:])
    log_posterior, w, t = logit[at], weight[at], total[at]
    for edge in (begin, end):
        log_posterior += 0.5 * (t - total[edge][:, None]) ** 2 / (np.abs(w - weight[edge][:, None]) + 1e-12)
    log_posterior[out] = -np.inf
    near = np.exp(log_posterior - log_posterior.max(1)[:, None]) @ _NEAR
    near[out] = -1
    moved = starts.copy()
    moved[free] = here + _STEPS[near.argmax(1)]
    return moved
