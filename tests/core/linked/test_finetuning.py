from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae import Autoencoder, Domain, LinkedAutoencoder, NetworkLinker
from bridgeae.errors import InputError, NotFittedError
from bridgeae.networks import dense_networks

FEW: dict[str, Any] = {"epochs": 1, "steps": 2}


def weights(side: Autoencoder) -> list[np.ndarray]:
    networks = (side.encoder, side.decoder, side.head_)
    return [w.copy() for network in networks if network is not None for w in network.get_weights()]


def same(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.fixture(scope="module")
def shared(waves: Domain) -> LinkedAutoencoder:
    """A calibrated bridge of networks with batch normalisation, from a source with a classifier."""
    encoder, decoder = dense_networks((24,), (4,), units=(8,))
    made = LinkedAutoencoder(
        Autoencoder(encoder, decoder, classifier="joint"),
        Autoencoder(*dense_networks((24,), (4,), units=(8,))),
        NetworkLinker(),
    )
    quick = {"epochs": 1}
    made.fit(waves, waves, pairing="class", source_options=quick, target_options=quick, linker_options=FEW)
    return made.calibrate(waves, waves)


def over(shared: LinkedAutoencoder, waves: Domain) -> LinkedAutoencoder:
    """Return another calibrated bridge over the same two sides."""
    made = LinkedAutoencoder(shared.source, shared.target, NetworkLinker())
    return made.fit(waves, waves, pairing="class", linker_options=FEW).calibrate(waves, waves)


@pytest.mark.parametrize("decoder", [False, True])
def test_sides_that_other_bridges_share_stay_as_they_are(
    shared: LinkedAutoencoder, waves: Domain, decoder: bool
) -> None:
    source, target, before = weights(shared.source), weights(shared.target), shared.translate(waves)
    made = over(shared, waves)
    made.finetune(waves, waves, decoder=decoder, epochs=1, steps=3, learning_rate=1e-2)
    assert same(source, weights(shared.source)) and same(target, weights(shared.target))
    assert (shared.translate(waves) == before).all()
    assert shared.source.encoder.trainable and shared.target.decoder.trainable  # type: ignore[union-attr]
    assert not same(shared.source.encoder.get_weights(), made.source.encoder.get_weights())  # type: ignore[union-attr]
    assert (made.target is not shared.target) == decoder
    changed = not same(shared.target.decoder.get_weights(), made.target.decoder.get_weights())  # type: ignore[union-attr]
    assert changed == decoder


def test_it_drops_what_no_longer_fits_the_encoder_from_its_own_copy_alone(
    shared: LinkedAutoencoder, waves: Domain
) -> None:
    made = over(shared, waves).finetune(waves, waves, **FEW)
    assert made.source.decoder is None and made.confidence_ is None
    with pytest.raises(NotFittedError, match="`calibrate"):
        made.confidence(waves)
    with pytest.raises(InputError, match="no classifier"):
        made.source.predict(waves.x)
    with pytest.raises(InputError, match="needs a source side with a classifier"):
        made.calibrate(waves, waves)
    assert shared.source.predict(waves.x).shape == (90,) and shared.confidence(waves).shape == (90,)
    assert shared.source.reconstruct(waves.x).shape == (90, 24)


def sequences() -> Autoencoder:
    x, z = layers.Input((None, 1)), layers.Input((None, 4))
    encoder = keras.Model(x, layers.Conv1D(4, 2, strides=2, padding="same")(x))
    return Autoencoder(encoder, keras.Model(z, layers.Conv1DTranspose(1, 2, strides=2, padding="same")(z)))


@pytest.mark.slow
def test_given_pairs_of_sequences_are_linked_and_fine_tuned(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(64, 32, 1)).astype(np.float32)
    run = {"epochs": 3, "learning_rate": 1e-2}
    made = LinkedAutoencoder(sequences(), sequences(), NetworkLinker("convolutional"))
    made.fit(x, 1 - x, pairing="given", source_options=run, target_options=run, linker_options={"epochs": 1})
    before = np.mean((made.translate(x) - (1 - x)) ** 2)
    made.finetune(x, 1 - x, epochs=2, steps=30, learning_rate=5e-3, weight_averaging=0.9)
    assert np.mean((made.translate(x) - (1 - x)) ** 2) < before
    assert len(made.history_["loss"]) == 2
    made.save(tmp_path / "model")
    again, on_keras = (LinkedAutoencoder.load(tmp_path / "model", runtime=runtime) for runtime in (None, "keras"))
    longer = np.zeros((2, 100, 1))
    assert (on_keras.translate(longer) == made.translate(longer)).all()
    np.testing.assert_allclose(again.translate(longer), made.translate(longer), atol=1e-5)
    again.finetune(x, 1 - x, epochs=1, steps=2, decoder=True)  # builds its Keras models
    assert again.translate(longer).shape == (2, 100, 1)


def test_batches_may_be_made_on_the_fly(shared: LinkedAutoencoder, waves: Domain) -> None:
    asked = []

    def batches(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        asked.append(rng.random())
        x = rng.normal(size=(4, 24)).astype(np.float32)
        return x, x

    over(shared, waves).finetune(batches=batches, epochs=1, steps=3)
    assert len(set(asked)) >= 3


def test_a_bridge_is_one_network_that_gives_its_translations(shared: LinkedAutoencoder, waves: Domain) -> None:
    network = shared.network()
    assert np.allclose(network.predict_on_batch(waves.x), shared.translate(waves), atol=1e-5)


def test_a_linker_that_other_bridges_share_stays_as_it_is(shared: LinkedAutoencoder, waves: Domain) -> None:
    made = over(shared, waves)
    other = made.adapted(waves)
    before = other.translate(waves)
    made.finetune(waves, waves, epochs=1, steps=3, learning_rate=1e-2)
    assert made.linker is not other.linker
    assert (other.translate(waves) == before).all()


def test_a_linker_that_is_no_network_is_refused(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain) -> None:
    with pytest.raises(InputError, match="take a NetworkLinker, not a RidgeLinker"):
        bridge.finetune(waves, tiles, pairing="class")
    with pytest.raises(InputError, match="take a NetworkLinker, not a RidgeLinker"):
        bridge.network()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "`batch_size` must be at least 1"),
        ({"epochs": 0}, "`epochs` must be at least 1"),
        ({"steps": 0}, "`steps` must be at least 1"),
        ({"optimizer": "sgdd"}, r"`optimizer` must be one of .* received 'sgdd'"),
        ({"pairing": "givn"}, "no pairing is called 'givn'"),
        ({"target": None}, "needs `source` and `target`, or `batches`"),
    ],
    ids=str,
)
def test_a_mistake_is_refused_and_leaves_the_bridge_as_it_was(
    shared: LinkedAutoencoder, waves: Domain, options: dict[str, Any], message: str
) -> None:
    before, source = shared.translate(waves), shared.source
    with pytest.raises(InputError, match=message):
        shared.finetune(**{"source": waves, "target": waves} | options)
    assert shared.source is source and (shared.translate(waves) == before).all()
    assert shared.confidence_ is not None


def test_fine_tuning_needs_a_fitted_bridge(waves: Domain) -> None:
    with pytest.raises(NotFittedError, match="this LinkedAutoencoder is not fitted"):
        LinkedAutoencoder(linker=NetworkLinker()).finetune(waves, waves)
