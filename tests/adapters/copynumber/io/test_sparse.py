from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csc_array, csr_array

from bridgeae_copynumber.io.sparse import compress_rows, dense_rows


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 99))
def test_sparse_matrices_read_as_scipy_reads_them(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(height, width)) * (rng.random((height, width)) < 0.4)
    by_row, by_column = csr_array(x), csc_array(x)
    assert np.array_equal(dense_rows(by_row.data, by_row.indices, by_row.indptr, width), x)
    parts = compress_rows(by_column.data, by_column.indices, by_column.indptr, x.shape)
    assert np.array_equal(dense_rows(*parts, width), x)


def test_values_of_one_place_add_up() -> None:
    assert dense_rows(np.array([1.0, 2.0]), np.array([1, 1]), np.array([0, 2]), 3).tolist() == [[0, 3, 0]]


@pytest.mark.parametrize(
    ("columns", "start", "said"),
    [
        ([0, 3], [0, 1, 2], "index outside 0 to 2"),
        ([0, -1], [0, 1, 2], "index outside"),
        ([0, 1], [0, 2, 1], "differ in length"),
        ([0, 1], [0, 1, 3], "differ in length"),
        ([0, 1], [1, 1, 2], "differ in length"),
        ([0], [0, 1, 2], "differ in length"),
    ],
)
def test_parts_that_do_not_fit_are_refused(columns: list[int], start: list[int], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        dense_rows(np.ones(2), np.array(columns), np.array(start), 3)
    with pytest.raises(ValueError, match=said):
        compress_rows(np.ones(2), np.array(columns), np.array(start), (3, 2))
