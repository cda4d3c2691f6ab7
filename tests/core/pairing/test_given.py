from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae import Domain, GivenPairing
from bridgeae.errors import InputError, NotFittedError
from strategies import seeds


def side(n: int = 3) -> Domain:
    return Domain(np.zeros((n, 1)))


pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), min_size=1, max_size=9)


@given(pairs, st.integers(1, 60), seeds)
def test_pairs_are_drawn_as_given_and_the_same_for_a_seed(given: list[tuple[int, int]], size: int, seed: int) -> None:
    a, b = np.array(given).T
    pairing = GivenPairing(a, b).fit(side(5), side(7))
    drawn = [pairing.sample(size, np.random.default_rng(seed)) for _ in range(2)]
    assert np.array_equal(*drawn)
    i, j = drawn[0]
    assert i.shape == j.shape == (size,)
    assert set(zip(i.tolist(), j.tolist(), strict=True)) <= set(given)


@given(pairs, seeds)
def test_every_pair_is_drawn(given: list[tuple[int, int]], seed: int) -> None:
    i, j = GivenPairing(*zip(*given, strict=True)).fit(side(5), side(7)).sample(400, np.random.default_rng(seed))
    assert set(zip(i.tolist(), j.tolist(), strict=True)) == set(given)


def test_without_indices_samples_are_paired_by_position() -> None:
    i, j = GivenPairing().fit(side(), side()).sample(60, np.random.default_rng(0))
    assert (i == j).all() and set(i) == {0, 1, 2}


def test_samples_of_equal_name_are_paired_in_any_order_and_number() -> None:
    a, b = Domain(np.zeros((4, 2)), names=["w", "x", "y", "z"]), Domain(np.zeros((3, 2)), names=["z", "new", "x"])
    assert [index.tolist() for index in GivenPairing().pairs(a, b)] == [[1, 3], [2, 0]]
    assert [index.tolist() for index in GivenPairing([0], [1]).pairs(a, b)] == [[0], [1]]
    same = a.select([3, 1, 0, 2])
    assert [index.tolist() for index in GivenPairing().pairs(a, same)] == [[0, 1, 2, 3], [2, 1, 3, 0]]


def test_a_shared_name_that_stands_twice_is_refused() -> None:
    a, b = Domain(np.zeros((3, 2)), names=["y", "x", "z"]), Domain(np.zeros((3, 2)), names=["x", "x", "p"])
    for pair in ((a, b), (b, a)):
        with pytest.raises(InputError, match="has 2 samples of the name 'x', and pairs are found by name"):
            GivenPairing().check(*pair)
    GivenPairing().check(b, b)  # the same names in the same order


@pytest.mark.parametrize("names", [None, ["p", "p", "q"], ["p", "q", "r"]])
def test_names_that_do_not_tell_leave_pairs_by_position(names: list[str] | None) -> None:
    a, b = Domain(np.zeros((3, 2)), names=["y", "x", "z"]), Domain(np.zeros((3, 2)), names=names)
    assert [index.tolist() for index in GivenPairing().pairs(a, b)] == [[0, 1, 2], [0, 1, 2]]


def test_weights_say_how_often_a_pair_is_drawn() -> None:
    pairing = GivenPairing([0, 1, 2], [2, 1, 0], weights=[1, 0, 3]).fit(side(), side())
    i, j = pairing.sample(8000, np.random.default_rng(0))
    assert (i == 1).sum() == 0 and (i + j == 2).all()
    assert (i == 2).mean() == pytest.approx(0.75, abs=0.02)


def test_a_pairing_that_was_only_checked_draws_nothing() -> None:
    pairing = GivenPairing()
    pairing.check(side(), side())
    with pytest.raises(NotFittedError, match=r"call `fit\(source, target\)` first: this GivenPairing is not fitted"):
        pairing.sample(1, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source_index": [0, 9], "target_index": [0, 1]}, r"`source_index` must lie in 0..2, received 0..9"),
        ({"source_index": [0, 1], "target_index": [0, -1]}, r"`target_index` must lie in 0..2, received -1..0"),
        ({"source_index": [0, 1], "target_index": [0]}, "must be equally long, received 2 and 1"),
        ({"source_index": [0.5], "target_index": [0]}, "`source_index` must be a non-empty list of whole numbers"),
        ({"source_index": [], "target_index": []}, "`source_index` must be a non-empty list"),
        ({"weights": [1.0, -1.0, 2.0]}, "`weights` must be 3 finite non-negative"),
        ({"weights": [1.0, np.nan, 2.0]}, "`weights` must be 3 finite non-negative"),
        ({"weights": [0, 0, 0]}, "with a positive sum"),
        ({"weights": [1.0]}, "`weights` must be 3 finite"),
    ],
)
@pytest.mark.parametrize("use", ["check", "fit"])
def test_bad_pairs_are_refused(use: str, arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        getattr(GivenPairing(**arguments), use)(side(), side())


def test_indices_are_given_for_both_sides_or_none() -> None:
    with pytest.raises(InputError, match="must be given together"):
        GivenPairing([0])


@pytest.mark.parametrize("use", ["check", "fit"])
def test_pairs_by_position_need_equal_sizes(use: str) -> None:
    with pytest.raises(InputError, match="`source` has 3 samples and `target` 4: pairs by position"):
        getattr(GivenPairing(), use)(side(3), side(4))
