"""Genes, weights, depth and intervals of segments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from adapters.copynumber.samples import profile, segments, stairs
from bridgeae.errors import InputError
from bridgeae_copynumber import Segments, segment
from bridgeae_copynumber.calls import describe

SIX = profile([0.0, 0.1, np.nan, 0.9, 1.1, 1.0], ["1"] * 6, "S")
TWO = segments([2, 3], [0.05, 1.0])


def test_columns_are_those_of_cnvkit() -> None:
    gene = ["A,B", "Antitarget", "C", "B", "-", "D,B"]
    bins = replace(SIX, weight=[0.5, 0.25, 9, 1, 1, 2], depth=[10, 40, 9, 8, 8, 4], gene=gene)
    found = describe(TWO, bins)
    assert found.gene is not None and found.gene.tolist() == ["A,B", "B,D"]
    np.testing.assert_allclose(found.weight, [0.75, 4])
    np.testing.assert_allclose(found.depth, [20, 6])


def test_bins_without_annotation_weigh_one() -> None:
    found = describe(TWO, SIX)
    assert found.gene is None and found.depth is None
    np.testing.assert_array_equal(found.weight, [2, 3])


def test_intervals_hold_the_true_level_in_nineteen_of_twenty_samples() -> None:
    inside = []
    for seed in range(60):
        bins = profile(stairs(seed, sigma=0.3, sizes=(150, 150), levels=(0, 3)))
        found = describe(Segments.concatenate([segment(bins)]), bins)
        assert found.ci_lo is not None and found.ci_hi is not None and len(found) == 2
        inside += [(a < t < b) for a, b, t in zip(found.ci_lo, found.ci_hi, (0, 3), strict=True)]
    assert 0.89 <= np.mean(inside) <= 0.99


def test_other_profiles_are_refused() -> None:
    with pytest.raises(InputError, match="5 bins with a value, its segments 4"):
        describe(segments([2, 2], [0, 1]), SIX)
    with pytest.raises(InputError, match="T is missing"):
        describe(segments([5], [0], sample="T"), SIX)
    assert len(describe(Segments.concatenate([]), SIX)) == 0
