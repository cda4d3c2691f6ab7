from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from bridgeae.pairing import neighbours
from bridgeae.pairing.neighbours import nearest


@given(st.integers(1, 30), st.integers(1, 5), st.integers(0, 99), st.sampled_from([0.0, 1e4]))
def test_neighbours_are_those_of_scikit_learn(n: int, count: int, seed: int, offset: float) -> None:
    rng = np.random.default_rng(seed)
    x, known = rng.normal(size=(n, 3)) + offset, rng.normal(size=(n + count, 3)) + offset
    distance, index = NearestNeighbors(n_neighbors=count).fit(known).kneighbors(x)
    found = nearest(x, known, count)
    assert np.array_equal(found[1], index)
    np.testing.assert_allclose(found[0], distance, atol=1e-6)


def test_portions_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).normal(size=(50, 4))
    whole = nearest(x, x, 3)
    monkeypatch.setattr(neighbours, "_VALUES_AT_ONCE", 150)
    assert all(map(np.array_equal, nearest(x, x, 3), whole))
    assert np.array_equal(whole[1][:, 0], np.arange(50)) and not whole[0][:, 0].any()
