"""The bundled pairings pass, and each check names what is broken in just one way."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from bridgeae import (
    ClassPairing,
    Domain,
    GivenPairing,
    NearestPairing,
    OneSidedPairing,
    TransportPairing,
    UnpairedPairing,
)
from bridgeae.errors import InputError
from bridgeae.testing import ContractError, check_pairing, pairing_checks


@pytest.fixture(scope="module")
def source(waves: Domain) -> Domain:
    return waves.select(slice(60))


@pytest.fixture(scope="module")
def tiles(source: Domain, tiles: Domain) -> Domain:
    """Return tiles whose labels are those of the source, row by row, as given pairs need them."""
    return Domain(tiles.x, source.labels)


AGES = np.linspace(0, 1, 60)


@pytest.mark.parametrize(
    "pairing",
    [
        ClassPairing(),
        ClassPairing(missing="drop"),
        GivenPairing(),
        GivenPairing([0, 5, 9], [3, 2, 0], weights=[1, 2, 3]),
        NearestPairing(AGES, AGES[::-1]),
        pytest.param(OneSidedPairing(labelled="source"), marks=pytest.mark.slow),
        TransportPairing(rounds=1),
        UnpairedPairing(clusters=3, starts=1, steps=3),
    ],
    ids=lambda pairing: type(pairing).__name__,
)
def test_the_pairings_keep_their_promises(pairing: Any, source: Domain, tiles: Domain) -> None:
    check_pairing(pairing, source, tiles)


def drawing(change: Any) -> Any:
    class Broken(GivenPairing):
        def sample(self, size: int, rng: np.random.Generator) -> Any:
            return change(*super().sample(size, rng))

    return Broken()


class Unready(GivenPairing):
    """Draws before it is fitted."""

    def sample(self, size: int, rng: np.random.Generator) -> Any:
        return super().sample(size, rng) if hasattr(self, "source_") else (np.zeros(size, int),) * 2


class Silent(GivenPairing):
    def fit(self, source: Domain, target: Domain) -> Any:
        super().fit(source, target)


class Hoarder(GivenPairing):
    drawn: list = []  # noqa: RUF012

    def sample(self, size: int, rng: np.random.Generator) -> Any:
        self.drawn.append(super().sample(size, rng))
        return self.drawn[-1]


class FitsInCheck(GivenPairing):
    def check(self, source: Domain, target: Domain) -> None:
        super().fit(source, target)


class ChecksNothing(GivenPairing):
    def check(self, source: Domain, target: Domain) -> None:
        pass


class RaisesSomethingElse(GivenPairing):
    def check(self, source: Domain, target: Domain) -> None:
        if len(source) != len(target):
            raise KeyError("length")


class DrawsInCheck(GivenPairing):
    def check(self, source: Domain, target: Domain) -> None:
        np.random.random()  # noqa: NPY002


class CountsItsChecks(GivenPairing):
    """Its pairs depend on how often it was checked."""

    checked = 0

    def check(self, source: Domain, target: Domain) -> None:
        super().check(source, target)
        self.checked += 1

    def sample(self, size: int, rng: np.random.Generator) -> Any:
        i, j = super().sample(size, rng)
        return i, np.roll(j, self.checked)


class NeedsSamples(GivenPairing):
    """Takes the shape of samples in `check`, and finds another one in the latents."""

    def check(self, source: Domain, target: Domain) -> None:
        super().check(source, target)
        self.shape = source.sample_shape

    def fit(self, source: Domain, target: Domain) -> Any:
        if source.sample_shape != self.shape:
            raise InputError("these are no samples.")
        return super().fit(source, target)


BROKEN = [
    (Unready(), {"check_fits_nothing", "sample_before_fit_is_refused"}, "errors.NotFittedError, it raised nothing"),
    (Silent(), {"fit_returns_self"}, "`fit` must return self"),
    (FitsInCheck(), {"check_fits_nothing"}, "`sample` after `check` alone must raise"),
    (ChecksNothing(), {"check_refuses_what_fit_refuses"}, "must refuse another number .* raised InputError: `source`"),
    (RaisesSomethingElse(), {"check_refuses_what_fit_refuses"}, "KeyError"),
    (DrawsInCheck(), {"check_leaves_generators_alone", "check_refuses_what_fit_refuses"}, "global generator|refuse"),
    (CountsItsChecks(), {"check_leaves_generators_alone"}, "must not change the pairs that are drawn"),
    (
        drawing(lambda i, j: (i[1:], j[1:])),
        {"sample_returns_indices"},
        r"`i` must be \(1,\) int64, received \(0,\) int64",
    ),
    (
        drawing(lambda i, j: (i, j.astype(np.int32))),
        {"sample_returns_indices"},
        r"`j` must be .* received \(1,\) int32",
    ),
    (drawing(lambda i, j: (i, j + 60)), {"sample_returns_indices"}, r"`j` must lie in 0..59"),
    (
        drawing(lambda i, j: (np.random.default_rng().permutation(i), j)),
        {"sample_depends_on_the_generator_alone", "check_leaves_generators_alone"},
        "must give the same pairs|must not change the pairs",
    ),
    (
        drawing(lambda i, j: (i * 0, j * 0)),
        {"sample_depends_on_the_generator_alone"},
        "another generator state must give other pairs",
    ),
    (
        drawing(lambda i, j: (i, j + 0 * np.random.randint(9))),  # noqa: NPY002
        {"sample_depends_on_the_generator_alone"},
        "`sample` must not touch numpy's global generator",
    ),
    (Hoarder(), {"sample_keeps_nothing"}, "memory grew with the draws"),
]


@pytest.mark.parametrize(("pairing", "names", "message"), BROKEN)
def test_a_pairing_broken_in_one_way_is_found_by_name(
    pairing: Any, names: set, message: str, source: Domain, tiles: Domain, broken: Any
) -> None:
    found = broken(pairing_checks(pairing, source, tiles))
    assert set(found) == names
    assert all(re.search(message, text) for text in found.values())


def test_a_pairing_that_needs_samples_is_found(source: Domain, tiles: Domain, broken: Any) -> None:
    found = broken(pairing_checks(NeedsSamples(), source, tiles))
    assert set(found.values()) >= {"InputError: these are no samples."}
    assert "fit_returns_self" in found


def test_a_pairing_without_check_is_found(source: Domain, tiles: Domain) -> None:
    class Unchecked:
        def fit(self, source: Domain, target: Domain) -> Any:
            return self

        def sample(self, size: int, rng: np.random.Generator) -> Any: ...

    with pytest.raises(ContractError, match="'Unchecked' object has no attribute 'check'"):
        check_pairing(Unchecked(), source, tiles)  # type: ignore[arg-type]


def test_a_pairing_is_left_as_it_was(source: Domain, tiles: Domain) -> None:
    pairing = GivenPairing()
    check_pairing(pairing, source, tiles)
    assert not hasattr(pairing, "source_")
