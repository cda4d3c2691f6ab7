from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from adapters.copynumber.samples import FEW, SEEDS
from bridgeae.errors import InputError
from bridgeae_copynumber.training import simulate_clones


@given(seed=SEEDS)
@FEW
def test_states_and_levels_are_the_truth_of_the_bins(seed: int) -> None:
    cells = simulate_clones(np.random.default_rng(seed), 4, lengths=[60, 50], depth=1e6, dispersion=0.0, wave=0.0)
    assert cells.log2.shape == cells.level.shape == cells.state.shape == (4, 110)
    assert cells.state.min() >= 0
    assert cells.state.max() <= 8
    alive = cells.state > 0
    np.testing.assert_allclose((cells.log2 - cells.level)[alive], 0, atol=0.1)
    assert not cells.breakpoints[:, [0, 60]].any()


def test_cells_of_a_clone_share_all_but_private_breakpoints() -> None:
    cells = simulate_clones(np.random.default_rng(0), 30, clones=3, private=0.0)
    for k in np.unique(cells.clone):
        assert (cells.state[cells.clone == k] == cells.state[cells.clone == k][0]).all()
    assert len({row.tobytes() for row in cells.state}) == len(np.unique(cells.clone))


def test_private_breakpoints_are_those_of_one_cell() -> None:
    cells = simulate_clones(np.random.default_rng(1), 20, clones=1, private=4.0)
    assert cells.private.any()
    for cell, at in np.argwhere(cells.private):
        others = np.delete(cells.breakpoints, cell, axis=0)[:, max(at - 2, 0) : at + 3]
        assert not others.any()


def test_seeds_give_the_same_cells_again() -> None:
    one, same = (simulate_clones(np.random.default_rng(2), 3, lengths=[50]) for _ in range(2))
    np.testing.assert_array_equal(one.log2, same.log2)


@pytest.mark.parametrize("wrong", [{"cells": 0}, {"clones": 0}, {"depth": 0.0}])
def test_numbers_that_are_not_positive_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="must be positive"):
        simulate_clones(np.random.default_rng(0), **{"cells": 3, **wrong})  # type: ignore[arg-type]
