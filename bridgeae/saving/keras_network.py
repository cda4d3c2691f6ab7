"""Keras networks in files: an architecture as JSON, weights as safetensors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.checks import check_limit, parse_json
from bridgeae.errors import BundleError
from bridgeae.saving.allow_list import check_architecture
from bridgeae.saving.names import renumbered


def network_files(network: Any, name: str) -> dict[str, bytes]:
    """Return the files of a Keras model by ending: "json" and "safetensors".

    Raises:
        BundleError: it holds a layer that `build_network` would refuse, or a weight that is not finite.
    """
    from safetensors.numpy import save

    architecture, paths = renumbered(describe_network(network, name), [w.path for w in network.weights])
    weights = {f"{k:04d}:{p}": np.asarray(w) for k, (p, w) in enumerate(zip(paths, network.weights, strict=True))}
    for path, array in weights.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise BundleError(
                f"network {name!r} cannot be saved: its weight {path[5:]} is not finite, so that its training has "
                "failed. Train it again with a smaller `learning_rate`."
            )
    halved = {path: _halved(array) for path, array in weights.items()}
    return {"json": json.dumps(architecture).encode(), "safetensors": save(halved)}


def _halved(weight: np.ndarray) -> np.ndarray:
    """Return a weight in half precision where that loses nothing: what was rounded so takes half the space."""
    if weight.dtype != np.float32:
        return weight
    with np.errstate(over="ignore"):
        half = weight.astype(np.float16)
    return half if np.array_equal(half, weight) else weight


def build_network(architecture: bytes, weights: bytes, place: str | Path) -> Any:
    """Return the Keras model at `place`. Raises BundleError where its files are unsafe, damaged, or do not fit."""
    from bridgeae.networks.backend import keras

    check_limit("json_bytes", len(architecture), f"{place}.json", error=BundleError)
    parsed = read_json(architecture, f"{place}.json")
    check_architecture(parsed, f"{place}.json")
    arrays = weights_of(weights, f"{place}.safetensors")
    try:
        with _without_memory():
            wanted = [(tuple(w.shape), str(w.dtype)) for w in keras.models.model_from_json(json.dumps(parsed)).weights]
        if [(array.shape, str(array.dtype)) for array in arrays] != wanted:
            what = "weights differ in number, shape or type"
            raise BundleError(f"{place}.safetensors does not fit its architecture: {what}.")
        network = keras.models.model_from_json(json.dumps(parsed))
    except BundleError:
        raise
    except Exception as error:
        raise BundleError(f"{place}.json cannot be built: {type(error).__name__}: {error!s:.500}") from error
    network.set_weights(arrays)
    return network


@contextmanager
def _without_memory() -> Iterator[None]:
    """Let Keras build networks whose weights have shapes and no values: a bomb then costs nothing.

    Keras would make the values at the end of its next stateless scope. It has no public way to forget them.
    """
    from keras.src.backend.common import global_state

    from bridgeae.networks.backend import keras

    key = "uninitialized_variables"
    before = list(global_state.get_global_attribute(key, None) or [])
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute(key, before)


def weights_of(data: bytes, where: str) -> list[np.ndarray]:
    """Return the weights of a network in their order, half precision as float32.

    Raises:
        BundleError: they are damaged or not finite.
    """
    arrays = [array for _, array in sorted(read_arrays(data, where).items())]
    if not all(np.isfinite(array).all() for array in arrays if array.dtype.kind == "f"):
        raise BundleError(f"{where} is damaged: a weight in it is not a finite number.")
    return [array.astype(np.float32) if array.dtype == np.float16 else array for array in arrays]


def read_json(data: bytes, where: str | Path) -> Any:
    """Return parsed JSON. Raises BundleError where it is none."""
    try:
        text = data.decode("utf-8")
    except ValueError as error:
        raise BundleError(f"{where} is damaged: {error}.") from None
    return parse_json(text, str(where), error=BundleError)


def read_arrays(data: bytes, where: str | Path) -> dict[str, np.ndarray]:
    """Return the arrays of a safetensors file. Raises BundleError where it is none, or holds NaN or complex numbers."""
    from safetensors.numpy import load

    try:
        arrays = load(data)
    except Exception as error:  # of an own class, and for types that numpy lacks others
        raise BundleError(f"{where} is damaged: {error}.") from None
    check_real(arrays, f"{where} is damaged")
    return arrays


def check_real(arrays: Mapping[str, np.ndarray], trouble: str) -> None:
    """Raise BundleError, which starts with `trouble`, where an array holds NaN, complex numbers or no numbers."""
    for name, array in arrays.items():
        if array.dtype.kind not in "biuf" or (array.dtype.kind == "f" and np.isnan(array).any()):
            raise BundleError(f"{trouble}: {name[:60]!r} holds {array.dtype} that are not all real numbers.")


def describe_network(network: Any, name: str) -> Any:
    """Return the architecture of a Keras model, to be written as JSON.

    Raises:
        BundleError: it holds a layer that `build_network` would refuse.
    """
    from bridgeae.training import all_layers, trainable_restored

    # trainable=False would be stored, and a model built from it could never be trained again
    with trainable_restored(network):
        for layer in all_layers(network):  # TensorFlow ignores `network.trainable = True` where it already is
            layer.trainable = True
        try:
            text = network.to_json()
        except Exception as error:  # a layer of the user's own may raise anything
            cause = f"Keras cannot describe it ({type(error).__name__}). A layer of your own needs a `get_config`."
            raise BundleError(f"network {name!r} cannot be saved: {cause}") from error
    architecture = json.loads(text, object_hook=lambda node: {k: node[k] for k in node if k != "compile_config"})
    check_architecture(architecture, f"network {name!r}")
    return architecture
