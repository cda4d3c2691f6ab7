"""The smallest jump between neighbouring segments: what the user chooses, and what the noise could make alone."""

from __future__ import annotations

import numpy as np

from bridgeae_copynumber.segmentation.noise import TINY, Steps

MIN_JUMP = 0.22
"""Default smallest step between neighbouring segments, log2; see `without_small_jumps`."""
LOCAL_BINS = 16
"""Bins over which the bias of neighbouring probes is correlated. For longer segments the smallest jump shrinks."""


def without_small_jumps(
    values: np.ndarray,
    starts: np.ndarray,
    forced: np.ndarray,
    min_jump: float,
    *,
    local_bins: float = LOCAL_BINS,
    prices: np.ndarray | None = None,
    noise: Steps | None = None,
) -> np.ndarray:
    """Merge neighbouring segments whose means differ too little, the most alike first.

    Args:
        values: (n,) float, log2.
        starts: (k,) int64, first bins of segments.
        forced: (n,) bool, chromosome starts, which stay.
        min_jump: smallest step between means, log2. It falls with the square root of the segments' bins (harmonic
            mean of the two) beyond `local_bins`.
        local_bins: bins over which the bias of neighbouring probes is correlated.
        prices: (k,) float, with `noise`: the squared step must exceed the price of its breakpoint times the variance
            that the noise of segments of these lengths gives to a step.
        noise: steps that the noise of the sample makes, at many scales.

    Returns:
        The starts that stay, int64.
    """
    fixed = forced[starts]
    price = np.zeros(len(starts)) if prices is None else prices
    total = np.add.reduceat(values, starts, dtype=np.float64)
    count = np.diff(np.append(starts, len(values))).astype(float)
    while not fixed[1:].all():
        mean = total / count
        local = np.minimum(1.0, local_bins * (1 / count[1:] + 1 / count[:-1]) / 2)
        limit = min_jump * min_jump * local
        if noise is not None:
            variance = noise.variance(count)
            limit = np.maximum(limit, price[1:] * (variance[1:] + variance[:-1]))
        ratio = (mean[1:] - mean[:-1]) ** 2 / np.maximum(limit, TINY)
        ratio[fixed[1:]] = np.inf
        if not (ratio < 1).any():
            break
        smaller = np.minimum(np.append(ratio[1:], np.inf), np.append(np.inf, ratio[:-1]))
        drop = np.flatnonzero((ratio < 1) & (ratio <= smaller)) + 1  # every local minimum at once
        drop = drop[np.concatenate([[True], np.diff(drop) > 1])]
        total[drop - 1] += total[drop]
        count[drop - 1] += count[drop]
        keep = np.ones(len(starts), bool)
        keep[drop] = False
        starts, fixed, total, count, price = starts[keep], fixed[keep], total[keep], count[keep], price[keep]
    return starts
