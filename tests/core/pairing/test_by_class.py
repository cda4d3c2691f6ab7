from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae import ClassPairing, Domain, GivenPairing
from bridgeae.errors import InputError, NotFittedError
from strategies import labelled_pairs, seeds


def domain(labels: list[int] | list[str] | None, n: int = 3) -> Domain:
    return Domain(np.zeros((len(labels) if labels is not None else n, 1)), labels=labels)


@given(labelled_pairs(), st.integers(1, 200), seeds)
def test_pairs_share_class_and_are_labelled(sides: tuple[Domain, Domain], size: int, seed: int) -> None:
    source, target = sides
    i, j = ClassPairing().fit(source, target).sample(size, np.random.default_rng(seed))
    assert i.shape == j.shape == (size,)
    assert (source.labels[i] == target.labels[j]).all()
    assert (source.labels[i] != -1).all()


@given(labelled_pairs(), st.integers(1, 200), seeds)
def test_every_leading_part_is_balanced_to_within_one(sides: tuple[Domain, Domain], size: int, seed: int) -> None:
    source, target = sides
    i, _ = ClassPairing().fit(source, target).sample(size, np.random.default_rng(seed))
    for end in {1, size // 2, size} - {0}:
        counts = [(source.labels[i[:end]] == c).sum() for c in source.classes]
        assert max(counts) - min(counts) <= 1


@given(labelled_pairs(), st.integers(1, 50), seeds)
def test_same_seed_same_pairs(sides: tuple[Domain, Domain], size: int, seed: int) -> None:
    pairing = ClassPairing().fit(*sides)
    first, second = (pairing.sample(size, np.random.default_rng(seed)) for _ in range(2))
    assert (first[0] == second[0]).all() and (first[1] == second[1]).all()


@given(labelled_pairs(), seeds)
def test_every_sample_of_a_class_is_drawn(sides: tuple[Domain, Domain], seed: int) -> None:
    source, target = sides
    i, j = ClassPairing().fit(source, target).sample(6 * 9 * 40, np.random.default_rng(seed))
    assert set(i) == set(np.flatnonzero(source.labelled))
    assert set(j) == set(np.flatnonzero(target.labelled))


def test_drawing_allocates_only_what_it_returns() -> None:
    sides = Domain(np.zeros((1000, 1)), labels=np.arange(1000) % 6), Domain(np.zeros((9, 1)), labels=np.arange(9) % 6)
    pairing, rng = ClassPairing().fit(*sides), np.random.default_rng(0)
    pairing.sample(1000, rng)
    tracemalloc.start()
    for _ in range(50):
        pairing.sample(1000, rng)
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 100_000  # 50 draws would be 800 kB if they were kept


def test_a_class_on_one_side_only_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"\[3\] only in `source` and \[4, 5\] only in `target`"):
        ClassPairing().fit(domain([1, 2, 3]), domain([1, 2, 4, 5]))


def test_a_class_on_one_side_only_is_dropped_on_request() -> None:
    i, j = ClassPairing(missing="drop").fit(domain([1, 2, 3]), domain([4, 2])).sample(5, np.random.default_rng(0))
    assert set(i) == {1} and set(j) == {1}


def test_string_labels_pair() -> None:
    i, j = ClassPairing().fit(domain(["b", "a"]), domain(["a", "b"])).sample(4, np.random.default_rng(0))
    assert (i != j).all()


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (None, [1, 2], "`source` has no labels"),
        ([1, 2], [-1, -1], "`target` has no labels"),
        ([1, 2], [3, 4], "no class is on both sides"),
        ([1, 2], ["a", "b"], "labels must be of one kind"),
    ],
)
def test_sides_that_cannot_be_paired_are_refused(source: list | None, target: list | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        ClassPairing().fit(domain(source), domain(target))


def test_missing_takes_two_values() -> None:
    with pytest.raises(InputError, match="`missing` must be"):
        ClassPairing(missing="ignore")


@pytest.mark.parametrize("pairing", [ClassPairing(), GivenPairing()])
def test_sample_before_fit_is_refused(pairing: ClassPairing | GivenPairing) -> None:
    with pytest.raises(NotFittedError, match="must come before `sample`"):
        pairing.sample(1, np.random.default_rng(0))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), min_size=1, max_size=9), st.integers(1, 60), seeds)
def test_given_pairs_are_drawn_as_given(pairs: list[tuple[int, int]], size: int, seed: int) -> None:
    a, b = np.array(pairs).T
    pairing = GivenPairing(a, b).fit(domain(None, 5), domain(None, 7))
    i, j = pairing.sample(size, np.random.default_rng(seed))
    assert set(zip(i.tolist(), j.tolist(), strict=True)) <= set(pairs)


def test_weights_say_how_often_a_pair_is_drawn() -> None:
    pairing = GivenPairing([0, 1, 2], [0, 1, 2], weights=[1, 0, 3]).fit(domain(None), domain(None))
    i, _ = pairing.sample(8000, np.random.default_rng(0))
    assert (i == 1).sum() == 0
    assert abs((i == 2).mean() - 0.75) < 0.02


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source_index": [0]}, "must be given together"),
        ({"source_index": [0, 9], "target_index": [0, 1]}, r"`source_index` must lie in 0..2, received 0..9"),
        ({"source_index": [0, 1], "target_index": [0]}, "must be equally long"),
        ({"source_index": [0.5], "target_index": [0]}, "whole numbers"),
        ({"weights": [1.0, -1.0, 2.0]}, "`weights` must be 3 finite non-negative"),
    ],
)
def test_bad_given_pairs_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        GivenPairing(**arguments).fit(domain(None), domain(None))


def test_pairs_by_position_need_equal_sizes() -> None:
    with pytest.raises(InputError, match="`source` has 3 samples and `target` 4"):
        GivenPairing().fit(domain(None, 3), domain(None, 4))
