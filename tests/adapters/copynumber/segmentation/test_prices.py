from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from adapters.copynumber.samples import FEW
from bridgeae_copynumber.segmentation.prices import (
    FEW_BINS,
    MAX_PRICE,
    MIN_PRICE,
    bins_per_breakpoint,
    breakpoint_prices,
)

SURE, NONE = 6.0, -12.0


def sample(n: int, breakpoints: int) -> np.ndarray:
    """Return log-odds of `n` bins, of which some are sure breakpoints."""
    logit = np.full(n, NONE)
    logit[:breakpoints] = SURE
    return logit


@FEW
@given(st.lists(st.floats(-15, 8), min_size=2, max_size=300))
def test_likelier_breakpoints_never_cost_more(logit: list[float]) -> None:
    ordered = np.sort(logit)
    prices = breakpoint_prices(ordered, np.arange(len(ordered)))
    assert (np.diff(prices) <= 1e-9).all()
    assert prices.min() >= MIN_PRICE


def test_doubt_alone_does_not_veto() -> None:
    logit = sample(FEW_BINS, 100)
    assert breakpoint_prices(logit, np.array([FEW_BINS - 1]))[0] == MAX_PRICE


def test_a_breakpoint_costs_more_where_breakpoints_are_rare() -> None:
    common, rare = (breakpoint_prices(sample(FEW_BINS, k), np.array([0]))[0] for k in (100, 2))
    assert common == MIN_PRICE
    assert rare > 2 * common


def test_the_highest_price_grows_with_the_number_of_bins() -> None:
    few, many = (breakpoint_prices(sample(n, n // 20), np.array([n - 1]))[0] for n in (FEW_BINS, 50 * FEW_BINS))
    assert many > few + 10


def test_sure_breakpoints_are_counted() -> None:
    np.testing.assert_allclose(bins_per_breakpoint(sample(10_000, 49)), 200, rtol=0.05)
    assert bins_per_breakpoint(sample(1, 1)) == 2
