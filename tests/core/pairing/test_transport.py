from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae import Domain, GivenPairing, NearestPairing, RidgeLinker, TransportPairing, UnpairedPairing
from bridgeae.errors import InputError, NotFittedError
from strategies import labelled_pairs, seeds


def clouds(seed: int = 0, n: int = 300) -> tuple[Domain, Domain]:
    """Five clusters of unlike distances, and the same turned into more dimensions and shuffled by class."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 5
    centres = np.array([[0, 0, 0], [8, 0, 0], [0, 5, 0], [3, 12, 0], [0, 2, 17]])
    turn = np.linalg.qr(rng.normal(size=(6, 6)))[0][:3]
    a, b = (centres[labels] + rng.normal(size=(n, 3)) for _ in range(2))
    return Domain(a, labels), Domain(3 * b @ turn, labels)


@given(labelled_pairs(), seeds, st.integers(1, 60))
def test_transport_pairs_share_their_class_and_are_balanced(sides, seed, size) -> None:
    source, target = sides
    pairing = TransportPairing().fit(source, target)
    i, j = pairing.sample(size, np.random.default_rng(seed))
    again = pairing.sample(size, np.random.default_rng(seed))
    assert (source.labels[i] == target.labels[j]).all() and (source.labels[i] != -1).all()
    assert (i == again[0]).all() and (j == again[1]).all()
    counts = np.bincount(np.searchsorted(source.classes, source.labels[i]), minlength=len(source.classes))
    assert counts.max() - counts.min() <= 1


def test_transport_carries_over_what_varies_within_a_class() -> None:
    rng = np.random.default_rng(0)
    size = rng.exponential(size=200)
    source = Domain(np.stack([size, 0.1 * rng.normal(size=200)], 1), np.zeros(200, int))
    other = rng.exponential(size=150)
    target = Domain(np.stack([0.1 * rng.normal(size=150), other, 0 * other], 1), np.zeros(150, int))
    i, j = TransportPairing().fit(source, target).sample(2000, rng)
    assert np.corrcoef(size[i], other[j])[0, 1] > 0.85
    assert len(np.unique(j)) > 140  # nobody is left out


def test_a_fit_on_samples_costs_nothing_until_a_draw() -> None:
    huge = Domain(np.zeros((4, 3000)), [0, 0, 1, 1])
    assert TransportPairing().fit(huge, huge)._pairs is None


def test_neighbours_are_near_in_the_shared_feature() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.uniform(size=(50, 2)), rng.uniform(size=(400, 2))
    i, j = NearestPairing(a, b, neighbours=3).fit(Domain(a), Domain(b)).sample(500, rng)
    assert np.abs(a[i] - b[j]).max() < 0.25
    assert len(np.unique(i)) == 50


def test_unpaired_clouds_of_one_shape_find_each_other_without_labels() -> None:
    source, target = clouds()
    hidden = [Domain(side.x) for side in (source, target)]
    pairing = UnpairedPairing(clusters=5).fit(*hidden)
    i, j = pairing.sample(1000, np.random.default_rng(1))
    assert (source.labels[i] == target.labels[j]).mean() > 0.95
    linker = RidgeLinker().fit(*hidden, pairing)
    truth = RidgeLinker().fit(source, target, GivenPairing().fit(source, target))
    assert np.abs(linker.predict(source.x) - truth.predict(source.x)).mean() < 0.2 * target.x.std()


def test_a_few_unpaired_samples_are_enough() -> None:
    source, target = clouds(n=6)
    i, j = UnpairedPairing(clusters=2).fit(source, target).sample(20, np.random.default_rng(0))
    assert i.max() < 6 and j.max() < 6


@pytest.mark.parametrize("pairing", [TransportPairing(), UnpairedPairing(), NearestPairing([1.0, 2.0], [1.0] * 9)])
def test_draws_before_fit_are_refused(pairing) -> None:
    with pytest.raises(NotFittedError, match="must come before `sample`"):
        pairing.sample(3, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TransportPairing(size=0), "`size` and `rounds` must be positive"),
        (lambda: NearestPairing(np.zeros((3, 2)), np.zeros((4, 1))), "has 2 values a sample and `target_feature` 1"),
        (lambda: NearestPairing([1.0], [np.nan] * 6), "`target_feature` must be finite"),
        (lambda: NearestPairing([1.0], [1.0], neighbours=2), r"`neighbours` must lie in 1\.\.1"),
        (lambda: UnpairedPairing(clusters=1), "`clusters` must be at least 2"),
        (lambda: UnpairedPairing().fit(*[Domain(np.zeros((9, 2)))] * 2), "10 clusters need twice as many"),
        (lambda: TransportPairing().fit(*[Domain(np.zeros((9, 2)))] * 2), "`source` has no labels"),
        (
            lambda: NearestPairing([1.0] * 5, [1.0] * 5).fit(*[Domain(np.zeros((9, 2)))] * 2),
            "`source_feature` has 5 rows for 9 samples",
        ),
    ],
)
def test_what_cannot_be_matched_is_refused(make, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()
