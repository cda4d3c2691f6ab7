from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae import Domain, GivenPairing, NetworkLinker, RidgeLinker
from bridgeae.errors import InputError, NotFittedError

FEW = {"epochs": 1, "steps": 2}


def latents(seed: int, n: int = 200, d: int = 5) -> Domain:
    return Domain(np.random.default_rng(seed).normal(2.0, 3.0, size=(n, d)))


def fitted(linker: NetworkLinker, source: Domain, target: Domain, **options: Any) -> NetworkLinker:
    return linker.fit(source, target, GivenPairing().fit(source, target), **options)


def test_a_dense_network_learns_a_map_that_is_not_linear() -> None:
    z = np.random.default_rng(0).normal(size=(1000, 2))
    source, target = Domain(z), Domain(np.abs(z))
    network = fitted(NetworkLinker(), source, target, epochs=4, learning_rate=3e-3)
    ridge = RidgeLinker().fit(source, target, GivenPairing().fit(source, target))
    error = [np.mean((linker.predict(z) - target.x) ** 2) for linker in (network, ridge)]
    assert error[0] < 0.5 * error[1]


def test_a_convolutional_network_takes_sequences_of_any_length() -> None:
    z = np.random.default_rng(0).normal(size=(64, 12, 3))
    linker = fitted(NetworkLinker("convolutional"), Domain(z), Domain(z[..., :2]), **FEW)
    assert linker.predict(np.zeros((2, 50, 3))).shape == (2, 50, 2)


def test_latents_of_any_unit_are_standardised_within_the_network() -> None:
    z = np.random.default_rng(0).normal(size=(200, 3))
    far = fitted(NetworkLinker(), Domain(1e3 * z + 1e4), Domain(10 * z - 500), epochs=2, steps=60)
    assert (far.predict(1e3 * z + 1e4) - (10 * z - 500)).std() < 5


def test_a_sequential_model_may_be_the_network() -> None:
    network = keras.Sequential([keras.Input((5,)), layers.Dense(3)])
    linker = fitted(NetworkLinker(network), latents(0), latents(1, d=3), **FEW)
    again = NetworkLinker.from_state(linker.get_state())
    assert (again.predict(latents(2).x) == linker.predict(latents(2).x)).all()


def test_latents_are_refreshed_every_epoch() -> None:
    side, calls = latents(0, 64, 2), []

    def refresh(rng: np.random.Generator) -> np.ndarray:
        calls.append(rng.random())
        return side.x

    fitted(NetworkLinker(), side, side, epochs=3, steps=1, refresh=refresh)
    assert len(set(calls)) == 3


def test_the_same_seed_gives_the_same_linker() -> None:
    source, target = latents(0), latents(1)
    made = [fitted(NetworkLinker(), source, target, seed=s, **FEW).predict(source.x) for s in (3, 3, 4)]
    assert (made[0] == made[1]).all() and (made[0] != made[2]).any()


def test_use_before_fit_is_refused() -> None:
    with pytest.raises(NotFittedError, match="this NetworkLinker is not fitted"):
        NetworkLinker().predict(np.zeros((1, 5)))
    with pytest.raises(NotFittedError, match="this NetworkLinker is not fitted"):
        NetworkLinker().as_network()


def test_latents_of_another_shape_are_refused() -> None:
    linker = fitted(NetworkLinker(), latents(0), latents(0), **FEW)
    with pytest.raises(InputError, match=r"`z` must have shape \(n, 5\), received \(2, 7\)"):
        linker.predict(np.zeros((2, 7)))


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ([keras.Input((7,)), layers.Dense(3)], r"maps latents of shape \(7,\) to \(3,\), .* \(5,\) and .* \(3,\)"),
        ([keras.Input((5,)), layers.Dense(4)], r"maps latents of shape \(5,\) to \(4,\)"),
        ([layers.Dense(3)], "`network` must be a Keras model with one input and one output of known shapes"),
    ],
)
def test_a_network_for_other_latents_is_refused(network: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        NetworkLinker(keras.Sequential(network)).check(latents(0), latents(1, d=3))


def test_sides_that_are_no_sequences_of_one_length_are_refused_for_convolutions() -> None:
    linker, sequence = NetworkLinker("convolutional"), Domain(np.zeros((9, 6, 2)))
    linker.check(sequence, Domain(np.zeros((9, 6, 3))))
    for other in (latents(0), Domain(np.zeros((9, 5, 2)))):
        with pytest.raises(InputError, match="needs sequence latents"):
            linker.check(sequence, other)


@pytest.mark.parametrize("option", ["epochs", "steps", "batch_size"])
def test_run_lengths_are_checked(option: str) -> None:
    with pytest.raises(InputError, match=f"`{option}` must be at least 1"):
        fitted(NetworkLinker(), latents(0), latents(0), **{option: 0})


def test_an_unknown_network_or_loss_is_refused() -> None:
    with pytest.raises(InputError, match=r"`network` must be .* received 'recurrent'"):
        NetworkLinker("recurrent")
    with pytest.raises(InputError, match=r"`loss` must be .* received 'mze'"):
        NetworkLinker(loss="mze").check(latents(0), latents(0))


def test_a_loss_that_is_a_function_is_missed_once_the_linker_is_loaded() -> None:
    linker = fitted(NetworkLinker(loss=lambda y, p: keras.ops.mean(abs(y - p), -1)), latents(0), latents(1), **FEW)
    again = NetworkLinker.from_state(linker.get_state())
    assert (again.predict(latents(0).x) == linker.predict(latents(0).x)).all()
    with pytest.raises(InputError, match="`loss` of this linker was a function, which is not saved"):
        fitted(again, latents(0), latents(1), **FEW)
    again.loss = "mae"
    fitted(again, latents(0), latents(1), **FEW)
