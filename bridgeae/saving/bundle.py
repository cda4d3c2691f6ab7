"""The model folder: a manifest, one JSON architecture and one safetensors file a network. Nothing in it runs code.

Keras' own loader rebuilds whatever class a file names, and had six security advisories in 2025-26 for it. Here an
architecture is walked before it is built: only stock layers of the allow-list below, and layers that an installed
adapter registered with Keras, get through.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.errors import BundleError, MissingFileError, OutputExistsError
from bridgeae.registry import registered_modules

FORMAT = 2

STOCK_CLASSES = frozenset(
    # models
    "Functional Sequential InputLayer "
    # layers
    "Activation Add Average AveragePooling1D AveragePooling2D BatchNormalization Concatenate Conv1D Conv1DTranspose "
    "Conv2D Conv2DTranspose Cropping1D Cropping2D Dense DepthwiseConv1D DepthwiseConv2D Dropout Flatten GaussianNoise "
    "GlobalAveragePooling1D GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D GroupNormalization "
    "LayerNormalization LeakyReLU MaxPooling1D MaxPooling2D Multiply Normalization Permute PReLU ReLU Rescaling "
    "Reshape SeparableConv1D SeparableConv2D Softmax SpatialDropout1D SpatialDropout2D Subtract UnitNormalization "
    "UpSampling1D UpSampling2D ZeroPadding1D ZeroPadding2D "
    # what layers are configured with
    "DTypePolicy Zeros Ones Constant GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform "
    "RandomNormal RandomUniform TruncatedNormal VarianceScaling Orthogonal L1 L2 L1L2 MaxNorm NonNeg UnitNorm "
    "__keras_tensor__ __numpy__".split()
)
STOCK_ACTIVATIONS = frozenset(
    "celu elu exponential gelu hard_sigmoid hard_silu hard_swish leaky_relu linear log_softmax mish relu relu6 selu "
    "sigmoid silu softmax softplus softsign swish tanh".split()
)


def write_bundle(
    folder: str | Path,
    *,
    content: Mapping[str, Any],
    networks: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    overwrite: bool = False,
) -> None:
    """Write a model folder; it appears whole or not at all.

    Args:
        folder: where; its parent is made if needed.
        content: what the networks are for, as plain JSON values.
        networks: Keras models by name.
        arrays: numeric arrays by name.
        overwrite: whether a folder that holds something may be replaced.

    Raises:
        OutputExistsError: `folder` holds something and `overwrite` is False.
    """
    from safetensors.numpy import save_file

    folder = Path(folder)
    _refuse_occupied(folder, overwrite)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
        new = Path(scratch) / "bundle"
        new.mkdir()
        for name, network in networks.items():
            (new / f"{name}.json").write_text(_architecture(network), encoding="utf-8")
            save_file(_weights(network), new / f"{name}.safetensors")
        if arrays:
            save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, new / "arrays.safetensors")
        manifest = {
            "format": FORMAT,
            "versions": {name: version(name) for name in ("bridgeae", "keras", "numpy")},
            "content": content,
            "networks": sorted(networks),
            "sha256": {file.name: _sha256(file) for file in sorted(new.iterdir())},
        }
        (new / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
        if folder.exists():
            shutil.move(folder, Path(scratch) / "old")
        new.rename(folder)


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """Read and check the manifest of a model folder, without loading any network.

    Raises:
        MissingFileError: there is no model at `folder`.
        BundleError: the manifest is damaged, or of another format.
    """
    folder = Path(folder)
    path = folder / "manifest.json"
    if not path.is_file():
        raise MissingFileError(f"{folder} is no model folder: it has no manifest.json. Pass the folder `save` wrote.")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BundleError(f"{path} is damaged: {error}.") from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
        raise BundleError(f"{path} has no `format` number: it is not a bridgeae model.")
    if manifest["format"] != FORMAT:
        versions = manifest.get("versions")
        by = versions.get("bridgeae", "another version") if isinstance(versions, dict) else "another version"
        raise BundleError(
            f"{folder} has format {manifest['format']}, this bridgeae reads format {FORMAT}. It was written by "
            f"bridgeae {by}: install that version to read it."
        )
    for key, kind in (("content", dict), ("networks", list), ("sha256", dict)):
        if not isinstance(manifest.get(key), kind):
            received = type(manifest[key]).__name__ if key in manifest else "nothing"
            raise BundleError(f"{path} is damaged: `{key}` must be a {kind.__name__}, received {received}.")
    return manifest


def read_bundle(folder: str | Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, np.ndarray]]:
    """Read a model folder back.

    Returns:
        (content, networks, arrays) as given to `write_bundle`.

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
    networks = {str(name): _build(folder, str(name), listed) for name in manifest["networks"]}
    arrays = _load_arrays(folder / "arrays.safetensors") if "arrays.safetensors" in listed else {}
    return manifest["content"], networks, arrays


