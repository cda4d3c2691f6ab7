"""Where exactly a breakpoint is put: the bin around which it most probably lies, not the single most probable bin."""

from __future__ import annotations

import numpy as np

_REACH = 8  # bins to each side that are looked at
_STEPS = np.arange(-_REACH, _REACH + 1)
_ONE, _TWO = 0.99, 0.96  # what a bin counts for one that is one or two away: almost all, so that the mode wins a tie


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
    log_posterior = logit[at]
    for edge in (begin[:, None], end[:, None]):
        log_posterior += 0.5 * (total[at] - total[edge]) ** 2 / (np.abs(weight[at] - weight[edge]) + 1e-12)
    log_posterior[out] = -np.inf
    posterior = np.zeros((len(free), len(_STEPS) + 4))
    inner = posterior[:, 2:-2]
    np.exp(log_posterior - log_posterior.max(1)[:, None], out=inner)
    near = _ONE * (posterior[:, 1:-3] + posterior[:, 3:-1]) + _TWO * (posterior[:, :-4] + posterior[:, 4:]) + inner
    near[out] = -1
    moved = starts.copy()
    moved[free] = here + _STEPS[near.argmax(1)]
    return moved
