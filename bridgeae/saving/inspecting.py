"""What is in a model folder, told without building or running anything in it."""

from __future__ import annotations

import json
from hashlib import file_digest
from math import prod
from pathlib import Path
from typing import Any

from bridgeae.checks import check_inside, check_limit, check_ordinary, parse_json, read_small
from bridgeae.errors import BundleError
from bridgeae.registry import model_folder
from bridgeae.saving.allow_list import check_architecture
from bridgeae.saving.bundle import manifest_sha256, read_manifest

_SHOWN = 300  # characters of a value


def inspect_bundle(folder: str | Path) -> list[str]:
    """Return lines that describe a model folder: versions, parts, networks, files, and what is wrong with them.

    Raises:
        MissingFileError: there is no model at `folder`.
        BundleError: its manifest is damaged, or of another format.
    """
    folder = model_folder(folder)
    manifest = read_manifest(folder)
    versions = manifest.get("versions")
    written = ", ".join(f"{k} {v}" for k, v in versions.items()) if isinstance(versions, dict) else "unknown"
    lines = [f"format     {manifest['format']}, written by {_short(written)}"]
    lines.append(f"sha256     {manifest_sha256(folder)}, for `load(folder, sha256=...)`")
    lines += [f"{part:<10} {_short(_described(content))}" for part, content in manifest["content"].items()]
    lines += [f"network    {_short(name)}: {_network(folder, name)}" for name in map(str, manifest["networks"])]
    lines += [f"file       {_file(folder, name, digest)}" for name, digest in manifest["sha256"].items()]
    held = {path.name for path in folder.iterdir()} - set(manifest["sha256"]) - {"manifest.json"}
    lines += [f"file       {_short(name)}: not in the manifest, never read" for name in sorted(held)]
    return lines


def _described(content: Any) -> str:
    """Return kind, adapter, classes and options of a part."""
    if not isinstance(content, dict):
        return json.dumps(content)
    keys = ("kind", "adapter", "options", "classes", "condition")
    return ", ".join(f"{key} {json.dumps(content[key])}" for key in keys if key in content) or ", ".join(content)


def _network(folder: Path, name: str) -> str:
    try:
        where = folder / f"{name}.json"
        check_inside(where, folder, error=BundleError)
        architecture = parse_json(read_small(where, "json_bytes", error=BundleError), str(where), error=BundleError)
        check_architecture(architecture, str(where))
        layers = architecture["config"]["layers"]
        kinds = [str(layer["class_name"]) for layer in layers]
        counted = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
        return _short(f"{_parameters(folder / f'{name}.safetensors'):,} weights; {counted}")
    except (BundleError, KeyError, TypeError, ValueError, OSError) as error:
        return _short(f"NOT SAFE OR DAMAGED: {error}")


def _parameters(path: Path) -> int:
    """Return the numbers in a safetensors file, by its header alone."""
    check_ordinary(path, error=BundleError)
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        check_limit("json_bytes", size, f"{path}: its header", error=BundleError)
        header = parse_json(file.read(size).decode("utf-8"), str(path), error=BundleError)
    return sum(prod(held["shape"]) for key, held in header.items() if key != "__metadata__")


def _file(folder: Path, name: str, digest: Any) -> str:
    path = folder / name
    try:
        if Path(name).name != name:
            raise BundleError("its name leads out of the folder")
        check_inside(path, folder, error=BundleError)
        check_ordinary(path, error=BundleError)
        with path.open("rb") as file:
            same = file_digest(file, "sha256").hexdigest() == digest
        return f"{name}: {path.stat().st_size:,} bytes, {'as it was saved' if same else 'CHANGED after it was saved'}"
    except (BundleError, OSError, ValueError) as error:
        return _short(f"{name}: NOT READ, {error}")


def _short(text: str) -> str:
    """Return a text on one line without control characters, which could write over a terminal."""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]} ..."
