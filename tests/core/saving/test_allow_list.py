from __future__ import annotations

import re
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae.errors import BundleError
from bridgeae.registry import registry
from bridgeae.saving import STOCK_ACTIVATIONS, STOCK_LAYERS, State, check_architecture, read_bundle, write_bundle
from stock_layers import model_of

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "saving.md"


@pytest.mark.parametrize("name", STOCK_LAYERS)
def test_a_stock_layer_survives(name: str, tmp_path: Path) -> None:
    model = model_of(name)
    write_bundle(tmp_path / "m", State(networks={"n": model}))
    loaded = read_bundle(tmp_path / "m", runtime="keras").networks["n"]
    x = [np.random.default_rng(1).random((3, *i.shape[1:])).astype(np.float32) for i in model.inputs]
    assert np.array_equal(loaded(x), model(x))


def test_stock_activations_survive(tmp_path: Path) -> None:
    x = h = layers.Input((3,))
    for name in STOCK_ACTIVATIONS:
        h = layers.Dense(3, activation=name)(h)
    model = keras.Model(x, h)
    write_bundle(tmp_path / "m", State(networks={"n": model}))
    ones = np.ones((1, 3), np.float32)
    assert np.array_equal(read_bundle(tmp_path / "m", runtime="keras").networks["n"](ones), model(ones))


def test_the_guide_lists_what_is_allowed() -> None:
    table = GUIDE.read_text(encoding="utf-8").partition("| kind | allowed |")[2].partition("\n\n")[0]
    *layer_rows, activations = (row.split("|")[2] for row in table.splitlines()[2:])
    assert sorted(re.findall(r"\w+", " ".join(layer_rows))) == sorted(STOCK_LAYERS)
    assert re.findall(r"\w+", activations) == list(STOCK_ACTIVATIONS)


@keras.saving.register_keras_serializable(package="theirs")
class Theirs(layers.Layer):
    """A layer that an installed adapter registers."""

    def call(self, x: Any) -> Any:
        return x + 1


class Unregistered(layers.Layer):
    """A layer that nobody registered."""

    def call(self, x: Any) -> Any:
        return x + 1


class Stubborn(layers.Layer):
    """A layer that Keras cannot write down."""

    def __init__(self, change: Any) -> None:
        super().__init__()
        self.change = change

    def call(self, x: Any) -> Any:
        return self.change(x)


def through(layer: layers.Layer) -> keras.Model:
    x = layers.Input((6, 2))
    return keras.Model(x, layer(x))


def install_this_module(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("theirs", f"{__name__}:Adapter", "bridgeae.adapters")
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry] if group == entry.group else [])


def test_a_layer_that_an_installed_adapter_registered_survives(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install_this_module(monkeypatch)
    write_bundle(tmp_path / "m", State(networks={"n": through(Theirs())}))
    loaded = read_bundle(tmp_path / "m", runtime="keras").networks["n"]
    assert np.array_equal(loaded(np.zeros((1, 6, 2))), np.ones((1, 6, 2)))
    monkeypatch.undo()
    with pytest.raises(BundleError, match="Theirs, which is neither a stock layer"):
        read_bundle(tmp_path / "m")


def plus_one(x: Any) -> Any:
    return x + 1


REFUSED = {
    "nobody's layer": (lambda: Unregistered(), "Unregistered, which is neither a stock layer .* nor registered by"),
    "a layer of no plugin": (lambda: Theirs(), "Theirs, which is neither"),
    "a Keras layer that is not on the list": (lambda: layers.Discretization([0.5]), "Discretization, which is neither"),
    "a recurrent activation of the user": (
        lambda: layers.LSTM(2, recurrent_activation="sparse_plus"),
        "activation 'sparse_plus' is not",
    ),
    "a function of the user": (lambda: layers.Lambda(plus_one), "Lambda, which is neither"),
    "an activation of the user": (lambda: layers.Dense(2, activation=plus_one), "builtins.function, which is neither"),
    "another activation": (lambda: layers.Dense(2, activation="sparse_plus"), "activation 'sparse_plus' is not"),
    "what Keras cannot write": (lambda: Stubborn(plus_one), r"network 'n' cannot be saved: .* needs a `get_config`"),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_could_not_be_loaded_is_refused_before_anything_is_written(make, message: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=message):
        write_bundle(tmp_path / "m", State(networks={"n": through(make())}))
    assert list(tmp_path.iterdir()) == []


def test_being_installed_is_not_enough_without_being_registered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install_this_module(monkeypatch)
    with pytest.raises(BundleError, match="Unregistered, which is neither"):
        write_bundle(tmp_path / "m", State(networks={"n": through(Unregistered())}))


LAMBDA = {
    "module": "keras.layers",
    "class_name": "Lambda",
    "config": {"function": {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}},
    "registered_name": None,
}
MALICIOUS: dict[str, dict[str, Any]] = {
    "Lambda layer": LAMBDA,
    "another module's class": {"module": "os", "class_name": "system", "config": {}, "registered_name": "system"},
    "stock name from another module": {"module": "evil", "class_name": "Dense", "config": {}},
    "stock name from a module that looks alike": {"module": "keras_evil.layers", "class_name": "Dense", "config": {}},
    "function by name": {"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "f"},
    "TorchModuleWrapper": {"module": "keras.layers", "class_name": "TorchModuleWrapper", "config": {}},
    "TFSMLayer": {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "/tmp/evil"}},
    "vocabulary file": {
        "module": "keras.layers",
        "class_name": "StringLookup",
        "config": {"vocabulary": "/etc/passwd"},
    },
    "masquerade": {"module": "keras.layers", "class_name": "Dense", "registered_name": "Custom>Evil", "config": {}},
}


@pytest.mark.parametrize("node", MALICIOUS.values(), ids=MALICIOUS.keys())
def test_a_class_that_is_not_allowed_is_refused(node: dict) -> None:
    with pytest.raises(BundleError, match=r"^x\.json is not safe to load: it holds .*neither a stock layer"):
        check_architecture({"class_name": "Functional", "module": "keras", "config": {"layers": [node]}}, "x.json")


@pytest.mark.parametrize("kind", [dict, list])
def test_a_class_hidden_deep_inside_is_found(kind: type) -> None:
    deep: Any = LAMBDA
    for _ in range(2000):
        deep = {"in": deep} if kind is dict else [deep]
    with pytest.raises(BundleError, match="Lambda"):
        check_architecture({"config": {"initializer": deep}}, "x.json")


def test_an_activation_that_is_not_stock_is_refused() -> None:
    with pytest.raises(BundleError, match="activation 'evil>run' is not a stock one"):
        check_architecture({"class_name": "Dense", "config": {"activation": "evil>run"}}, "x.json")


def test_a_compile_config_is_refused() -> None:
    with pytest.raises(BundleError, match="holds a compile_config"):
        check_architecture({"class_name": "Functional", "compile_config": {"loss": "mse"}}, "x.json")
