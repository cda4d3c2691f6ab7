from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae.autoencoder.adaptation import recalibrated
from bridgeae.errors import InputError
from bridgeae.saving import OnnxNetwork, State, read_bundle, trainable, write_bundle

X = np.random.default_rng(0).normal(3.0, 2.0, size=(40, 8, 8, 2)).astype(np.float32)


def loaded(model: keras.Model, folder: Path) -> OnnxNetwork:
    write_bundle(folder, State(networks={"n": model}))
    network: OnnxNetwork = read_bundle(folder).networks["n"]
    return network


@pytest.fixture
def model() -> keras.Model:
    body = (layers.Conv2D(3, 3), layers.BatchNormalization(), layers.ReLU(), layers.Conv2D(4, 3, strides=2))
    head = (layers.BatchNormalization(scale=False), layers.Flatten(), layers.Dense(5), layers.BatchNormalization())
    inner = keras.Sequential([layers.Input((8, 8, 2)), *body])
    return keras.Sequential([layers.Input((8, 8, 2)), inner, *head])


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_statistics_move_as_in_keras(model: keras.Model, share: float, tmp_path: Path) -> None:
    network = loaded(model, tmp_path / "m")
    before = network(X)
    on_keras, made = recalibrated(model, X, None, share), recalibrated(network, X, None, share)
    assert isinstance(made, OnnxNetwork)
    np.testing.assert_allclose(made(X), np.asarray(on_keras(X)), atol=2e-5)
    np.testing.assert_allclose(trainable(made)(X), made(X), atol=2e-5)  # the weights for training move too
    assert np.array_equal(network(X), before) and (share == 0) == np.allclose(made(X), before, atol=1e-6)


def test_a_network_without_batch_normalisation_cannot_adapt(tmp_path: Path) -> None:
    network = loaded(keras.Sequential([layers.Input((8, 8, 2)), layers.Flatten(), layers.Dense(2)]), tmp_path / "m")
    with pytest.raises(InputError, match="it has no batch normalisation"):
        recalibrated(network, X, None, 0.5)
