"""Correction for GC content and mappability."""

from __future__ import annotations

import numpy as np

from adapters.copynumber.samples import profile
from bridgeae_copynumber.segmentation.bias import correct_bias


def biased(n: int = 3000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return GC content, the level and biased log2 ratios: a quarter of the bins is gained."""
    rng = np.random.default_rng(0)
    gc = np.clip(0.42 + 0.06 * np.cumsum(rng.normal(0, 0.1, n)) / 3, 0.3, 0.65)
    level = np.where(np.arange(n) % 400 < 100, 0.58, 0.0)
    return gc, level, level - 40 * (gc - 0.45) ** 2 + rng.normal(0, 0.1, n)


def test_a_curve_of_gc_content_is_taken_out_and_gains_stay() -> None:
    gc, level, log2 = biased()
    found = correct_bias(profile(log2), gc, None).log2
    before, after = (np.std(v - level) for v in (log2, found))
    assert after < 0.13 < before
    assert abs(found[level > 0].mean() - found[level == 0].mean() - 0.58) < 0.08
    np.testing.assert_allclose(np.median(found), np.median(log2), atol=1e-4)


def test_low_mappability_is_left_out_and_the_rest_corrected() -> None:
    rng = np.random.default_rng(1)
    mappability = np.clip(rng.beta(8, 1, 2000), 0.2, 1)
    log2 = np.log2(mappability) + rng.normal(0, 0.05, 2000)
    found = correct_bias(profile(log2), None, mappability)
    assert (found.missing == (mappability < 0.5)).all()
    assert np.nanstd(found.log2) < 0.07
    assert f"{int((mappability < 0.5).sum())} bins of mappability below 0.5 are left out" in found.notes[-1]


def test_bins_without_a_track_value_and_tiny_samples() -> None:
    gc, _, log2 = biased(200)
    gc[:5] = np.nan
    assert correct_bias(profile(log2), gc, None).missing.sum() == 5
    few = correct_bias(profile(log2[:10]), np.linspace(0.3, 0.6, 10), None)
    np.testing.assert_array_equal(few.log2, log2[:10].astype(np.float32))
