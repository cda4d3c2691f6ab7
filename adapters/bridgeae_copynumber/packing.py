"""From bins to what the networks see: chromosomes in one masked row, in units of the noise.

The networks never learn how large the noise is: a row is centred and divided by its noise, so a jump of three sigma
looks the same at any sigma and the smallest jump that is found is the user's choice (`min_jump`), not the network's.
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


class Packed(NamedTuple):
    """A row for the network. x: (length, 2) float32, signal and mask; place: (n,) int64, where each bin lies in the
    row; centre, sigma: float, log2, ``signal = (log2 - centre) / sigma / SCALE``."""

    x: np.ndarray
    place: np.ndarray
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
    steps = np.delete(np.abs(log2[1:] - log2[:-1]), np.cumsum(lengths)[:-1] - 1)
    spread = float(log2.std()) if len(log2) else 0.0
    sigma = 1.4826 / np.sqrt(2) * _median(steps)
    if sigma > 1e-3 * spread and sigma > 1e-6:
        return sigma
    return spread if spread > 1e-6 else 1.0


def pack(log2: np.ndarray, lengths: np.ndarray, *, length: int | None = None, sigma: float | None = None) -> Packed:
    """Lay chromosomes side by side with masked gaps, centred and in units of the noise.

    Args:
        log2: (n,) float, finite.
        lengths: (c,) int, bins of each chromosome, adding up to n.
        length: of the row; default: what is needed, rounded up to a multiple of `STRIDE`.
        sigma: noise to divide by; default: estimated.
    """
    place = np.arange(len(log2)) + GAP * np.repeat(np.arange(len(lengths)), lengths)
    need = len(log2) + GAP * len(lengths)
    sigma = noise_sigma(log2, lengths) if sigma is None else sigma
    centre = _median(log2)
    x = np.zeros((length or -(-need // STRIDE) * STRIDE, 2), np.float32)
    x[place, 0] = np.clip(_without_spikes((log2 - centre) / sigma), -LIMIT, LIMIT) / SCALE
    x[place, 1] = 1
    return Packed(x, place, centre, sigma)


def _without_spikes(z: np.ndarray) -> np.ndarray:
    """Pull bins back to `SPIKE` from the median of the five around them; only bins at large steps are looked at."""
    large = np.abs(z[1:] - z[:-1]) > SPIKE
    at = np.flatnonzero(np.append(large, False) | np.append(False, large)) if len(large) else np.zeros(0, np.int64)
    if len(at):
        middle = np.median(z[np.clip(at[:, None] + np.arange(-2, 3), 0, len(z) - 1)], axis=1)
        z[at] = np.clip(z[at], middle - SPIKE, middle + SPIKE)
    return z


def _median(values: np.ndarray) -> float:
    """Upper median, 0 of nothing: four times as fast as numpy's."""
    middle = len(values) // 2
    return float(np.partition(values, middle)[middle]) if len(values) else 0.0
