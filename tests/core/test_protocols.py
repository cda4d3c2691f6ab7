from __future__ import annotations

from typing import Any, Self

import keras
import numpy as np
import pytest

from bridgeae import Autoencoder, Domain, LinkedAutoencoder, Progress
from bridgeae.autoencoder import Latents
from bridgeae.errors import InputError
from bridgeae.protocols import Adapter, Decoder, Encoder, Linker, Pairing, SamplingLinker
from bridgeae.registry import ADAPTERS, LINKERS, PAIRINGS


class SamePlace:
    """A pairing that has what the protocol names and nothing else."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = []

    def check(self, source: Domain, target: Domain) -> None:
        self.calls.append(("check", source.x.shape, target.x.shape))

    def fit(self, source: Domain, target: Domain) -> Self:
        self.calls.append(("fit", source.x.shape, target.x.shape))
        self.size = min(len(source), len(target))
        return self

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        index = rng.integers(0, self.size, size)
        return index, index


class Mean:
    """A linker that has what the protocol names and nothing else: it answers with the mean of its pairs."""

    def __init__(self) -> None:
        self.checked: list[tuple[Domain, Domain]] = []

    def check(self, source: Domain, target: Domain) -> None:
        self.checked.append((source, target))

    def fit(self, source: Domain, target: Domain, pairing: Pairing, *_: Any, **options: Any) -> Self:
        self.sides, self.options = (source, target), options
        self.mean = target.x[pairing.sample(50, np.random.default_rng(options["seed"]))[1]].mean(0)
        return self

    def predict(self, z: np.ndarray) -> np.ndarray:
        return np.repeat(self.mean[None], len(z), 0)

    def get_state(self) -> Any:
        raise NotImplementedError

    @classmethod
    def from_state(cls, state: Any) -> Self:
        raise NotImplementedError


class Drawing(Mean):
    """A linker that also draws."""

    def sample(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self.predict(z) + rng.normal(size=(len(z), 1)).astype(np.float32)

    def agreement(self, z: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        return np.ones(len(z))


def test_a_bridge_needs_no_more_of_a_pairing_and_a_linker_than_the_protocols_name(
    sides: tuple[Autoencoder, Autoencoder], waves: Domain, tiles: Domain
) -> None:
    linker, pairing = Mean(), SamePlace()
    made = LinkedAutoencoder(*sides, linker).fit(waves, tiles, pairing=pairing, seed=7)
    assert made.translate(waves.x[:3]).shape == (3, 6, 6, 1)
    samples, latents = ((90, 24), (60, 6, 6, 1)), ((90, 4), (60, 3))
    assert pairing.calls == [("check", *samples), ("fit", *latents)]
    assert [[side.x.shape for side in sides] for sides in linker.checked] == [list(latents)]
    for outline, real, domain in zip(linker.checked[0], linker.sides, (waves, tiles), strict=True):
        assert not outline.x.any() and (outline.labels == domain.labels).all()
        assert isinstance(real, Latents) and real.head is not None and (real.labels == domain.labels).all()
    assert linker.options["seed"] == 7 and linker.options["refresh"] is None
    assert isinstance(linker.options["progress"], Progress)


def test_refresh_returns_the_latents_of_augmented_samples_in_order(
    sides: tuple[Autoencoder, Autoencoder], waves: Domain, tiles: Domain
) -> None:
    linker = Mean()
    LinkedAutoencoder(*sides, linker).fit(waves, tiles, pairing=SamePlace(), augment=lambda x, rng: -x)
    fresh = linker.options["refresh"](np.random.default_rng(0))
    assert np.allclose(fresh, sides[0].encode(-waves.x), atol=1e-5)


def test_a_linker_that_samples_is_asked_for_draws(
    sides: tuple[Autoencoder, Autoencoder], waves: Domain, tiles: Domain
) -> None:
    made = LinkedAutoencoder(*sides, Drawing()).fit(waves, tiles, pairing=SamePlace())
    drawn = made.translate(waves.x[:3], draws=4)
    assert drawn.shape == (3, 4, 6, 6, 1)
    assert len(np.unique(drawn[:, :, 0, 0, 0])) == 12


def test_a_linker_or_pairing_that_lacks_a_method_is_refused_before_training(waves: Domain, tiles: Domain) -> None:
    with pytest.raises(InputError, match=r"methods of `bridgeae\.protocols\.Linker`: .* lacks check, fit, predict"):
        LinkedAutoencoder(linker=object()).fit(waves, tiles)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"methods of `bridgeae\.protocols\.Pairing`: .* lacks check, fit, sample"):
        LinkedAutoencoder().fit(waves, tiles, pairing=object())  # type: ignore[arg-type]


@pytest.mark.parametrize(("kinds", "protocol"), [(ADAPTERS, Adapter), (LINKERS, Linker), (PAIRINGS, Pairing)])
def test_what_is_installed_has_the_methods_of_its_protocol(kinds: Any, protocol: type) -> None:
    methods = {name for name in vars(protocol) if not name.startswith("_") and callable(getattr(protocol, name))}
    assert set(kinds.methods) <= methods
    for name in kinds.entries():
        assert not [method for method in methods if not callable(getattr(kinds.load(name), method, None))]


def test_only_a_linker_that_draws_is_a_sampling_one() -> None:
    assert isinstance(Drawing(), SamplingLinker) and not isinstance(Mean(), SamplingLinker)
    assert isinstance(LINKERS.create("flow"), SamplingLinker) and not isinstance(
        LINKERS.create("ridge"), SamplingLinker
    )


def test_a_keras_model_is_encoder_and_decoder() -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    assert isinstance(model, Encoder) and isinstance(model, Decoder)
