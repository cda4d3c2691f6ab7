from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridgeae_copynumber.plotting.order import order_by_similarity


@given(st.integers(1, 30), st.integers(0, 99))
def test_every_row_appears_once(n: int, seed: int) -> None:
    rows = np.random.default_rng(seed).integers(0, 3, (n, 4)).astype(float)  # many rows are equally far apart
    assert sorted(order_by_similarity(rows)) == list(range(n))


@given(st.integers(1, 5), st.integers(1, 8), st.integers(0, 99))
def test_rows_of_a_kind_are_neighbours(kinds: int, each: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kind = rng.permutation(np.repeat(np.arange(kinds), each))
    rows = 100.0 * np.eye(kinds, 6)[kind] + rng.normal(size=(len(kind), 6))
    ordered = kind[order_by_similarity(rows)]
    assert (ordered[1:] != ordered[:-1]).sum() == kinds - 1


@given(st.integers(3, 20), st.integers(0, 99))
def test_rows_along_a_line_are_in_its_order(n: int, seed: int) -> None:
    place = np.random.default_rng(seed).permutation(n)
    order = place[order_by_similarity(2.0 ** place[:, None])]
    assert order.tolist() in (list(range(n)), list(range(n))[::-1])
