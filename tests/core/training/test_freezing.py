from __future__ import annotations

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from bridgeae.training import all_layers, trainable_restored


def nested() -> keras.Model:
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(3), layers.BatchNormalization()], name="inner")
    x = keras.Input((3,))
    return keras.Model(x, layers.Dense(2)(inner(x)), name="outer")


def test_all_layers_are_those_of_models_within_too_parents_first() -> None:
    names = [layer.name.rstrip("_0123456789") for layer in all_layers(nested())]
    assert names == ["outer", "input_layer", "inner", "dense", "batch_normalization", "dense"]


@given(st.lists(st.booleans(), min_size=6, max_size=6), st.booleans())
@settings(max_examples=20)
def test_every_layer_is_as_trainable_after_the_block_as_before(flags: list[bool], within: bool) -> None:
    network = nested()
    for layer, flag in zip(all_layers(network), flags, strict=True):
        layer.trainable = flag
    before = [layer.trainable for layer in all_layers(network)]
    with trainable_restored(network):
        for layer in all_layers(network):
            layer.trainable = within
        assert bool(network.trainable_weights) == within
    assert [layer.trainable for layer in all_layers(network)] == before


def freeze_and_fail(network: keras.Model) -> None:
    with trainable_restored(network):
        network.trainable = False
        raise KeyboardInterrupt


def test_trainable_comes_back_where_the_block_fails() -> None:
    network = nested()
    with pytest.raises(KeyboardInterrupt):
        freeze_and_fail(network)
    assert network.trainable and len(network.trainable_weights) == 6
