from __future__ import annotations

import numpy as np
import pytest

from bridgeae.errors import InputError
from bridgeae_copynumber import Profile, segment
from bridgeae_copynumber.calls import cell_facts


def cell(copies: np.ndarray, name: str = "c", sigma: float = 0.05) -> Profile:
    log2 = np.log2(copies / copies.mean()) + np.random.default_rng(0).normal(0, sigma, len(copies))
    at = np.arange(len(copies)) * 1000
    return Profile(name, np.full(len(copies), "chr1"), at, at + 1000, log2)


WHOLE = np.repeat([2.0, 3.0, 1.0, 2.0], 60)


def test_noise_segments_and_ploidy_are_those_of_the_cell() -> None:
    profile = cell(WHOLE)
    (fact,) = cell_facts(segment(profile, ploidy=2), profile)
    assert fact["sample"] == "c"
    assert fact["noise"] == pytest.approx(0.05, rel=0.2)
    assert (fact["segments"], fact["ploidy"]) == (4.0, 2.0)


def test_levels_on_whole_copies_have_a_better_quality() -> None:
    between = cell(np.repeat([2.0, 2.5, 1.45, 2.05], 60))
    good, poor = (cell_facts(segment(p, ploidy=2), p)[0]["quality"] for p in (cell(WHOLE), between))
    assert 0 <= poor < 0.6 < 0.95 < good <= 1  # type: ignore[operator]


def test_without_copies_there_is_no_ploidy() -> None:
    profile = cell(WHOLE)
    assert set(cell_facts(segment(profile), profile)[0]) == {"sample", "noise", "segments"}


def test_other_profiles_are_refused() -> None:
    with pytest.raises(InputError, match="has 239 bins with a value"):
        cell_facts(segment(cell(WHOLE)), cell(WHOLE[1:]))
