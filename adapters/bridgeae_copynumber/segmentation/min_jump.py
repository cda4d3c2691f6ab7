"""The smallest jump between neighbouring segments, which the user chooses."""

from __future__ import annotations

import numpy as np

MIN_JUMP = 0.2
"""Default smallest step between neighbouring segments, log2; see `without_small_jumps`."""
LOCAL_BINS = 40
"""Bins over which the bias of neighbouring probes is correlated. For longer segments the smallest jump shrinks."""


def without_small_jumps(values: np.ndarray, starts: np.ndarray, forced: np.ndarray, min_jump: float) -> np.ndarray:
    """Merge neighbouring segments whose means differ too little, the most alike first.

    Args:
        values: (n,) float, log2.
        starts: (k,) int64, first bins of segments.
        forced: (n,) bool, chromosome starts, which stay.
        min_jump: smallest step between means, log2. It falls with the square root of the segments' bins (harmonic
            mean of the two) beyond `LOCAL_BINS`.

    Returns:
        The starts that stay, int64.
    """
    fixed = forced[starts]
    total = np.add.reduceat(values, starts, dtype=np.float64)
    count = np.diff(np.append(starts, len(values))).astype(float)
    while not fixed[1:].all():
        mean = total / count
        jump = np.abs(mean[1:] - mean[:-1])
        jump[fixed[1:]] = np.inf
        if jump.min() >= min_jump:
            break
        local = np.minimum(1.0, LOCAL_BINS * (1 / count[1:] + 1 / count[:-1]) / 2)
        ratio = jump / (min_jump * np.sqrt(local))
        if not (ratio < 1).any():
            break
        smaller = np.minimum(np.append(ratio[1:], np.inf), np.append(np.inf, ratio[:-1]))
        drop = np.flatnonzero((ratio < 1) & (ratio <= smaller)) + 1  # every local minimum at once
        drop = drop[np.concatenate([[True], np.diff(drop) > 1])]
        total[drop - 1] += total[drop]
        count[drop - 1] += count[drop]
        keep = np.ones(len(starts), bool)
        keep[drop] = False
        starts, fixed, total, count = starts[keep], fixed[keep], total[keep], count[keep]
    return starts
