from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae import ClassPairing, Domain
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


@pytest.mark.parametrize("use", ["check", "fit"])
def test_a_class_on_one_side_only_is_refused_by_name(use: str) -> None:
    with pytest.raises(InputError, match=r"\[3\] only in `source` and \[4, 5\] only in `target`"):
        getattr(ClassPairing(), use)(domain([1, 2, 3]), domain([1, 2, 4, 5]))


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
@pytest.mark.parametrize("use", ["check", "fit"])
def test_sides_that_cannot_be_paired_are_refused(
    use: str, source: list | None, target: list | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        getattr(ClassPairing(), use)(domain(source), domain(target))


def test_missing_takes_two_values() -> None:
    with pytest.raises(InputError, match='`missing` must be one of "error", "drop", received'):
        ClassPairing(missing="ignore")


def test_a_pairing_that_was_only_checked_draws_nothing() -> None:
    pairing = ClassPairing()
    pairing.check(domain([1, 2]), domain([2, 1]))
    with pytest.raises(NotFittedError, match=r"call `fit\(source, target\)` first: this ClassPairing is not fitted"):
        pairing.sample(1, np.random.default_rng(0))
