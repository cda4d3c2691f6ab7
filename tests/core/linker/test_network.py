from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from keras import layers

from bridgeae import ClassPairing, Domain, GivenPairing, NetworkLinker, RidgeLinker
from bridgeae.errors import InputError, NotFittedError
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


def test_dense_network_learns_a_map_that_is_not_linear() -> None:
    z = np.random.default_rng(0).normal(size=(1000, 2))
    source, target = Domain(z), Domain(np.abs(z))
    pairing = GivenPairing().fit(source, target)
    network = NetworkLinker().fit(source, target, pairing, epochs=5, learning_rate=3e-3)
    ridge = RidgeLinker().fit(source, target, pairing)
    error = [np.mean((linker.predict(z) - target.x) ** 2) for linker in (network, ridge)]
    assert error[0] < 0.5 * error[1]


def test_convolutional_network_takes_sequences_of_any_length() -> None:
    z = np.random.default_rng(0).normal(size=(64, 12, 3))
    source, target = Domain(z), Domain(z[..., :2])
    linker = NetworkLinker("convolutional").fit(source, target, GivenPairing().fit(source, target), epochs=1, steps=2)
    assert linker.predict(np.zeros((2, 50, 3))).shape == (2, 50, 2)


@pytest.mark.parametrize("linker", [RidgeLinker(), NetworkLinker()])
def test_refreshed_latents_are_what_is_learned_from(linker: RidgeLinker | NetworkLinker) -> None:
    z = latents(0, 64, 2)
    source, target = Domain(z), Domain(z)
    calls = []

    def refresh(rng: np.random.Generator) -> np.ndarray:
        calls.append(rng.random())
        return z + 100

    linker.fit(source, target, GivenPairing().fit(source, target), epochs=3, refresh=refresh)
    assert len(set(calls)) == 3
    if isinstance(linker, RidgeLinker):
        assert np.allclose(linker.predict(z + 100), z, atol=0.2)


@pytest.mark.parametrize("linker", [RidgeLinker, NetworkLinker])
def test_same_seed_same_linker(linker: type) -> None:
    source, target = Domain(latents(0)), Domain(latents(1))
    pairing = GivenPairing().fit(source, target)
    made = [linker().fit(source, target, pairing, epochs=1, seed=3).predict(source.x) for _ in range(2)]
    assert (made[0] == made[1]).all()


@pytest.mark.parametrize("linker", [RidgeLinker(), NetworkLinker()])
def test_predict_before_fit_is_refused(linker: RidgeLinker | NetworkLinker) -> None:
    with pytest.raises(NotFittedError, match="`fit` must come first"):
        linker.predict(latents(0))


@pytest.mark.parametrize("linker", [RidgeLinker(), NetworkLinker()])
def test_latents_of_another_shape_are_refused(linker: RidgeLinker | NetworkLinker) -> None:
    source = Domain(latents(0))
    linker.fit(source, source, GivenPairing().fit(source, source), epochs=1)
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
def test_a_network_for_other_latents_is_refused(network: list, message: str) -> None:
    source, target = Domain(latents(0)), Domain(latents(1, d=3))
    with pytest.raises(InputError, match=message):
        NetworkLinker(keras.Sequential(network)).fit(source, target, GivenPairing().fit(source, target))


@pytest.mark.parametrize(
    ("linker", "options"),
    [
        (RidgeLinker(), {"epochs": 0}),
        (RidgeLinker(), {"pairs": 0}),
        (NetworkLinker(), {"epochs": 0}),
        (NetworkLinker(), {"steps": 0}),
        (NetworkLinker(), {"batch_size": 0}),
    ],
)
def test_run_lengths_are_checked(linker: RidgeLinker | NetworkLinker, options: dict) -> None:
    side = Domain(latents(0))
    with pytest.raises(InputError, match=f"`{next(iter(options))}` must be at least 1"):
        linker.fit(side, side, GivenPairing().fit(side, side), **options)


def test_bad_options_are_refused() -> None:
    with pytest.raises(InputError, match="`network` must be"):
        NetworkLinker("recurrent")
    with pytest.raises(InputError, match="`alpha` must not be negative"):
        RidgeLinker(alpha=-1)
    source, target = Domain(latents(0)), Domain(np.zeros((200, 4, 2)))
    with pytest.raises(InputError, match="needs sequence latents"):
        NetworkLinker("convolutional").fit(source, target, GivenPairing().fit(source, target))
