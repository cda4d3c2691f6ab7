"""The names of layers in a file depend on the network alone."""

from __future__ import annotations

import json

import keras
from keras import layers

from bridgeae.saving.names import renumbered


def network() -> keras.Model:
    x = layers.Input((8, 8, 1))
    h = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(2, 3)(x)))
    h = layers.Add()([layers.Conv2D(2, 1)(h), h])
    inner = keras.Sequential([layers.Input((72,)), layers.Dense(3), layers.Dense(4, name="mine")])
    return keras.Model(x, [inner(layers.Flatten()(h)), h], name="encoder")


def written(made: keras.Model) -> tuple[str, list[str]]:
    architecture, paths = renumbered(json.loads(made.to_json()), [w.path for w in made.weights])
    return json.dumps(architecture), paths


def test_the_same_network_made_twice_has_the_same_names() -> None:
    first, again = network(), network()
    assert first.to_json() != again.to_json()
    assert written(first) == written(again)


def test_what_is_renumbered_builds_the_same_network_and_chosen_names_stay() -> None:
    network()
    text, paths = written(network())
    built = keras.models.model_from_json(text)
    assert ["/".join(w.path.split("/")[-2:]) for w in built.weights] == paths
    assert {"encoder", "mine"} <= {layer["name"] for layer in _layers(json.loads(text))}
    assert written(built) == (text, paths)
    assert '"conv2d"' in text and '"conv2d_1"' in text and "conv2d_2" not in text


def _layers(node: object) -> list[dict[str, str]]:
    if isinstance(node, list):
        return [found for part in node for found in _layers(part)]
    if not isinstance(node, dict):
        return []
    own = [node["config"]] if isinstance(node.get("config"), dict) and "name" in node["config"] else []
    return own + [found for part in node.values() for found in _layers(part)]
