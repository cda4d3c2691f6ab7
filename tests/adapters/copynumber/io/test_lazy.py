from __future__ import annotations

import numpy as np
import pytest

from bridgeae_copynumber.io.lazy import Made, rows


def test_rows_are_read_in_portions_and_only_the_last_one_is_kept() -> None:
    matrix, asked = np.arange(20).reshape(10, 2), []
    lazy = rows(10, lambda a, b: (asked.append((a, b)), matrix[a:b])[1], portion=4)
    np.testing.assert_array_equal(list(lazy), matrix)
    assert asked == [(0, 4), (4, 8), (8, 10)]
    np.testing.assert_array_equal(lazy[-1], matrix[9])
    np.testing.assert_array_equal(lazy[1:3], matrix[1:3])
    assert asked[3:] == [(0, 4)]


def test_made_arrays_are_a_sequence() -> None:
    made = Made(3, np.full(1, 0).__add__)
    assert len(made) == 3 and [int(a[0]) for a in made] == [0, 1, 2]
    with pytest.raises(IndexError):
        made[3]
