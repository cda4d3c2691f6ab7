"""How far the mean of a segment may be off: noise at many scales, autocorrelation and waves included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridgeae_copynumber.segmentation.packing import median

MIN_PAIRS = 8
"""Fewest independent pairs of neighbouring blocks from which the noise of a scale is estimated."""
CLIP = 4.0
"""Differences of blocks beyond this many robust deviations are cut there: they span a breakpoint that was missed."""
Z95 = 1.959964
"""Half the width of a 95 % confidence interval, in standard errors."""
SMALLEST_FALL = 0.3
"""The variance of a mean falls at least with this power of the number of bins beyond the longest scale."""

PORTION = 1 << 16
"""Pairs of blocks that are compared at once."""
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


@dataclass(frozen=True)
class Steps:
    """Hold how far neighbouring blocks of bins differ by noise alone.

    Args:
        bins: (k,) int64, sizes of the blocks, increasing.
        half_square: (k,) float64, half the mean squared difference between the means of two neighbouring blocks.
    """

    bins: np.ndarray
    half_square: np.ndarray

    def variance(self, n_bins: np.ndarray) -> np.ndarray:
        """Return what a segment of so many bins adds to the variance of a step to its neighbour, (n,) float64, log2^2.

        Waves hardly differ between short neighbours, and do not average out between long ones.
        """
        size, at = np.log(n_bins), np.log(self.bins)
        return np.exp(np.interp(size, at, np.log(self.half_square)) - np.maximum(size - at[-1], 0))


def measure_noise(values: np.ndarray, starts: np.ndarray) -> Noise:
    """Measure the noise of a sample from differences between neighbouring blocks of bins within its segments.

    Half the mean squared difference D(s) of neighbouring blocks of s bins is V(s) - C(s), the variance of a block's
    mean less the covariance of two neighbours, and V(2s) = (V(s) + C(s)) / 2. So V(s) = V(2s) + D(s) / 2, summed from
    the longest scale down: the Haar wavelet variance (Percival 1995, Biometrika 82:619).

    Args:
        values: (n,) float, log2 ratios, finite.
        starts: (k,) int64, first bins of segments.
    """
    steps = measure_steps(values, starts)
    below = np.cumsum(steps.half_square[::-1])[::-1] / 2
    return Noise(steps.bins, below + steps.half_square[-1] / 2)


def measure_steps(values: np.ndarray, starts: np.ndarray, *, growth: int = 2) -> Steps:
    """Measure how far neighbouring blocks of bins within the segments of a sample differ.

    Args:
        values: (n,) float, log2 ratios, finite.
        starts: (k,) int64, first bins of segments.
        growth: factor between the sizes of blocks. The largest has room for `MIN_PAIRS` pairs.

    Returns:
        At least one size: where no pair of blocks fits, the variance of the values stands for bins.
    """
    running = np.zeros(len(values) + 1)
    np.cumsum(values, dtype=np.float64, out=running[1:])
    ends = np.append(starts[1:], len(values))[: len(starts)]
    last = np.repeat(ends.astype(np.int32 if len(values) < 2**31 else np.int64), ends - starts)
    bins, half = [], []
    size, every = 1, 1
    while (firsts := len(values) - 2 * size + 1) > 0:
        step = _steps(running, last, size, range(0, firsts, every))
        if len(step) * every < MIN_PAIRS * 2 * size:
            break
        np.minimum(step, CLIP * 1.4826 * median(step), out=step)
        bins.append(size)
        half.append(float(step @ step) / (2 * len(step) * size * size))
        size *= growth
        every = size // 2
    if not bins:
        bins, half = [1], [float(np.var(values)) if len(values) else 0.0]
    return Steps(np.array(bins), np.maximum(half, TINY))


def _steps(running: np.ndarray, last: np.ndarray, size: int, firsts: range) -> np.ndarray:
    """Return the differences of sums of neighbouring blocks that lie in one segment, (k,) float32, not negative.

    Args:
        running: (n + 1,) float64, sums of the values before each bin.
        last: (n,) int, the end of the segment of each bin.
        size: bins of a block.
        firsts: first bins of pairs of blocks.
    """
    found, filled = np.empty(len(firsts), np.float32), 0
    for k in range(0, len(firsts), PORTION):  # whole genomes of small bins take much memory at once
        part = firsts[k : k + PORTION]
        begin, middle, end = (slice(part.start + at, part.stop + at, part.step) for at in (0, size, 2 * size))
        inside = np.arange(end.start, end.stop, end.step, dtype=last.dtype) <= last[begin]  # one type: half the time
        step = np.abs(2 * running[middle] - (running[begin] + running[end])).compress(inside)
        found[filled : filled + len(step)] = step
        filled += len(step)
    return found[:filled]
