from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.copynumber.samples import SEEDS
from bridgeae_copynumber.segmentation.placement import REACH, place


def test_a_breakpoint_is_placed_where_most_probability_lies_not_at_one_likely_bin() -> None:
    logit = np.full(60, -9.0)
    logit[[26, 31, 32, 33]] = 0.5, 0.2, 0.2, 0.2  # the mode stands alone, three bins together hold more
    flat = np.zeros(60)
    moved = place(np.array([0, 26]), np.array([True, False]), flat, np.ones(60), logit)
    assert moved.tolist() == [0, 32]


def test_the_data_count_as_well_as_the_network() -> None:
    values = np.repeat([0.0, 3.0], 30)
    moved = place(np.array([0, 27]), np.array([True, False]), values, np.ones(60), np.zeros(60))
    assert moved.tolist() == [0, 30]


@settings(max_examples=60)
@given(SEEDS, st.integers(1, 3))
def test_moved_breakpoints_keep_their_order_and_the_smallest_number_of_bins(seed: int, min_bins: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(min_bins, 14, rng.integers(1, 9))
    starts = np.cumsum(sizes) - sizes
    forced = rng.random(len(starts)) < 0.3
    forced[0] = True
    n = int(sizes.sum())
    moved = place(starts, forced, rng.normal(size=n), rng.uniform(0.2, 2, n), rng.normal(size=n), min_bins=min_bins)
    assert (moved[forced] == starts[forced]).all()
    assert (np.diff(np.append(moved, n)) >= min_bins).all()
    assert (np.abs(moved - starts) <= REACH).all()
