from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgeae_copynumber.segmentation.dynamic_programming import best_breakpoints
from bridgeae_copynumber.segmentation.min_jump import without_small_jumps
from bridgeae_copynumber.segmentation.placement import place


def brute_force(values, weights, starts, penalties, forced, min_bins):
    """Cost of the best of all subsets of breakpoints."""
    free = np.flatnonzero(~forced)
    needed = np.append(starts[forced], len(values))
    best = np.inf
    for size in range(len(free) + 1):
        for some in combinations(free, size):
            at = np.sort(np.concatenate([starts[forced], starts[list(some)]])) if some else starts[forced]
            best = min(best, cost(values, weights, at, starts, penalties, forced, min_bins, needed))
    return best


def cost(values, weights, at, starts, penalties, forced, min_bins, needed):
    total = penalties[np.isin(starts, at) & ~forced].sum()
    for a, b in zip(at, np.append(at[1:], len(values)), strict=True):
        if b - a < min_bins and not (a in needed and b in needed):
            return np.inf
        mean = np.average(values[a:b], weights=weights[a:b])
        total += (weights[a:b] * (values[a:b] - mean) ** 2).sum()
    return total


@given(seed=st.integers(0, 2**31), n=st.integers(1, 14), chromosomes=st.integers(1, 3), min_bins=st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_it_is_as_cheap_as_trying_everything(seed, n, chromosomes, min_bins):
    rng = np.random.default_rng(seed)
    values, weights = rng.normal(size=n).round(2) * 3, rng.uniform(0.2, 2, n)
    forced = np.zeros(n, bool)
    forced[np.append(0, rng.integers(0, n, chromosomes - 1))] = True
    starts = np.flatnonzero(forced | (rng.random(n) < 0.6))
    forced, penalties = forced[starts], rng.uniform(0, 4, len(starts))
    found = best_breakpoints(values, weights, starts, penalties, forced, min_bins=min_bins)
    needed = np.append(starts[forced], n)
    price = cost(values, weights, found, starts, penalties, forced, min_bins, needed)
    np.testing.assert_allclose(
        price, brute_force(values, weights, starts, penalties, forced, min_bins), rtol=1e-9, atol=1e-9
    )


def test_pruning_over_many_blocks_is_exact():
    rng = np.random.default_rng(0)
    n = 400
    values = rng.normal(size=n) + np.repeat(rng.normal(0, 3, 20), 20)
    starts, forced = np.arange(n), np.arange(n) % 200 == 0
    found = best_breakpoints(values, np.ones(n), starts, np.full(n, 9.0), forced, min_bins=3)
    best = np.full(n + 1, np.inf)
    best[0] = 0
    for j in range(1, n + 1):
        for i in range((j - 1) // 200 * 200, j - 2):
            part = values[i:j]
            extra = 0.0 if j == n or forced[j] else 9.0
            best[j] = min(best[j], best[i] + ((part - part.mean()) ** 2).sum() + extra)
    needed = np.append(starts[forced], n)
    price = cost(values, np.ones(n), found, starts, np.full(n, 9.0), forced, 3, needed)
    np.testing.assert_allclose(price, best[n], rtol=1e-9)


def _first(n, *more):
    return np.isin(np.arange(n), [0, *more])


def test_small_jumps_are_merged_from_the_smallest_on():
    values = np.repeat([0.0, 0.05, 0.5, 0.62], 30)
    starts = np.array([0, 30, 60, 90])
    kept = without_small_jumps(values, starts, _first(120), 0.2)
    assert kept.tolist() == [0, 60]
    assert without_small_jumps(values, starts, _first(120, 30), 0.2).tolist() == [0, 30, 60]


def test_long_segments_may_differ_by_less():
    values = np.repeat([0.0, 0.12], 400)
    assert without_small_jumps(values, np.array([0, 400]), _first(800), 0.2).tolist() == [0, 400]
    assert without_small_jumps(values[380:420], np.array([0, 20]), _first(40), 0.2).tolist() == [0]


def test_a_breakpoint_is_put_where_its_probability_lies_and_not_at_one_likely_bin_beside():
    logit = np.full(60, -9.0)
    logit[[26, 31, 32, 33]] = 0.5, 0.2, 0.2, 0.2  # the mode stands alone, three bins together hold more
    flat = np.zeros(60)
    moved = place(np.array([0, 26]), np.array([True, False]), flat, np.ones(60), logit)
    assert moved.tolist() == [0, 32]


def test_the_data_count_as_well_as_the_network():
    values = np.repeat([0.0, 3.0], 30)
    moved = place(np.array([0, 27]), np.array([True, False]), values, np.ones(60), np.zeros(60))
    assert moved.tolist() == [0, 30]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3))
def test_moved_breakpoints_keep_their_order_and_the_fewest_bins(seed, min_bins):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(min_bins, 14, rng.integers(1, 9))
    starts = np.cumsum(sizes) - sizes
    forced = rng.random(len(starts)) < 0.3
    forced[0] = True
    n = int(sizes.sum())
    moved = place(starts, forced, rng.normal(size=n), rng.uniform(0.2, 2, n), rng.normal(size=n), min_bins=min_bins)
    assert (moved[forced] == starts[forced]).all()
    assert (np.diff(np.append(moved, n)) >= min_bins).all()
    assert (np.abs(moved - starts) <= 8).all()
