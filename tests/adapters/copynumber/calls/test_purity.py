"""Purity and ploidy of simulated tumours."""

from __future__ import annotations

import numpy as np
import pytest

from bridgeae_copynumber.calls import fit_purity_ploidy
from bridgeae_copynumber.calls.purity import mixed_ratio, tumour_copies

COPIES = np.array([2, 3, 2, 1, 2, 4, 2, 0, 3, 2, 1, 5])
BINS = np.array([300, 200, 250, 150, 300, 80, 200, 20, 100, 200, 90, 40])


@pytest.mark.parametrize("purity", [0.3, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("copies", [COPIES, np.where(COPIES == 2, 4, COPIES)])
def test_the_truth_is_among_the_solutions(purity: float, copies: np.ndarray) -> None:
    ploidy = float(np.average(copies, weights=BINS))
    mean = np.log2(np.maximum(mixed_ratio(copies, purity, np.array(ploidy)), 0.01))
    mean = mean + np.random.default_rng(0).normal(0, 0.01, len(mean)) + 0.4  # any baseline
    found = fit_purity_ploidy(mean, BINS, np.full(len(mean), 0.01))
    assert any(abs(s.purity - purity) <= 0.05 and abs(s.ploidy - ploidy) <= 0.2 for s in found)
    assert found[0].cost == 0 and sorted(s.cost for s in found) == [s.cost for s in found]
    assert 1 <= len(found) <= 3


def test_copies_come_back_given_the_truth() -> None:
    ploidy = float(np.average(COPIES, weights=BINS))
    ratio = mixed_ratio(COPIES, 0.6, np.array(ploidy))
    np.testing.assert_array_equal(tumour_copies(ratio, 0.6, ploidy), COPIES)


def test_a_flat_sample_has_no_solution() -> None:
    assert fit_purity_ploidy(np.array([0.0, 0.01, -0.01]), np.array([90, 90, 90]), np.full(3, 0.02)) == []
    assert fit_purity_ploidy(np.zeros(0), np.zeros(0, int), np.zeros(0)) == []
