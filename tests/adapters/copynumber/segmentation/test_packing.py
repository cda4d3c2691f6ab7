from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.copynumber.samples import FEW, SEEDS, stairs
from bridgeae_copynumber.segmentation import GAP, noise_sigma, pack


@given(seed=SEEDS, sigma=st.floats(0.01, 2))
@FEW
def test_noise_is_measured_through_steps(seed: int, sigma: float) -> None:
    values = stairs(seed, sigma=sigma, levels=(0, 5, -5))
    assert noise_sigma(values, np.array([320])) == pytest.approx(sigma, rel=0.3)


def test_chromosomes_lie_in_one_row_with_masked_gaps() -> None:
    values = stairs()
    packed = pack(values, np.array([120, 200]), length=400, min_jump=0.2)
    assert packed.x.shape == (400, 3)
    present = packed.x[:, 2] == 1
    assert np.flatnonzero(present).tolist() == [*range(120), *range(120 + GAP, 320 + GAP)]
    assert not packed.x[~present].any()
    np.testing.assert_allclose(packed.signal * packed.sigma + packed.centre, values, atol=1e-5)
    assert len(np.unique(packed.x[present, 1])) == 1


@pytest.mark.parametrize("n", [1, 2])
def test_spikes_are_cut_and_the_input_is_left_alone(n: int) -> None:
    values = stairs(levels=(0, 0, 0))
    values[50 : 50 + n] = 40
    before = values.copy()
    packed = pack(values, np.array([320]))
    assert packed.signal[50 : 50 + n].max() < 16 < 40 / packed.sigma
    np.testing.assert_array_equal(values, before)
