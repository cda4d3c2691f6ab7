"""From bins to what the networks see: chromosomes in one masked row, in units of the noise.

The networks never see how large the noise is: a row is centred and divided by its noise, so a jump of three sigma
looks the same at any sigma. What they see is the smallest jump that the user asks for, in units of the noise, so that
it is the user's choice and not the network's; at 0 nothing of the noise level is left.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

STRIDE = 16
"""Rows are padded to a multiple of it: the coarsest resolution inside the networks."""
GAP = 8
"""Masked bins between chromosomes, so that no convolution mistakes the seam for a breakpoint."""
SCALE = 4.0
"""One unit of the networks' signal, in sigma."""
SPIKE = 10.0
"""A bin or two that stand out from their neighbours by more, in sigma, are pulled back to it."""
LIMIT = 64.0
"""Signals further than this from the centre, in sigma, are clipped."""
LARGEST_JUMP = 12.0
"""A smallest jump of more sigma looks to the networks like this one."""


class Packed(NamedTuple):
    """A row for the network, and its bins in units of the noise.

    x: (length, 3) float32, signal, smallest jump and mask, which is 1 where a bin lies; signal: (n,) float32, the bins,
    ``(log2 - centre) / sigma`` without spikes; centre, sigma: float, log2.
    """

    x: np.ndarray
    signal: np.ndarray
    centre: float
    sigma: float


def noise_sigma(log2: np.ndarray, lengths: np.ndarray) -> float:
    """Estimate the noise from differences of neighbours: robust to levels, steps and outliers.

    Args:
        log2: (n,) float, finite.
        lengths: (c,) int, bins of each chromosome, adding up to n.

    Returns:
        The standard deviation, log2; where neighbours hardly differ, that of the whole signal; 1 where all is constant.
    """
    steps = np.abs(log2[1:] - log2[:-1])
    if len(lengths) > 1:
        steps = np.delete(steps, np.cumsum(lengths)[:-1] - 1)
    sigma = 1.4826 / np.sqrt(2) * _median(steps)
    if sigma > 1e-6 and sigma > 1e-4 * (log2.max() - log2.min()):
        return sigma
    spread = float(log2.std()) if len(log2) else 0.0
    return spread if spread > 1e-6 else 1.0


def pack(log2: np.ndarray, lengths: np.ndarray, *, length: int | None = None, min_jump: float = 0.0) -> Packed:
    """Lay chromosomes side by side with masked gaps, centred and in units of the noise.

    Args:
        log2: (n,) float, finite.
        lengths: (c,) int, bins of each chromosome, adding up to n.
        length: of the row; default: what is needed, rounded up to a multiple of `STRIDE`.
        min_jump: smallest jump that is asked for, log2.
    """
    need = len(log2) + GAP * len(lengths)
    sigma = noise_sigma(log2, lengths)
    centre = _median(log2)
    signal = _without_spikes(((log2 - centre) * (1 / sigma)).astype(np.float32))
    bins = np.empty((len(log2), 3), np.float32)
    bins[:, 0] = np.minimum(np.maximum(signal, -LIMIT), LIMIT) * np.float32(1 / SCALE)
    bins[:, 1] = min(min_jump / sigma, LARGEST_JUMP) / SCALE
    bins[:, 2] = 1
    x = np.zeros((length or -(-need // STRIDE) * STRIDE, 3), np.float32)
    begin = 0
    for k, n in enumerate(lengths.tolist()):  # slices: several times faster than writing to all places at once
        x[begin + k * GAP : begin + k * GAP + n] = bins[begin : begin + n]
        begin += n
    return Packed(x, signal, centre, sigma)


def _without_spikes(z: np.ndarray) -> np.ndarray:
    """Pull bins back to `SPIKE` from the median of the five around them; only bins at large steps are looked at."""
    large = np.flatnonzero(np.abs(z[1:] - z[:-1]) > SPIKE)
    if len(large):
        at = np.concatenate([large, large + 1])
        near = np.minimum(np.maximum(at[:, None] + np.arange(-2, 3), 0), len(z) - 1)
        middle = np.sort(z[near], axis=1)[:, 2]
        z[at] = np.minimum(np.maximum(z[at], middle - SPIKE), middle + SPIKE)
    return z


def _median(values: np.ndarray) -> float:
    """Upper median, 0 of nothing: four times as fast as numpy's."""
    middle = len(values) // 2
    return float(np.partition(values, middle)[middle]) if len(values) else 0.0
