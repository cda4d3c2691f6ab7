"""Purity and ploidy of a bulk tumour from the levels of its segments."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

PURITIES = np.arange(0.1, 1.001, 0.02)
PLOIDIES = np.arange(1.5, 6.001, 0.05)
MAX_COPIES = 12
SPREAD = 0.03
"""Deviation from the levels of whole copies that the standard error does not explain, log2."""
FALL = 0.45
"""Factor on the probability of a number of copies for each copy that it is away from the ploidy."""
SUBCLONAL = 0.05
"""Share of the segments that are subclonal, so at any level."""
_ANY_LEVEL = 0.3  # density of subclonal levels, the same at every ratio
_APART = (0.1, 0.3)
"""Solutions differ by at least this much in purity or in ploidy."""
FLAT = 0.1
"""Twice the smallest standard deviation of ratios that can be fitted."""


class Solution(NamedTuple):
    """A purity and a ploidy that may explain the levels of a sample.

    Args:
        purity: share of tumour cells, in (0, 1].
        ploidy: mean copies of the tumour cells.
        cost: negative log-likelihood a segment, less that of the best solution: 0 for the best.
    """

    purity: float
    ploidy: float
    cost: float


def fit_purity_ploidy(mean: np.ndarray, n_bins: np.ndarray, error: np.ndarray, count: int = 3) -> list[Solution]:
    """Return the likeliest purities and ploidies of a tumour mixed with diploid cells, best first.

    A segment of c copies has the ratio (purity c + 2 (1 - purity)) / (purity ploidy + 2 (1 - purity)) to the mean of
    the genome (Van Loo et al. 2010, PNAS 107:16910). Every pair of a grid is scored by the likelihood of all segments,
    summed over whole copies. Copies near the ploidy are likelier: without that a low purity would win, since its dense
    levels fit anything. The peaks of the grid are the solutions.

    Args:
        mean: (n,) float, log2 ratio of each segment, of autosomes.
        n_bins: (n,) int.
        error: (n,) float, standard error of the mean, log2.
        count: most solutions that are returned.

    Returns:
        Solutions, best first; none where the sample is flat, as a diploid one is at any purity.
    """
    if not len(mean):
        return []
    ratio = relative_ratio(mean, n_bins, np.ones(len(mean), bool))
    if np.average((ratio - 1) ** 2, weights=n_bins) ** 0.5 < FLAT / 2:
        return []
    scale = np.maximum(ratio, 0.05) * np.log(2) * np.hypot(error, SPREAD) + 0.005
    surface = np.array([_likelihoods(purity, ratio, scale) for purity in PURITIES])
    best = surface.max()
    return [
        Solution(round(float(PURITIES[i]), 3), round(float(PLOIDIES[j]), 3), float(best - surface[i, j]) / len(ratio))
        for i, j in _peaks(surface, count)
    ]


def tumour_copies(ratio: np.ndarray, purity: float, ploidy: float, normal: np.ndarray | float = 2.0) -> np.ndarray:
    """Return the whole copies of tumour cells, (n,) int64.

    Args:
        ratio: (n,) float, of each segment to the mean of the autosomes.
        purity, ploidy: of the sample.
        normal: (n,) copies of the normal cells, 1 for X and Y of a male.
    """
    mean_copies = purity * ploidy + 2 * (1 - purity)
    copies = (ratio * mean_copies - (1 - purity) * normal) / purity
    return np.rint(np.maximum(copies, 0)).astype(np.int64)


def mixed_ratio(copies: np.ndarray, purity: float, ploidy: np.ndarray) -> np.ndarray:
    """Return the ratio to the mean of the genome of what has so many copies in the tumour and two in normal cells."""
    return (purity * copies + 2 * (1 - purity)) / (purity * ploidy + 2 * (1 - purity))


def relative_ratio(mean: np.ndarray, n_bins: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return the ratio of each segment to the mean of the reference segments (a mask), (n,) float64."""
    ratio = 2.0 ** np.clip(mean.astype(np.float64), -10, 10)
    return ratio / np.average(ratio[reference], weights=n_bins[reference])


def _likelihoods(purity: float, ratio: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return the log-likelihood of each ploidy at one purity, (ploidies,)."""
    copies = np.arange(MAX_COPIES + 1)
    level = mixed_ratio(copies, purity, PLOIDIES[:, None])
    prior = FALL ** np.abs(copies - PLOIDIES[:, None])
    prior /= prior.sum(1, keepdims=True)
    z = (ratio[None, :, None] - level[:, None, :]) / scale[None, :, None]
    density = (np.exp(-z * z / 2) * prior[:, None, :]).sum(2) / scale
    return np.log((1 - SUBCLONAL) * density + SUBCLONAL * _ANY_LEVEL).sum(1)


def _peaks(surface: np.ndarray, count: int) -> list[tuple[int, int]]:
    """Return the places of the highest peaks of the grid that lie apart, highest first."""
    padded = np.pad(surface, 1, constant_values=-np.inf)
    rows, columns = surface.shape
    around = [padded[a : a + rows, b : b + columns] for a in range(3) for b in range(3)]
    left = np.where(np.all([surface >= other for other in around], axis=0), surface, -np.inf)
    places: list[tuple[int, int]] = []
    while len(places) < count and np.isfinite(left.max()):
        i, j = np.unravel_index(int(left.argmax()), left.shape)
        places.append((int(i), int(j)))
        near = (np.abs(PURITIES - PURITIES[i]) < _APART[0], np.abs(PLOIDIES - PLOIDIES[j]) < _APART[1])
        left[np.ix_(*near)] = -np.inf
    return places
