"""Correction of read depth for GC content and mappability."""

from __future__ import annotations

import numpy as np

from bridgeae_copynumber.profile import Profile

MAPPABLE = 0.9
"""Mappability from which bins tell of the GC curve."""
MIN_MAPPABLE = 0.5
"""Bins of lower mappability are left out."""
GROUPS, GROUP_BINS = 100, 30
"""Most groups of bins of alike GC content, and fewest bins of one."""
SPAN = 0.3
"""Share of the groups that a local regression takes in."""


def correct_bias(profile: Profile, gc: np.ndarray | None, mappability: np.ndarray | None) -> Profile:
    """Return a profile less the part of its log2 ratios that GC content, then mappability, explains.

    The curve goes through the medians of bins of alike GC content (quantile groups), smoothed by local linear
    regression with tricube weights: the loess of HMMcopy (Lai & Shah) on medians, which copy-number events hardly move.
    The median of the profile stays as it is.

    Args:
        profile: log2 of read counts.
        gc: (n,) float, GC content of each bin, NaN where unknown, or None.
        mappability: (n,) float in [0, 1], or None.
    """
    log2 = profile.log2.astype(np.float64)
    notes = profile.notes
    usable = np.isfinite(log2)
    if mappability is not None:
        low = ~(mappability >= MIN_MAPPABLE) & usable
        log2[low] = np.nan
        usable &= ~low
        notes += (f"{profile.sample}: {int(low.sum())} bins of mappability below {MIN_MAPPABLE} are left out",)
    if gc is not None:
        log2[np.isnan(gc)] = np.nan
        usable &= ~np.isnan(gc)
        sure = usable if mappability is None else usable & (mappability >= MAPPABLE)
        log2 -= _curve(gc, log2, sure if sure.sum() >= GROUP_BINS else usable)
    if mappability is not None:
        log2 -= _curve(mappability, log2, usable)
    if usable.any():
        log2 += np.median(profile.log2[usable]) - np.median(log2[usable])
    return profile.with_values(log2, notes=notes)


def _curve(x: np.ndarray, y: np.ndarray, use: np.ndarray) -> np.ndarray:
    """Return the smooth median of `y` at each `x`, (n,) float64; 0 where too few bins are in use."""
    if use.sum() < GROUP_BINS:
        return np.zeros(len(x))
    order = np.flatnonzero(use)[np.argsort(x[use], kind="stable")]
    groups = np.array_split(order, min(GROUPS, len(order) // GROUP_BINS))
    at = np.array([x[g].mean() for g in groups])
    level = _smooth(at, np.array([np.median(y[g]) for g in groups]))
    return np.interp(np.nan_to_num(x, nan=at[0]), at, level)


def _smooth(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the local linear regression of points with tricube weights, (k,) float64."""
    count = max(int(np.ceil(SPAN * len(x))), 3)
    if len(x) <= 3:
        return y
    out = np.empty(len(x))
    for k, centre in enumerate(x):
        distance = np.abs(x - centre)
        reach = max(np.partition(distance, min(count, len(x) - 1))[min(count, len(x) - 1)], 1e-12)
        weight = np.clip(1 - (distance / reach) ** 3, 0, 1) ** 3
        mean_x, mean_y = weight @ x / weight.sum(), weight @ y / weight.sum()
        spread = weight @ (x - mean_x) ** 2
        slope = weight @ ((x - mean_x) * (y - mean_y)) / spread if spread > 1e-15 else 0.0
        out[k] = mean_y + slope * (centre - mean_x)
    return out
