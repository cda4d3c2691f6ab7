"""The bias that the bins of a platform share, as a cohort measured in the same bins shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.profile import Profile, as_profiles

LEAVE_ONE_OUT = "leave-one-out"
MIN_PANEL = 3
"""Fewest samples that are each other's panel, so that its median is robust."""


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
    samples = weighted(samples, cohort)
    return [p.with_values(v) for p, v in zip(samples, values, strict=True)]


def weighted(samples: Sequence[Profile], cohort: Profile | Sequence[Profile] | str | None) -> list[Profile]:
    """Return samples with the weights of the first normal that has some, such as a reference, where they have none."""
    if cohort is None or isinstance(cohort, str) or all(p.weight is not None for p in samples):
        return list(samples)
    weight = _weight(as_profiles(cohort, "cohort"), samples[0])
    return [replace(p, weight=weight) if p.weight is None else p for p in samples]


def corrected_values(samples: Sequence[Profile], cohort: Profile | Sequence[Profile] | str | None) -> list[np.ndarray]:
    """Return the log2 ratios of each sample, (n,) float, NaN where missing, less the median of its panel."""
    if cohort is None:
        return [p.log2 for p in samples]
    if cohort == LEAVE_ONE_OUT:
        if len(samples) < MIN_PANEL:
            raise InputError(
                f"`cohort` must hold at least {MIN_PANEL} samples for a median of the others, received {len(samples)}."
            )
        panel = _centred(samples, samples)
        others = (np.delete(panel, k, axis=0) for k in range(len(panel)))
        return [p.log2 - _median(rest) for p, rest in zip(samples, others, strict=True)]
    if isinstance(cohort, str):
        raise InputError(f'`cohort` must be normal profiles or "{LEAVE_ONE_OUT}", received {cohort!r}.')
    bias = _bias(as_profiles(cohort, "cohort"), samples)
    return [p.log2 - bias for p in samples]


def _bias(normals: Sequence[Profile], samples: Sequence[Profile]) -> np.ndarray | float:
    """Return the median of normal samples at each bin of the samples, (n,) float."""
    if not normals:
        raise InputError("`cohort` must hold at least one sample, received none.")
    return _median(_centred([aligned(normal, samples[0]) for normal in normals], samples)) if samples else 0.0


def _weight(normals: Sequence[Profile], sample: Profile) -> np.ndarray | None:
    """Return the weights of the first normal that has some in the bins of a sample, (n,) float, or None."""
    reference = next((n for n in normals if n.weight is not None), None)
    return None if reference is None else aligned(reference, sample).weight


class Panel:
    """Subtract the median of normal samples from samples that come one by one; each normal has the bins of each.

    Args:
        normals: a panel, or one matched normal.
    """

    def __init__(self, normals: Profile | Sequence[Profile]) -> None:
        self._normals = as_profiles(normals, "cohort")
        self._last: Profile | None = None
        self._bias: np.ndarray | float = 0.0
        self._weight: np.ndarray | None = None

    def corrected(self, profile: Profile) -> np.ndarray:
        """Return the log2 ratios of a sample less the median, (n,) float, NaN where missing."""
        self._align(profile)
        corrected: np.ndarray = profile.log2 - self._bias
        return corrected

    def subtracted(self, profile: Profile) -> Profile:
        """Return a sample less the median."""
        return self.weighted(profile).with_values(self.corrected(profile))

    def weighted(self, profile: Profile) -> Profile:
        """Return a sample with the weights of a reference, if it has none."""
        self._align(profile)
        return profile if profile.weight is not None else replace(profile, weight=self._weight)

    def _align(self, profile: Profile) -> None:
        """Bring median and weights into the bins of a sample, unless those of the last one are the same."""
        if not (self._last and self._last.same_bins(profile)):
            self._bias, self._weight = _bias(self._normals, [profile]), _weight(self._normals, profile)
            self._last = profile


def aligned(normal: Profile, sample: Profile) -> Profile:
    """Return a normal sample, or a reference of CNVkit, in the bins of a sample, where it has all of these.

    Raises:
        InputError: it has not.
    """
    if normal.same_bins(sample):
        return normal
    rows = {place: k for k, place in enumerate(_places(normal))}
    found = np.array([rows.get(place, -1) for place in _places(sample)])
    if (found < 0).any():
        raise InputError(
            f"`cohort` must be measured in the same bins: {normal.sample} lacks {int((found < 0).sum())} of the "
            f"{len(sample)} bins of {sample.sample}. Use samples of one platform, binned in the same way."
        )
    weight = None if normal.weight is None else normal.weight[found]
    return Profile(normal.sample, sample.chrom, sample.start, sample.end, normal.log2[found], normal.notes, weight)


def _places(profile: Profile) -> Iterable[tuple[str, int, int]]:
    return zip(profile.chrom.tolist(), profile.start.tolist(), profile.end.tolist(), strict=True)


def _centred(panel: Sequence[Profile], samples: Sequence[Profile]) -> np.ndarray:
    """Return (profiles of the panel, n) float: their log2 ratios, less each one's own median; checks the bins."""
    first = panel[0]
    other = next((p for p in samples if not first.same_bins(p)), None)
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
