from __future__ import annotations

import numpy as np
from hypothesis import given

from bridgeae.linker.latents import Standardiser, flatten
from strategies import seeds


@given(seeds)
def test_standardised_latents_have_mean_0_and_deviation_1_and_come_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    z = rng.normal(rng.uniform(-9, 9, 4), rng.uniform(0.1, 9, 4), (50, 4)).astype(np.float32)
    standardiser = Standardiser.fit(z)
    even = standardiser.apply(z)
    assert even.dtype == np.float32
    room = 4 * np.finfo(np.float32).eps * (1 + np.abs(z).max(0) / z.std(0))  # what rounding leaves
    assert (np.abs(even.mean(0)) < room).all() and np.allclose(even.std(0), 1, atol=1e-5)
    assert np.allclose(standardiser.undo(even), z, atol=1e-4)


def test_a_value_that_never_varies_stays_finite() -> None:
    standardiser = Standardiser.fit(np.full((5, 2), 3.0))
    assert (standardiser.apply(np.full((5, 2), 3.0)) == 0).all()


def test_flat_latents_keep_the_order_of_their_values() -> None:
    z = np.arange(24).reshape(2, 3, 4)
    assert (flatten(z) == [np.arange(12), np.arange(12, 24)]).all()
