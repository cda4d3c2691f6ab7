"""Gain, loss and their probabilities."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from adapters.copynumber.samples import FEW
from bridgeae_copynumber.calls import STATES, call_states

finite = st.floats(-6, 4, width=32)


def test_clear_levels_are_called() -> None:
    found = call_states(np.array([0.0, 0.5, -0.7, 2.0, -3.0, 0.01]), np.full(6, 0.02), np.full(6, 100))
    assert found.call.tolist() == ["neutral", "gain", "loss", "amplification", "deep loss", "neutral"]
    assert (found.probability > 0.85).all()


def test_the_same_level_is_less_sure_with_more_noise_and_fewer_bins() -> None:
    def gain(error: float, bins: int) -> float:
        found = call_states(np.array([0.4]), np.array([error]), np.array([bins]))
        return float(found.probability[0] if found.call[0] == "gain" else 1 - found.probability[0])

    assert gain(0.05, 50) > gain(0.15, 50) > gain(0.3, 50)
    assert gain(0.1, 50) > gain(0.1, 2)


def test_what_is_not_expected_is_not_called() -> None:
    found = call_states(np.array([np.nan, 0.8]), np.full(2, 0.05), np.full(2, 30))
    assert found.call.tolist() == ["neutral", "gain"]
    assert np.isnan(found.probability[0])


def test_limits_of_high_calls_are_those_that_are_given() -> None:
    given_limits = call_states(np.array([0.5, -0.5]), np.full(2, 0.02), np.full(2, 90), (0.4, -0.4))
    assert given_limits.call.tolist() == ["amplification", "deep loss"]


@FEW
@given(st.lists(st.tuples(finite, st.floats(1e-3, 2), st.integers(1, 5000)), max_size=8))
def test_probabilities_are_probabilities_and_signs_agree(rows: list[tuple[float, float, int]]) -> None:
    deviation, error, n_bins = np.array(rows, float).reshape(-1, 3).T
    found = call_states(deviation, error, n_bins)
    assert ((found.probability >= 0) & (found.probability <= 1)).all()
    for value, state in zip(deviation, found.call, strict=True):
        assert state in STATES
        assert value >= 0 or state not in ("gain", "amplification")
        assert value <= 0 or state not in ("loss", "deep loss")
