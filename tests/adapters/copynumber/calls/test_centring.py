"""The level of the normal state."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.copynumber.samples import FEW, segments
from bridgeae.errors import InputError
from bridgeae_copynumber import Segments
from bridgeae_copynumber.calls import baseline

ERROR = np.full(4, 0.01)


def test_the_mode_is_the_most_common_level_and_the_median_the_middle() -> None:
    found = segments([400, 300, 200, 200], [0.5, 0.1, -0.4, -0.6])
    assert baseline(found, ERROR) == pytest.approx(0.5, abs=0.01)
    assert baseline(found, ERROR, "median") == pytest.approx(0.1)
    assert baseline(found, ERROR, "none") == 0


def test_levels_within_their_error_count_together() -> None:
    found = segments([400, 300, 200, 200], [0.5, 0.01, 0.0, -0.01])
    assert baseline(found, ERROR) == pytest.approx(0.0, abs=0.01)


@FEW
@given(st.floats(-3, 3), st.lists(st.floats(-1, 1), min_size=2, max_size=6))
def test_a_shift_of_all_levels_moves_the_baseline_by_as_much(shift: float, levels: list[float]) -> None:
    n, error = list(range(10, 10 + len(levels))), np.full(len(levels), 0.05)
    for how in ("mode", "median"):
        moved = baseline(segments(n, [v + shift for v in levels]), error, how)
        assert moved == pytest.approx(baseline(segments(n, levels), error, how) + shift, abs=2e-3)


def test_sex_chromosomes_do_not_count_unless_there_is_nothing_else() -> None:
    whole = Segments.concatenate([segments([10], [0.3]), segments([90], [-1], chrom="chrX")])
    assert baseline(whole, ERROR[:2]) == pytest.approx(0.3)
    assert baseline(whole.select(slice(1, 2)), ERROR[:1]) == pytest.approx(-1)


def test_other_ways_are_refused() -> None:
    with pytest.raises(InputError, match="`center` must be one of mode, median, none, received 'mean'"):
        baseline(segments([1], [0]), ERROR[:1], "mean")