def part_of(held: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Take what belongs to one part of a model, ``name-key``, under its bare keys."""
    return {key.removeprefix(f"{name}-"): value for key, value in held.items() if key.startswith(f"{name}-")}


@contextmanager
def flags_kept(network: Any) -> Iterator[None]:
    """Put the `trainable` of every layer of a Keras model back after the block as it was before."""
    flags = [(layer, layer.trainable) for layer in network._flatten_layers()]
    try:
        yield
    finally:
        for layer, flag in flags:  # parents first: setting one sets its children too
            layer.trainable = flag


def _refuse_occupied(folder: Path, overwrite: bool) -> None:
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        if not overwrite:
            raise OutputExistsError(f"{folder} already holds something. Choose another place or pass overwrite.")
        if folder.is_file() or not (folder / "manifest.json").is_file():
            raise OutputExistsError(f"{folder} is not a model folder, so it is not overwritten. Choose another place.")


def _architecture(network: Any) -> str:
    # trainable=False would be stored, and a model built from it could never be trained again
    with flags_kept(network):
        network.trainable = True
        return json.dumps(_without_compile_config(json.loads(network.to_json())))


def _without_compile_config(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_compile_config(v) for k, v in value.items() if k != "compile_config"}
    return [_without_compile_config(v) for v in value] if isinstance(value, list) else value


def _weights(network: Any) -> dict[str, np.ndarray]:
    return {f"{k:04d}:{w.path}": np.asarray(w) for k, w in enumerate(network.weights)}


def _build(folder: Path, name: str, listed: Mapping[str, str]) -> Any:
    import keras

    if f"{name}.json" not in listed or f"{name}.safetensors" not in listed:
        raise BundleError(f"{folder}: network {name!r} has no architecture or weights in the manifest's list.")
    try:
        text = (folder / f"{name}.json").read_text(encoding="utf-8")
        architecture = json.loads(text)
    except ValueError as error:
        raise BundleError(f"{folder / name}.json is damaged: {error}.") from None
    check_architecture(architecture, f"{folder / name}.json")
    try:
        network = keras.models.model_from_json(text)
    except Exception as error:
        raise BundleError(f"{folder / name}.json cannot be built: {type(error).__name__}: {error}") from error
    stored = sorted(_load_arrays(folder / f"{name}.safetensors").items())
    shapes = [tuple(w.shape) for w in network.weights]
    if [a.shape for _, a in stored] != shapes:
        raise BundleError(
            f"{folder / name}.safetensors does not fit its architecture: weights differ in number or shape."
        )
    network.set_weights([a for _, a in stored])
    return network


def check_architecture(architecture: Any, where: str) -> None:
    """Refuse an architecture that names anything but allowed layers, before any of it is built.

    Args:
        architecture: the parsed JSON of a Keras model.
        where: the file, for the message.

    Raises:
        BundleError: naming the first class or function that is not allowed.
    """
    for node in _nodes(architecture):
        if "compile_config" in node:
            raise BundleError(f"{where} is not safe to load: it holds a compile_config, which bridgeae never writes.")
        activation = node.get("activation")
        if isinstance(activation, str) and activation not in STOCK_ACTIVATIONS:
            raise BundleError(f"{where} is not safe to load: activation {activation!r} is not a stock one.")
        if "class_name" not in node:
            continue
        name, module = str(node["class_name"]), str(node.get("module") or "keras")
        registered = str(node.get("registered_name") or name)
        stock = name in STOCK_CLASSES and module.split(".")[0] == "keras"
        if stock and registered.rpartition(">")[2] == name:
            continue
        if not _from_adapter(registered, module):
            raise BundleError(
                f"{where} is not safe to load: it holds {module}.{name}, which is neither a stock layer that bridgeae "
                "allows nor registered by an installed adapter."
            )


def _from_adapter(registered: str, module: str) -> bool:
    import keras

    owner = module.split(".")[0]
    if owner not in registered_modules():
        return False
    import_module(owner)  # installed code, and what registers its layers
    known = keras.saving.get_registered_object(registered)
    return known is not None and known.__module__.split(".")[0] == owner


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def _load_arrays(path: Path) -> dict[str, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        loaded: dict[str, np.ndarray] = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise BundleError(f"{path} is damaged: {error}.") from None
    return loaded


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
