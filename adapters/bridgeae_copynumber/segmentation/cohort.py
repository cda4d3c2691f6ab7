"""The bias that the bins of a platform share, as a cohort measured in the same bins shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.profile import Profile, as_profiles

LEAVE_ONE_OUT = "leave-one-out"
MIN_PANEL = 3
"""Fewest samples of a panel, so that its median is robust."""


def subtract_cohort(
    profiles: Profile | Sequence[Profile], cohort: Profile | Sequence[Profile] | str | None
) -> list[Profile]:
    """Return profiles less the median of a cohort at each bin; `segment` does so itself when it gets the cohort.

    Args:
        profiles: one sample or several.
        cohort: as in `segment`.

    Raises:
        InputError: too few samples, or other bins.
    """
    samples = as_profiles(profiles)
    values = corrected_values(samples, cohort)
    return [replace(p, log2=v) for p, v in zip(samples, values, strict=True)]


def corrected_values(samples: Sequence[Profile], cohort: Profile | Sequence[Profile] | str | None) -> list[np.ndarray]:
    """Return the log2 ratios of each sample, (n,) float, NaN where missing, less the median of its panel."""
    if cohort is None:
        return [p.log2 for p in samples]
    if cohort == LEAVE_ONE_OUT:
        panel = _centred(samples, samples)
        others = (np.delete(panel, k, axis=0) for k in range(len(panel)))
        return [p.log2 - _median(rest) for p, rest in zip(samples, others, strict=True)]
    if isinstance(cohort, str):
        raise InputError(f'`cohort` must be normal profiles or "{LEAVE_ONE_OUT}", received {cohort!r}.')
    bias = _median(_centred(as_profiles(cohort, "cohort"), samples))
    return [p.log2 - bias for p in samples]


def _centred(panel: Sequence[Profile], samples: Sequence[Profile]) -> np.ndarray:
    """Return (profiles of the panel, n) float: their log2 ratios, less each one's own median; checks the bins."""
    if len(panel) < MIN_PANEL:
        raise InputError(f"`cohort` must hold at least {MIN_PANEL} samples for a median, received {len(panel)}.")
    first = panel[0]
    other = next((p for p in [*samples, *panel] if not first.same_bins(p)), None)
    if other is not None:
        raise InputError(
            f"`cohort` must be measured in the same bins: {other.sample} has {len(other)} bins that differ from the "
            f"{len(first)} of {first.sample}. Use samples of one platform, binned in the same way."
        )
    return np.array([p.log2 - np.nanmedian(p.log2) if (~p.missing).any() else p.log2 for p in panel])


def _median(panel: np.ndarray) -> np.ndarray:
    """Return the median over samples at each bin, (n,) float; 0 where all are missing, so that the bin stays as is."""
    known = np.isfinite(panel)
    filled = np.sort(np.where(known, panel, np.inf), axis=0)
    count = known.sum(0)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, len(panel) - 1)
    middle = [np.take_along_axis(filled, k[None], axis=0)[0] for k in (low, high)]
    return np.where(count > 0, (middle[0] + middle[1]) / 2, 0.0)
