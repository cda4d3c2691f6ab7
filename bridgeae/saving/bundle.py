"""The model folder: a manifest, one JSON architecture and one safetensors file a network. Nothing in it runs code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.errors import BundleError, MissingFileError, OutputExistsError
from bridgeae.saving.allow_list import check_architecture
from bridgeae.saving.files import refuse_existing, restore_folder, whole_folder
from bridgeae.saving.state import State

FORMAT = 2


def write_bundle(folder: str | Path, state: State, *, overwrite: bool = False) -> None:
    """Write a model folder, and its parents where needed; it appears whole or not at all.

    Raises:
        OutputExistsError: `folder` holds something and may not be replaced, or is no model folder.
        BundleError: a network holds a layer that `read_bundle` would refuse.
    """
    from safetensors.numpy import save_file

    folder = Path(folder)
    refuse_existing(folder, overwrite=overwrite)
    refuse_other_than_model(folder)
    architectures = {name: _architecture(network, name) for name, network in state.networks.items()}
    with whole_folder(folder) as new:
        for name, network in state.networks.items():
            (new / f"{name}.json").write_text(architectures[name], encoding="utf-8")
            weights = {f"{k:04d}:{w.path}": np.asarray(w) for k, w in enumerate(network.weights)}
            save_file(weights, new / f"{name}.safetensors")
        if state.arrays:
            arrays = {name: np.asarray(array, order="C") for name, array in state.arrays.items()}
            save_file(arrays, new / "arrays.safetensors")
        manifest = {
            "format": FORMAT,
            "versions": {name: version(name) for name in ("bridgeae", "keras", "numpy")},
            "content": state.values,
            "networks": sorted(state.networks),
            "sha256": {file.name: _sha256(file) for file in sorted(new.iterdir())},
        }
        (new / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")


def refuse_other_than_model(folder: Path) -> None:
    """Raise OutputExistsError where something other than a model folder is at `folder`."""
    occupied = folder.is_file() or (folder.is_dir() and any(folder.iterdir()))
    if occupied and not (folder / "manifest.json").is_file():
        raise OutputExistsError(f"{folder} is not a model folder, so it is not overwritten. Choose another place.")


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """Read and check the manifest of a model folder, without loading any network.

    Raises:
        MissingFileError: there is no model at `folder`.
        BundleError: the manifest is damaged, or of another format.
    """
    folder = Path(folder)
    restore_folder(folder)
    path = folder / "manifest.json"
    if not path.is_file():
        raise MissingFileError(f"{folder} is no model folder: it has no manifest.json. Pass the folder `save` wrote.")
    manifest = _read_json(path)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
        raise BundleError(f"{path} has no `format` number: it is not a bridgeae model.")
    if manifest["format"] != FORMAT:
        versions = manifest.get("versions")
        by = versions.get("bridgeae", "another version") if isinstance(versions, dict) else "another version"
        reads = f"{folder} has format {manifest['format']}, this bridgeae reads format {FORMAT}."
        raise BundleError(f"{reads} It was written by bridgeae {by}: install that version to read it.")
    for key, kind in (("content", dict), ("networks", list), ("sha256", dict)):
        if not isinstance(manifest.get(key), kind):
            received = type(manifest[key]).__name__ if key in manifest else "nothing"
            raise BundleError(f"{path} is damaged: `{key}` must be a {kind.__name__}, received {received}.")
    return manifest


def read_bundle(folder: str | Path) -> State:
    """Read back the state that `write_bundle` wrote.

    Raises:
        MissingFileError: there is no model at `folder`.
        BundleError: a file is missing, changed or damaged, the format is unknown, or an architecture holds a class
            that is not allowed.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    listed = manifest["sha256"]
    for name, digest in listed.items():
        file = folder / name
        if Path(name).name != name or not file.is_file():
            raise BundleError(f"{folder} lacks {name!r}, which its manifest lists: copy it again.")
        if _sha256(file) != digest:
            raise BundleError(f"{file} was changed after it was saved: its sha256 differs from the manifest's.")
    networks = {name: _build(folder, name, listed) for name in map(str, manifest["networks"])}
    arrays = _load_arrays(folder / "arrays.safetensors") if "arrays.safetensors" in listed else {}
    return State(manifest["content"], networks, arrays)


def _architecture(network: Any, name: str) -> str:
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
    return json.dumps(architecture)


def _build(folder: Path, name: str, listed: Mapping[str, str]) -> Any:
    import keras

    if f"{name}.json" not in listed or f"{name}.safetensors" not in listed:
        raise BundleError(f"{folder}: network {name!r} has no architecture or weights in the manifest's list.")
    path = folder / f"{name}.json"
    architecture = _read_json(path)
    check_architecture(architecture, str(path))
    try:
        network = keras.models.model_from_json(json.dumps(architecture))
    except Exception as error:
        raise BundleError(f"{path} cannot be built: {type(error).__name__}: {error}") from error
    path = folder / f"{name}.safetensors"
    weights = [array for _, array in sorted(_load_arrays(path).items())]
    if [array.shape for array in weights] != [tuple(w.shape) for w in network.weights]:
        raise BundleError(f"{path} does not fit its architecture: weights differ in number or shape.")
    network.set_weights(weights)
    return network


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BundleError(f"{path} is damaged: {error}.") from None


def _load_arrays(path: Path) -> dict[str, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise BundleError(f"{path} is damaged: {error}.") from None


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
