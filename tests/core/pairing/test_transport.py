from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgeae import Domain, TransportPairing
from bridgeae.errors import InputError, NotFittedError
from strategies import labelled_pairs, seeds


def scattered(sides: tuple[Domain, Domain], seed: int) -> tuple[Domain, Domain]:
    """The same labels with latents at random."""
    rng = np.random.default_rng(seed)
    source, target = (Domain(rng.normal(size=side.x.shape), side.labels) for side in sides)
    return source, target


@given(labelled_pairs(), seeds, st.integers(1, 60))
@settings(max_examples=30)
def test_pairs_share_their_class_and_are_balanced(sides: tuple[Domain, Domain], seed: int, size: int) -> None:
    source, target = scattered(sides, seed)
    pairing = TransportPairing().fit(source, target)
    i, j = pairing.sample(size, np.random.default_rng(seed))
    again = pairing.sample(size, np.random.default_rng(seed))
    assert (source.labels[i] == target.labels[j]).all() and (source.labels[i] != -1).all()
    assert (i == again[0]).all() and (j == again[1]).all()
    counts = np.bincount(np.searchsorted(source.classes, source.labels[i]), minlength=len(source.classes))
    assert counts.max() - counts.min() <= 1


@given(seeds, st.integers(5, 30))
@settings(max_examples=10)
def test_a_turned_and_scaled_copy_of_a_class_is_paired_sample_by_sample(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    z = rng.exponential(size=(n, 3)) * [1, 5, 25]
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    source, target = Domain(z, np.zeros(n, int)), Domain(0.1 * z @ turn, np.zeros(n, int))
    i, j = TransportPairing(rounds=1).fit(source, target).sample(50, rng)
    assert (i == j).all()


def test_what_varies_within_a_class_carries_over_and_nobody_is_left_out() -> None:
    rng = np.random.default_rng(0)
    size = rng.exponential(size=200)
    source = Domain(np.stack([size, 0.1 * rng.normal(size=200)], 1), np.zeros(200, int))
    other = rng.exponential(size=150)
    target = Domain(np.stack([0.1 * rng.normal(size=150), other, 0 * other], 1), np.zeros(150, int))
    i, j = TransportPairing().fit(source, target).sample(2000, rng)
    assert np.corrcoef(size[i], other[j])[0, 1] > 0.85
    assert len(np.unique(j)) > 140


def test_large_classes_are_assigned_a_part_at_a_time() -> None:
    side = Domain(np.random.default_rng(0).normal(size=(100, 2)), np.zeros(100, int))
    i, _ = TransportPairing(size=10, rounds=3).fit(side, side).sample(1000, np.random.default_rng(0))
    assert 10 <= len(np.unique(i)) <= 30


def test_the_latents_decide_and_not_the_samples_that_were_checked() -> None:
    """`check` sees samples, `fit` sees latents of another shape."""
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 10)
    pairing = TransportPairing(rounds=1)
    pairing.check(Domain(rng.normal(size=(20, 50)), labels), Domain(rng.normal(size=(20, 4, 4)), labels))
    with pytest.raises(NotFittedError, match=r"call `fit\(source, target\)` first: this TransportPairing"):
        pairing.sample(3, rng)
    z = rng.exponential(size=(20, 2)) * [1, 9]
    i, j = pairing.fit(Domain(z, labels), Domain(-3 * z, labels)).sample(40, rng)
    assert (i == j).all()


def test_classes_without_any_spread_are_paired_too() -> None:
    side = Domain(np.zeros((4, 3)), [0, 0, 0, 1])
    i, j = TransportPairing().fit(side, side).sample(40, np.random.default_rng(0))
    assert (side.labels[i] == side.labels[j]).all()


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (None, [0, 1], "`source` has no labels"),
        ([0, 1], [-1, -1], "`target` has no labels"),
        ([0, 1], [0, 2], r"classes \[1\] only in `source` and \[2\] only in `target`"),
    ],
)
@pytest.mark.parametrize("use", ["check", "fit"])
def test_sides_that_cannot_be_paired_are_refused(use: str, source: list | None, target: list, message: str) -> None:
    with pytest.raises(InputError, match=message):
        getattr(TransportPairing(), use)(Domain(np.zeros((2, 2)), source), Domain(np.zeros((2, 3)), target))


@pytest.mark.parametrize("name", ["size", "rounds"])
def test_numbers_are_checked(name: str) -> None:
    with pytest.raises(InputError, match=f"`{name}` must be at least 1 and a whole number, received 0"):
        TransportPairing(**{name: 0})
