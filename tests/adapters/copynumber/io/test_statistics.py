"""What the values of a sample look like."""

from __future__ import annotations

import numpy as np
import pytest

from bridgeae_copynumber.io.statistics import Statistics, are_fractions


def test_missing_values_are_left_out() -> None:
    found = Statistics.of(np.array([np.nan, 3.0, 1.0, np.inf, 2.0]))
    assert found[:5] == (1.0, 2.0, 3.0, True, 3)


def test_a_sample_without_values_is_described_too() -> None:
    found = Statistics.of(np.full(3, np.nan))
    assert np.isnan(found.median) and found.number == 0 and not found.whole and not found.steady


@pytest.mark.parametrize(("value", "steady"), [(np.repeat(np.arange(10.0), 5), True), (np.arange(50.0), False)])
def test_segments_are_steady_and_bins_are_not(value: np.ndarray, steady: bool) -> None:
    assert Statistics.of(value).steady is steady


@pytest.mark.parametrize(
    ("known", "are"),
    [
        (np.linspace(0, 1, 30), True),
        (np.linspace(0, 1.1, 30), False),
        (np.linspace(-0.1, 1, 30), False),
        (np.tile([0.0, 0.5, 1.0], 10), False),  # too few different values
        (np.linspace(0, 1, 10), False),  # too few values
    ],
)
def test_fractions_are_many_different_values_between_0_and_1(known: np.ndarray, are: bool) -> None:
    assert are_fractions(known) is are
