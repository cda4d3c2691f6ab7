"""What the bins of a segment say of it beside its level: genes, weight, depth, confidence interval of the mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.profile import Profile, Segments, as_profiles
from bridgeae_copynumber.segmentation.noise import Z95, measure_noise

NO_GENE = frozenset(("", "-", ".", "NA", "Antitarget", "Background", "CGH"))
"""Words in a column of genes that name none: those of CNVkit among them."""


def describe(segments: Segments, profiles: Profile | Sequence[Profile]) -> Segments:
    """Return segments with genes, weight, depth and the 95 % confidence interval of the mean.

    Columns as in CNVkit's ``.cns``: genes once each in the order of the bins, the sum of the weights (bins without any
    weigh 1), the weighted mean of the depth where the profiles have it.

    Args:
        segments: of all profiles.
        profiles: the profiles that were segmented.

    Raises:
        InputError: the segments are not those of the profiles.
    """
    by_name = {p.sample: p for p in as_profiles(profiles)}
    absent = next((name for name in segments.samples if name not in by_name), None)
    if absent is not None:
        raise InputError(f"`profiles` must hold every sample of the segments: {absent} is missing.")
    parts = [_described(part, by_name[name]) for name, part in segments.by_sample()]
    return Segments.concatenate(parts) if parts else segments


def segment_bins(segments: Segments, profile: Profile) -> tuple[np.ndarray, np.ndarray]:
    """Return the bins with a value, (m,) int64, and the place among them at which each segment starts, (k,) int64.

    Raises:
        InputError: `n_bins` do not add up to the bins with a value.
    """
    present = np.flatnonzero(~profile.missing)
    if segments.n_bins.sum() != len(present):
        raise InputError(
            f"`profile` {profile.sample} has {len(present)} bins with a value, its segments {segments.n_bins.sum()}. "
            "Give the profile that was segmented."
        )
    return present, np.cumsum(segments.n_bins) - segments.n_bins


def _described(segments: Segments, profile: Profile) -> Segments:
    present, starts = segment_bins(segments, profile)
    weight = np.ones(len(present)) if profile.weight is None else np.nan_to_num(profile.weight[present], nan=1.0)
    total = np.add.reduceat(weight, starts, dtype=np.float64)
    error = measure_noise(profile.log2[present].astype(np.float64), starts).standard_error(segments.n_bins)
    depth = gene = None
    if profile.depth is not None:
        value = np.nan_to_num(profile.depth[present]) * weight
        depth = np.add.reduceat(value, starts, dtype=np.float64) / np.maximum(total, 1e-9)
    if profile.gene is not None:
        gene = np.array([_joined(names) for names in np.split(profile.gene[present], starts[1:])], np.object_)
    return replace(
        segments,
        gene=gene,
        weight=total,
        depth=depth,
        ci_lo=segments.mean - Z95 * error,
        ci_hi=segments.mean + Z95 * error,
    )


def _joined(names: np.ndarray) -> str:
    """Return the genes of some bins once each, in order, separated by commas, or - where there are none."""
    fields = dict.fromkeys(names.tolist())
    genes = dict.fromkeys(gene for field in fields for gene in field.split(","))
    return ",".join(gene for gene in genes if gene not in NO_GENE) or "-"
