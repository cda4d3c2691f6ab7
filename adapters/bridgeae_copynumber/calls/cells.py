"""Facts of each cell: its noise, its segments and, where it has whole copies, its ploidy and how well they fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridgeae_copynumber.calls.description import segment_bins
from bridgeae_copynumber.profile import Profile, Segments, as_profiles

Fact = dict[str, str | float]


def cell_facts(segments: Segments, profiles: Profile | Sequence[Profile]) -> list[Fact]:
    """Return facts of each cell that has segments.

    Returns:
        A dictionary a cell: "sample"; "noise", the robust standard deviation of its bins around their segments, log2;
        "segments", how many; with whole copies also "ploidy", their mean over the bins, and "quality", from 0 for
        levels that lie anywhere between whole copies to 1 for levels that lie on them.

    Raises:
        InputError: the segments are not those of the profiles.
    """
    by_name = dict(segments.by_sample())
    return [_fact(by_name[p.sample], p) for p in as_profiles(profiles) if p.sample in by_name]


def _fact(segments: Segments, profile: Profile) -> Fact:
    present, _ = segment_bins(segments, profile)
    residual = profile.log2[present] - np.repeat(segments.mean, segments.n_bins)
    noise = 1.4826 * float(np.median(np.abs(residual)))
    fact: Fact = {"sample": profile.sample, "noise": noise, "segments": float(len(segments))}
    if segments.copy_number is not None:
        fact["ploidy"] = float(np.average(segments.copy_number, weights=segments.n_bins))
        fact["quality"] = _quality(segments.mean, segments.copy_number, segments.n_bins)
    return fact


def _quality(mean: np.ndarray, copies: np.ndarray, n_bins: np.ndarray) -> float:
    """Return 1 - 12 times the mean squared distance to whole copies, at least 0: distances at random have 1/12."""
    ratio = 2.0 ** np.clip(mean.astype(np.float64), -10, 10)
    unit = (n_bins * ratio) @ copies / max((n_bins * ratio) @ ratio, 1e-12)
    distance = np.average((unit * ratio - copies) ** 2, weights=n_bins)
    return max(0.0, 1 - 12 * float(distance))
