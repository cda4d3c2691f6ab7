"""Rows for the networks: chromosomes side by side with masked gaps, in units of the noise.

A row is centred and divided by its noise, so a jump of three sigma looks the same at any noise level. The smallest
jump that the user asks for is a channel of its own, in units of the noise: it is the user's choice, not the network's.
At a smallest jump of 0 the row holds nothing of the noise level.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

STRIDE = 16
"""Rows are padded to a multiple of this, the coarsest resolution inside the networks."""
GAP = 8
"""Masked bins between chromosomes, so that no convolution mistakes the seam for a breakpoint."""
SCALE = 4.0
"""One unit of the networks' signal, in sigma."""
MAX_SPIKE = 10.0
"""One or two bins may stand out from their neighbours by this much, in sigma; what is beyond is cut off."""
LIMIT = 64.0
"""Largest distance of a signal from the centre, in sigma."""
MAX_MIN_JUMP = 12.0
"""Largest smallest jump that the networks are given, in sigma."""


class Packed(NamedTuple):
    """A row for the network, and its bins in units of the noise.

    Args:
        x: (length, 3) float32: signal, smallest jump, and a mask that is 1 where a bin lies.
        signal: (n,) float32, the bins alone, ``(log2 - centre) / sigma`` without spikes.
        centre: log2 ratio at signal 0.
        sigma: standard deviation of the noise, log2.
    """

    x: np.ndarray
    signal: np.ndarray
    centre: float
    sigma: float


def noise_sigma(log2: np.ndarray, lengths: np.ndarray) -> float:
    """Return the noise, estimated from differences of neighbours: robust to levels, steps and outliers.

    Args:
        log2: (n,) float, finite.
        lengths: (c,) int, bins of each chromosome, adding up to n.

    Returns:
        The standard deviation, log2; that of the whole signal where neighbours hardly differ; 1 for a constant signal.
    """
    steps = np.abs(log2[1:] - log2[:-1])
    if len(lengths) > 1:
        steps = np.delete(steps, np.cumsum(lengths)[:-1] - 1)
    sigma = 1.4826 / np.sqrt(2) * median(steps)
    if sigma > 1e-6 and sigma > 1e-4 * (log2.max() - log2.min()):
        return sigma
    deviation = float(log2.std()) if len(log2) else 0.0
    return deviation if deviation > 1e-6 else 1.0


def pack(log2: np.ndarray, lengths: np.ndarray, *, length: int | None = None, min_jump: float = 0.0) -> Packed:
    """Return the row of a sample, centred and in units of its noise.

    Args:
        log2: (n,) float, finite.
        lengths: (c,) int, bins of each chromosome, adding up to n.
        length: of the row; by default the bins and gaps, rounded up to a multiple of `STRIDE`.
        min_jump: smallest jump that the user asks for, log2.
    """
    sigma = noise_sigma(log2, lengths)
    centre = median(log2)
    signal = _without_spikes(((log2 - centre) * (1 / sigma)).astype(np.float32))
    bins = np.empty((len(log2), 3), np.float32)
    bins[:, 0] = np.minimum(np.maximum(signal, -LIMIT), LIMIT) * np.float32(1 / SCALE)
    bins[:, 1] = min(min_jump / sigma, MAX_MIN_JUMP) / SCALE
    bins[:, 2] = 1
    filled = len(log2) + GAP * len(lengths)
    x = np.zeros((length or -(-filled // STRIDE) * STRIDE, 3), np.float32)
    begin = 0
    for k, n in enumerate(lengths.tolist()):  # slices: much faster than one indexed assignment
        x[begin + k * GAP : begin + k * GAP + n] = bins[begin : begin + n]
        begin += n
    return Packed(x, signal, centre, sigma)


def _without_spikes(signal: np.ndarray) -> np.ndarray:
    """Return the signal with bins beside large steps moved to within `MAX_SPIKE` of the median of five neighbours."""
    large = np.flatnonzero(np.abs(signal[1:] - signal[:-1]) > MAX_SPIKE)
    if not len(large):
        return signal
    at = np.concatenate([large, large + 1])
    neighbours = np.minimum(np.maximum(at[:, None] + np.arange(-2, 3), 0), len(signal) - 1)
    middle = np.sort(signal[neighbours], axis=1)[:, 2]
    clipped = signal.copy()
    clipped[at] = np.minimum(np.maximum(signal[at], middle - MAX_SPIKE), middle + MAX_SPIKE)
    return clipped


def median(values: np.ndarray) -> float:
    """Return the upper median to single precision, 0 of nothing: twice as fast as in double precision."""
    middle = len(values) // 2
    return float(np.partition(values.astype(np.float32, copy=False), middle)[middle]) if len(values) else 0.0
