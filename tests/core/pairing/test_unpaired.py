from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgeae import Domain, UnpairedPairing
from bridgeae.errors import InputError, NotFittedError
from bridgeae.pairing import AlignmentWarning
from strategies import seeds

pytestmark = pytest.mark.filterwarnings("ignore::bridgeae.pairing.AlignmentWarning")


def clouds(seed: int = 0, n: int = 300) -> tuple[Domain, Domain]:
    """Five clusters of unlike distances, and the same turned into more dimensions and scaled."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 5
    centres = np.array([[0, 0, 0], [8, 0, 0], [0, 5, 0], [3, 12, 0], [0, 2, 17]])
    turn = np.linalg.qr(rng.normal(size=(6, 6)))[0][:3]
    a, b = (centres[labels] + rng.normal(size=(n, 3)) for _ in range(2))
    return Domain(a, labels), Domain(3 * b @ turn, labels)


def hidden(sides: tuple[Domain, Domain]) -> tuple[Domain, Domain]:
    return Domain(sides[0].x), Domain(sides[1].x)


def test_clouds_of_one_shape_find_each_other_without_labels() -> None:
    source, target = clouds()
    pairing = UnpairedPairing(clusters=5, starts=4, axes=4).fit(*hidden((source, target)))
    i, j = pairing.sample(1000, np.random.default_rng(1))
    assert (source.labels[i] == target.labels[j]).mean() > 0.95


def test_labels_are_never_read() -> None:
    sides = clouds(n=60)
    wrong = Domain(sides[0].x, np.zeros(60, int)), Domain(sides[1].x, np.arange(60))
    drawn = [
        UnpairedPairing(clusters=3, starts=1, steps=3).fit(*some).sample(50, np.random.default_rng(0))
        for some in (sides, wrong, hidden(sides))
    ]
    assert np.array_equal(drawn[0], drawn[1]) and np.array_equal(drawn[0], drawn[2])


def test_the_residual_tells_clouds_of_one_shape_from_others() -> None:
    source, target = hidden(clouds(n=150))
    other = Domain(np.random.default_rng(0).exponential(size=(150, 6)))
    alike, unlike = (
        UnpairedPairing(clusters=5, starts=2, steps=6).fit(source, side).residual_ for side in (target, other)
    )
    assert alike < 0.8 * unlike


@given(seeds, st.integers(6, 12), st.integers(6, 12))
@settings(max_examples=3, deadline=None)
def test_pairs_are_of_samples_there_are_and_the_same_for_a_seed(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    sides = Domain(rng.normal(size=(n, 2))), Domain(rng.normal(size=(m, 3)))
    drawn = [
        UnpairedPairing(clusters=2, starts=1, steps=2, seed=seed % 99).fit(*sides).sample(20, np.random.default_rng(0))
        for _ in range(2)
    ]
    assert np.array_equal(*drawn)
    (i, j), _ = drawn
    assert i.shape == j.shape == (20,)
    assert set(i) <= set(range(n)) and set(j) <= set(range(m))


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_latents_without_any_spread_are_paired_too() -> None:
    sides = Domain(np.zeros((6, 2))), Domain(np.ones((8, 3)))
    i, j = UnpairedPairing(clusters=2, starts=2, steps=2).fit(*sides).sample(20, np.random.default_rng(0))
    assert set(i) <= set(range(6)) and set(j) <= set(range(8))


def test_a_pairing_that_was_only_checked_draws_nothing() -> None:
    pairing = UnpairedPairing(clusters=2)
    pairing.check(*clouds(n=10))
    with pytest.raises(NotFittedError, match=r"call `fit\(source, target\)` first: this UnpairedPairing"):
        pairing.sample(3, np.random.default_rng(0))


@pytest.mark.parametrize("name", ["clusters", "starts", "steps", "axes"])
def test_numbers_are_checked(name: str) -> None:
    with pytest.raises(InputError, match=f"`{name}` must be at least 1"):
        UnpairedPairing(**{name: 0})
    with pytest.raises(InputError, match="`clusters` must be at least 2, received 1"):
        UnpairedPairing(clusters=1)


@pytest.mark.parametrize("use", ["check", "fit"])
@pytest.mark.parametrize(("n", "m", "side"), [(19, 20, "source"), (20, 19, "target")])
def test_a_cluster_needs_two_samples(use: str, n: int, m: int, side: str) -> None:
    with pytest.raises(InputError, match=f"`{side}` has 19 samples, 10 clusters need twice as many"):
        getattr(UnpairedPairing(), use)(Domain(np.zeros((n, 2))), Domain(np.zeros((m, 2))))


def test_clouds_without_a_shape_in_common_are_called_a_guess() -> None:
    rng = np.random.default_rng(0)
    sides = Domain(rng.normal(size=(90, 4))), Domain(rng.normal(size=(90, 3)))
    pairing = UnpairedPairing(clusters=4, starts=1, steps=5)
    with pytest.warns(AlignmentWarning, match="these pairs are a guess. Give a few known pairs, or labels"):
        pairing.fit(*sides)
    assert not pairing.certain_


def test_clusters_of_unlike_size_are_matched_for_certain() -> None:
    rng, labels = np.random.default_rng(0), np.repeat([0, 1, 2], [120, 60, 20])
    centres = np.array([[9, 0, 0], [0, 9, 0], [0, 0, 9]])
    source, target = (centres[labels] + rng.normal(size=(200, 3)) for _ in range(2))
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    pairing = UnpairedPairing(clusters=3, starts=3, steps=6).fit(Domain(source), Domain(target @ turn))
    assert pairing.certain_ and pairing.agreement_ > 0.8
    i, j = pairing.sample(1000, np.random.default_rng(0))
    assert (labels[i] == labels[j]).mean() > 0.95
    assert pairing.plan_.sum() == pytest.approx(1, abs=1e-2)
