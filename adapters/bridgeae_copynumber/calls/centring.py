"""The level of the normal state: where a sample's log2 ratios should be 0."""

from __future__ import annotations

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.calls.genomes import bare
from bridgeae_copynumber.calls.names import CENTRES
from bridgeae_copynumber.profile import Segments

KERNEL = 0.03
"""Half the width of a level, log2: levels that differ by less are one."""
_NO_AUTOSOMES = frozenset(("X", "Y", "M", "MT", "Z", "W"))


def baseline(segments: Segments, error: np.ndarray, how: str = "mode") -> float:
    """Return the log2 ratio of the normal state of one sample.

    "mode" is the most common level of the autosomes: the peak of the density of segment means, each as wide as its
    error and as heavy as its bins. "median" is their median, weighted by bins. "none" is 0.

    Args:
        segments: of one sample.
        error: (n,) float, standard error of each segment's mean, log2.
        how: one of `CENTRES`.

    Raises:
        InputError: `how` is none of `CENTRES`.
    """
    if how not in CENTRES:
        raise InputError(f"`center` must be one of {', '.join(CENTRES)}, received {how!r}.")
    if how == "none" or not len(segments):
        return 0.0
    use = autosomal(segments.chrom)
    mean, weight, error = segments.mean[use].astype(np.float64), segments.n_bins[use].astype(np.float64), error[use]
    if how == "median":
        return weighted_median(mean, weight)
    width = np.hypot(KERNEL, error)
    kernel = weight / width * np.exp(-(((mean[:, None] - mean) / width) ** 2) / 2)
    peak = mean[kernel.sum(1).argmax()]
    for _ in range(10):  # from the best segment up to the top of its peak
        near = weight / width**2 * np.exp(-(((peak - mean) / width) ** 2) / 2)
        peak = near @ mean / near.sum()
    return float(peak)


def autosomal(chrom: np.ndarray) -> np.ndarray:
    """Return a mask of what lies on autosomes, (n,) bool; all True where nothing does."""
    names = {name: bare(name).upper() not in _NO_AUTOSOMES for name in dict.fromkeys(chrom.tolist())}
    mask = np.array([names[name] for name in chrom.tolist()], bool)
    return mask if mask.any() else np.ones(len(chrom), bool)


def weighted_median(value: np.ndarray, weight: np.ndarray) -> float:
    """Return the value up to which half of the weight lies."""
    order = np.argsort(value, kind="stable")
    below = np.cumsum(weight[order])
    return float(value[order][np.searchsorted(below, below[-1] / 2)])
