from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgeae import Domain, NearestPairing
from bridgeae.errors import InputError, NotFittedError
from strategies import seeds


def latents(n: int) -> Domain:
    return Domain(np.zeros((n, 3)))


@given(seeds, st.integers(1, 15), st.integers(1, 15), st.integers(1, 3), st.data())
@settings(max_examples=30)
def test_a_partner_is_one_of_the_nearest(seed: int, n: int, m: int, d: int, data: st.DataObject) -> None:
    neighbours = data.draw(st.integers(1, m))
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(n, d)), rng.normal(size=(m, d))
    pairing = NearestPairing(a, b, neighbours=neighbours).fit(latents(n), latents(m))
    i, j = pairing.sample(40, np.random.default_rng(seed))
    again = pairing.sample(40, np.random.default_rng(seed))
    assert (i == again[0]).all() and (j == again[1]).all()
    distance = np.linalg.norm(a[:, None] - b, axis=2)
    assert (distance[i, j] <= np.sort(distance, 1)[i, neighbours - 1] + 1e-9).all()


def test_every_sample_of_the_source_and_every_neighbour_is_drawn() -> None:
    pairing = NearestPairing([1.0, 2.0], [1.1, 1.2, 1.3, 9.0], neighbours=3).fit(latents(2), latents(4))
    i, j = pairing.sample(300, np.random.default_rng(0))
    assert {*zip(i.tolist(), j.tolist(), strict=True)} == {(p, q) for p in range(2) for q in range(3)}


def test_a_pairing_that_was_only_checked_draws_nothing() -> None:
    pairing = NearestPairing([1.0, 2.0], [1.0] * 9)
    pairing.check(latents(2), latents(9))
    with pytest.raises(NotFittedError, match=r"call `fit\(source, target\)` first: this NearestPairing is not fitted"):
        pairing.sample(3, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((3, 2)), np.zeros((4, 1))), "has 2 values a sample and `target_feature` 1"),
        (([1.0], [np.nan] * 6), "`target_feature` must be finite"),
        (([], [1.0]), "`source_feature` must be finite numbers .* received shape"),
        ((np.zeros((2, 2, 2)), [1.0]), r"received shape \(2, 2, 2\)"),
        ((["old", "young"], [1.0]), "`source_feature` must be finite numbers"),
    ],
)
def test_features_that_cannot_be_compared_are_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(InputError, match=message):
        NearestPairing(*arguments)


@pytest.mark.parametrize("neighbours", [0, 2, 1.0, True])
def test_neighbours_are_as_many_as_there_are_targets_at_most(neighbours: object) -> None:
    with pytest.raises(InputError, match="`neighbours` must "):
        NearestPairing([1.0], [1.0], neighbours=neighbours)  # type: ignore[arg-type]


@pytest.mark.parametrize("use", ["check", "fit"])
@pytest.mark.parametrize(("n", "m", "side"), [(9, 5, "source"), (5, 9, "target")])
def test_a_feature_has_one_row_a_sample(use: str, n: int, m: int, side: str) -> None:
    pairing = NearestPairing([1.0] * 5, [1.0] * 5)
    with pytest.raises(InputError, match=f"`{side}_feature` has 5 rows for 9 samples of the {side}"):
        getattr(pairing, use)(latents(n), latents(m))
