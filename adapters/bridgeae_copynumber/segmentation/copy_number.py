"""Integer copy numbers of segments, for samples whose cells are all alike: single cells, cell lines, pure tumours."""

from __future__ import annotations

from numbers import Real

import numpy as np

from bridgeae.errors import InputError

PLOIDIES = np.arange(1.5, 6.01, 0.05)
"""Ploidies that a fit tries."""
FLAT_RANGE = 0.1
"""Samples whose segments' ratios span less than this have nothing to fit; their ploidy is 2."""


def integer_copies(mean: np.ndarray, n_bins: np.ndarray, ploidy: float | str) -> np.ndarray:
    """Round segment means to integer copy numbers.

    The mean ratio over all bins stands for the ploidy, the mean number of copies. A fitted ploidy is the one from
    1.5 to 6 at which copies, before rounding, lie closest to integers (Garvin et al. 2015, Nature Methods 12:1058);
    of ploidies that fit about as well, the smallest.

    Args:
        mean: (k,) float, log2 ratio of each segment.
        n_bins: (k,) int, bins of each segment.
        ploidy: mean copies of the sample, or "fit".

    Returns:
        (k,) int64.

    Raises:
        InputError: `ploidy` is neither a positive number nor "fit".
    """
    if ploidy != "fit" and not (isinstance(ploidy, Real) and ploidy is not True and 0 < ploidy < 100):
        raise InputError(f'`ploidy` must be a positive number of copies or "fit", received {ploidy!r}.')
    if not len(mean):
        return np.zeros(0, np.int64)
    ratio = 2.0 ** np.clip(mean.astype(float), -10, 10)
    ratio /= np.average(ratio, weights=n_bins)
    copies = ratio * (_fitted_ploidy(ratio, n_bins) if ploidy == "fit" else float(ploidy))
    return np.rint(copies).astype(np.int64)


def _fitted_ploidy(ratio: np.ndarray, n_bins: np.ndarray) -> float:
    if np.ptp(ratio) < FLAT_RANGE:
        return 2.0
    copies = PLOIDIES[:, None] * ratio[None]
    distance = np.average((copies - np.rint(copies)) ** 2, axis=1, weights=n_bins)
    return float(PLOIDIES[np.flatnonzero(distance <= 1.2 * distance.min() + 1e-4)[0]])
