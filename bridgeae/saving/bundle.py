"""The model folder: a manifest, and of each network an architecture, its weights and an ONNX graph.

Nothing in it runs code. Training builds a network again from its JSON architecture and its safetensors weights; using
a model needs its ONNX graph alone.
"""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.checks import check_choice, check_inside, check_limit
from bridgeae.errors import BundleError, MissingFileError, OutputExistsError
from bridgeae.registry import model_folder
from bridgeae.saving.files import refuse_existing, restore_folder, whole_folder
from bridgeae.saving.keras_network import build_network, check_real, network_files, read_arrays, read_json
from bridgeae.saving.onnx_network import OnnxNetwork
from bridgeae.saving.state import State

FORMAT = 3
OLDEST_FORMAT = 2
"""The oldest format that is read; its networks have no ONNX graph."""

RUNTIMES = ("onnx", "keras")
_ENDINGS = ("json", "safetensors", "onnx")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,199}")


class KerasOnlyWarning(UserWarning):
    """A network cannot run without Keras."""


def write_bundle(folder: str | Path, state: State, *, overwrite: bool = False) -> None:
    """Write a model folder, and its parents where needed; it appears whole or not at all.

    Each Keras network is written as an ONNX graph too, once its answers are equal to Keras'; a network for which that
    fails warns, and the model then needs Keras. Networks that were loaded without Keras are copied.

    Raises:
        OutputExistsError: `folder` holds something and may not be replaced, or is no model folder.
        BundleError: a network holds a layer that `read_bundle` would refuse, or weights that are not finite; or an
            array holds NaN.
    """
    from safetensors.numpy import save_file

    folder = Path(folder)
    refuse_existing(folder, overwrite=overwrite)
    refuse_other_than_model(folder)
    files = {name: _files(network, name) for name, network in state.networks.items()}
    arrays = {name: np.asarray(array, order="C") for name, array in state.arrays.items()}
    check_real(arrays, "this cannot be saved")
    with whole_folder(folder) as new:
        for name, parts in files.items():
            for ending, data in parts.items():
                (new / f"{name}.{ending}").write_bytes(data)
        if arrays:
            save_file(arrays, new / "arrays.safetensors")
        manifest = {
            "format": FORMAT,
            "versions": _versions("bridgeae", "keras", "numpy", "onnxruntime"),
            "content": state.values,
            "networks": sorted(state.networks),
            "sha256": {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(new.iterdir())},
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
    folder = model_folder(folder)
    restore_folder(folder)
    path = folder / "manifest.json"
    if not path.is_file():
        raise MissingFileError(
            f"{folder} is no model folder: it has no manifest.json. Pass the folder that `save` wrote, or a name that "
            "`bridgeae models` lists."
        )
    check_inside(path, folder, error=BundleError)
    check_limit("json_bytes", path.stat().st_size, str(path), error=BundleError)
    manifest = read_json(path.read_bytes(), path)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
        raise BundleError(f"{path} has no `format` number: it is not a bridgeae model.")
    if not OLDEST_FORMAT <= manifest["format"] <= FORMAT:
        versions = manifest.get("versions")
        by = versions.get("bridgeae", "another version") if isinstance(versions, dict) else "another version"
        reads = f"{folder} has format {manifest['format']}, this bridgeae reads formats {OLDEST_FORMAT} and {FORMAT}."
        raise BundleError(f"{reads} It was written by bridgeae {by}: install that version to read it.")
    for key, kind in (("content", dict), ("networks", list), ("sha256", dict)):
        if not isinstance(manifest.get(key), kind):
            received = type(manifest[key]).__name__ if key in manifest else "nothing"
            raise BundleError(f"{path} is damaged: `{key}` must be a {kind.__name__}, received {received}.")
    for name in (*manifest["networks"], *manifest["sha256"]):
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise BundleError(f"{path} is damaged: {name!r:.60} is no name of a file or network of a model.")
    return manifest


def read_bundle(
    folder: str | Path, *, runtime: str | None = None, threads: int | None = None, sha256: str | None = None
) -> State:
    """Read back the state that `write_bundle` wrote.

    Args:
        folder: the model folder.
        runtime: "onnx" runs networks on ONNX Runtime, and nothing imports Keras; "keras" builds Keras models. None
            takes "onnx" where every network has a graph.
        threads: of each network on ONNX Runtime; None takes the environment variable BRIDGEAE_THREADS, or one.
        sha256: of its manifest, which holds those of all other files; None takes any.

    Raises:
        MissingFileError: there is no model at `folder`.
        BundleError: a file is missing, changed or damaged, the format is unknown, an architecture holds a class that
            is not allowed, or a network has no graph and `runtime` is "onnx".
    """
    check_choice("runtime", runtime, (None, *RUNTIMES))
    folder = model_folder(folder)
    manifest = read_manifest(folder)
    if sha256 is not None and (found := manifest_sha256(folder)) != sha256.lower():
        raise BundleError(f"{folder} is another model than `sha256` names: its manifest has {found}. Get it again.")
    read = {name: _read_checked(folder, name, digest) for name, digest in manifest["sha256"].items()}
    parts = {name: _parts_of(name, read, folder) for name in manifest["networks"]}
    lacking = [name for name, part in parts.items() if "onnx" not in part]
    if runtime == "onnx" and lacking:
        raise BundleError(f'{folder}: {", ".join(lacking)} can run on Keras only: load it with runtime="keras".')
    if runtime == "keras" or lacking:
        networks = {name: _keras_network(part, folder / name) for name, part in parts.items()}
    else:
        networks = {name: OnnxNetwork(name, part, threads=threads) for name, part in parts.items()}
    place = folder / "arrays.safetensors"
    arrays = read_arrays(read[place.name], place) if place.name in read else {}
    return State(manifest["content"], networks, arrays)


def manifest_sha256(folder: str | Path) -> str:
    """Return the sha256 of the manifest of a model, which tells the whole model from others."""
    return hashlib.sha256((Path(folder) / "manifest.json").read_bytes()).hexdigest()


def convert_bundle(folder: str | Path, output: str | Path | None = None, *, overwrite: bool = False) -> Path:
    """Write a model folder of any format that is read in this version's, and return where; it needs Keras.

    Args:
        folder: the model folder.
        output: another folder for the new one; None replaces `folder`.
        overwrite: whether an `output` that is there is replaced.

    Raises:
        MissingFileError, BundleError: as `read_bundle` does.
        OutputExistsError: `output` holds something and may not be replaced.
    """
    place = Path(folder if output is None else output)
    if output is not None:
        refuse_existing(place, overwrite=overwrite)
    write_bundle(place, read_bundle(folder, runtime="keras"), overwrite=True)
    return place


def _files(network: Any, name: str) -> Mapping[str, bytes]:
    """Return the files of a network by ending; without "onnx", with a warning, where it has no ONNX form."""
    if isinstance(network, OnnxNetwork):
        return network.files
    from bridgeae.saving.export import ExportError, export_checked

    files = network_files(network, name)
    try:
        return {**files, "onnx": export_checked(network)}
    except ExportError as error:
        why = f"network {name!r} cannot be written as ONNX: {error}. The model will need Keras to run."
        warnings.warn(why, KerasOnlyWarning, stacklevel=4)
    return files


def _parts_of(name: str, read: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """Return the files of a network by ending. Raises BundleError where those are missing that it needs."""
    parts = {ending: read[f"{name}.{ending}"] for ending in _ENDINGS if f"{name}.{ending}" in read}
    if "onnx" not in parts and not {"json", "safetensors"} <= set(parts):
        raise BundleError(f"{folder}: network {name!r} has no architecture or weights in the manifest's list.")
    return parts


def _keras_network(parts: Mapping[str, bytes], place: Path) -> Any:
    if not {"json", "safetensors"} <= set(parts):
        raise BundleError(f"{place}.onnx was saved only to run: this model cannot be built with Keras.")
    return build_network(parts["json"], parts["safetensors"], place)


def _read_checked(folder: Path, name: str, digest: Any) -> bytes:
    file = folder / name
    if not file.is_file():
        raise BundleError(f"{folder} lacks {name!r}, which its manifest lists: copy it again.")
    check_inside(file, folder, error=BundleError)
    check_limit("model_bytes", file.stat().st_size, str(file), error=BundleError)
    data = file.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise BundleError(f"{file} was changed after it was saved: its sha256 differs from the manifest's.")
    return data


def _versions(*packages: str) -> dict[str, str]:
    """Return the installed ones of these packages with their versions."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
