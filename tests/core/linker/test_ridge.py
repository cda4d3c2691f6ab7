from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from bridgeae import ClassPairing, Domain, GivenPairing, RidgeLinker
from bridgeae.errors import BundleError, InputError, NotFittedError
from bridgeae.saving import State
from strategies import seeds


def latents(seed: int, n: int = 200, d: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(2.0, 3.0, size=(n, d)).astype(np.float32)


@given(seeds)
@settings(max_examples=20)
def test_ridge_recovers_an_affine_map(seed: int) -> None:
    z = latents(seed)
    rng = np.random.default_rng(seed)
    want = z @ rng.normal(size=(5, 3)).astype(np.float32) + rng.normal(size=3)
    source, target = Domain(z), Domain(want)
    linker = RidgeLinker(alpha=0.0).fit(source, target, GivenPairing().fit(source, target), pairs=500)
    assert np.allclose(linker.predict(z), want, atol=1e-2)


def test_ridge_with_class_pairs_finds_the_class_means() -> None:
    labels = np.arange(300) % 3
    source = Domain(np.eye(3)[labels] + 0.01 * latents(0, 300, 3), labels=labels)
    target = Domain(10.0 * labels[:, None] + latents(1, 300, 2), labels=labels)
    linker = RidgeLinker(alpha=1e-6).fit(source, target, ClassPairing().fit(source, target))
    made = linker.predict(source.x)
    for c in range(3):
        assert made[labels == c].mean(0) == pytest.approx(target.x[labels == c].mean(0), abs=0.5)


def test_more_regularisation_shrinks_towards_the_mean() -> None:
    z = latents(0)
    source = target = Domain(z)
    pairing = GivenPairing().fit(source, target)
    spread = [RidgeLinker(alpha=a).fit(source, target, pairing).predict(z).std() for a in (0.0, 1.0, 1e6)]
    assert spread[0] > spread[1] > spread[2]


def test_latents_of_any_shape_are_mapped() -> None:
    source, target = Domain(np.ones((9, 2, 3))), Domain(np.ones((9, 4)))
    linker = RidgeLinker().fit(source, target, GivenPairing().fit(source, target), epochs=1, pairs=9)
    assert linker.predict(source.x[:2]).shape == (2, 4)


def test_it_learns_from_refreshed_latents() -> None:
    z = latents(0, 64, 2)
    side = Domain(z)
    linker = RidgeLinker().fit(side, side, GivenPairing().fit(side, side), refresh=lambda rng: z + 100)
    assert np.allclose(linker.predict(z + 100), z, atol=0.2)


def test_the_same_seed_gives_the_same_linker() -> None:
    source, target = Domain(latents(0)), Domain(latents(1))
    pairing = GivenPairing().fit(source, target)
    made = [RidgeLinker().fit(source, target, pairing, pairs=50, seed=s).predict(source.x) for s in (3, 3, 4)]
    assert (made[0] == made[1]).all() and (made[0] != made[2]).any()


def test_predict_before_fit_is_refused() -> None:
    with pytest.raises(NotFittedError, match=r"`fit\(source, target\)` first: this RidgeLinker is not fitted"):
        RidgeLinker().predict(latents(0))


def test_latents_of_another_shape_are_refused() -> None:
    side = Domain(latents(0))
    linker = RidgeLinker().fit(side, side, GivenPairing().fit(side, side), epochs=1)
    with pytest.raises(InputError, match=r"`z` must have shape \(n, 5\), received \(2, 7\)"):
        linker.predict(np.zeros((2, 7)))


@pytest.mark.parametrize("option", ["epochs", "pairs"])
def test_run_lengths_are_checked(option: str) -> None:
    side = Domain(latents(0))
    with pytest.raises(InputError, match=f"`{option}` must be at least 1"):
        RidgeLinker().fit(side, side, GivenPairing().fit(side, side), **{option: 0})


@pytest.mark.parametrize("alpha", [-1.0, float("nan")])
def test_a_negative_weight_is_refused(alpha: float) -> None:
    with pytest.raises(InputError, match="`alpha` must not be negative"):
        RidgeLinker(alpha=alpha)


def test_a_linker_survives_its_state_and_shapes_that_do_not_fit_are_refused() -> None:
    side = Domain(latents(0))
    linker = RidgeLinker(alpha=0.5).fit(side, side, GivenPairing().fit(side, side), epochs=1)
    state = linker.get_state()
    again = RidgeLinker.from_state(state)
    assert again.alpha == 0.5 and (again.predict(side.x) == linker.predict(side.x)).all()
    with pytest.raises(BundleError, match="latents have shapes"):
        RidgeLinker.from_state(State(state.values | {"shapes": [[5], [4]]}, state.networks, state.arrays))
