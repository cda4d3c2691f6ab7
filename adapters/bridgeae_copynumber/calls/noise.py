"""How far the mean of a segment may be off: noise at many scales, autocorrelation and waves included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MIN_PAIRS = 8
"""Fewest independent pairs of neighbouring blocks from which the noise of a scale is estimated."""
CLIP = 4.0
"""Differences of blocks beyond this many robust deviations are cut there: they span a breakpoint that was missed."""
Z95 = 1.959964
"""Half the width of a 95 % confidence interval, in standard errors."""
SMALLEST_FALL = 0.3
"""The variance of a mean falls at least with this power of the number of bins beyond the longest scale."""

TINY = 1e-12
"""Variance of a sample without noise."""


@dataclass(frozen=True)
class Noise:
    """Hold the variance of the mean of blocks of bins.

    Args:
        bins: (k,) int64, sizes of the blocks: 1, 2, 4 and so on.
        variance: (k,) float64, of the mean of as many neighbouring bins.
    """

    bins: np.ndarray
    variance: np.ndarray

    def standard_error(self, n_bins: np.ndarray) -> np.ndarray:
        """Return the standard error of the mean of segments of so many bins, (n,) float64, log2."""
        size, log = np.log(np.maximum(n_bins, 1)), np.log(self.variance)
        at = np.log(self.bins)
        fall = -(log[-1] - log[-2]) / (at[-1] - at[-2]) if len(at) > 1 else 1.0
        beyond = np.clip(fall, SMALLEST_FALL, 1.0) * np.maximum(size - at[-1], 0)
        return np.exp((np.interp(size, at, log) - beyond) / 2)


def measure_noise(values: np.ndarray, starts: np.ndarray) -> Noise:
    """Measure the noise of a sample from differences between neighbouring blocks of bins within its segments.

    Half the mean squared difference D(s) of neighbouring blocks of s bins is V(s) - C(s), the variance of a block's
    mean less the covariance of two neighbours, and V(2s) = (V(s) + C(s)) / 2. So V(s) = V(2s) + D(s) / 2, summed from
    the longest scale down: the Haar wavelet variance (Percival 1995, Biometrika 82:619).

    Args:
        values: (n,) float, log2 ratios, finite.
        starts: (k,) int64, first bins of segments.
    """
    if not len(values):
        return Noise(np.array([1]), np.array([TINY]))
    running = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    ends = np.append(starts[1:], len(values))
    last = np.repeat(ends, ends - starts)
    bins, half = [], []
    size = 1
    while 2 * size <= len(values):
        at = np.arange(0, len(values) - 2 * size + 1, max(size // 2, 1))
        at = at[at + 2 * size <= last[at]]
        if len(at) * max(size // 2, 1) < MIN_PAIRS * 2 * size:
            break
        step = (2 * running[at + size] - running[at] - running[at + 2 * size]) / size
        limit = CLIP * 1.4826 * np.median(np.abs(step))
        bins.append(size)
        half.append(np.mean(np.minimum(np.abs(step), limit) ** 2) / 2)
        size *= 2
    if not bins:
        return Noise(np.array([1]), np.array([max(float(np.var(values)), TINY)]))
    differences = np.maximum(half, TINY)
    below = np.cumsum(differences[::-1])[::-1] / 2
    return Noise(np.array(bins), below + differences[-1] / 2)
