"""Hostile model folders: a sound one, changed in one place, with hashes that fit."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.saving import State, read_bundle, write_bundle

HEAD = "source-head"
Break = Callable[[Path], None]


def sound(folder: Path) -> Path:
    """Return a small sound model."""
    from keras import Model, layers

    x = layers.Input((6,))
    head = Model(x, layers.Dense(3)(layers.Dense(4, activation="relu")(x)), name="head")
    write_bundle(folder / "model", State({"source": {"kind": "Autoencoder"}}, {HEAD: head}, {"mean": np.zeros(3)}))
    return folder / "model"


def broken(name: str, model: Path, folder: Path) -> Path:
    """Return a copy of a sound model with one of `MODELS` done to it."""
    shutil.copytree(model, folder / "model")
    MODELS[name](folder / "model")
    return folder / "model"


def load(folder: Path) -> Any:
    """Load a model as training needs it: with its Keras networks."""
    return read_bundle(folder, runtime="keras")


def _change(model: Path, edit: Callable[[dict[str, Any]], Any]) -> None:
    manifest = json.loads((model / "manifest.json").read_text())
    edit(manifest)
    (model / "manifest.json").write_text(json.dumps(manifest))


def _write(model: Path, name: str, data: bytes) -> None:
    (model / name).write_bytes(data)
    _change(model, lambda m: m["sha256"].update({name: sha256(data).hexdigest()}))


def _layers(model: Path, edit: Callable[[list[Any]], Any]) -> None:
    architecture = json.loads((model / f"{HEAD}.json").read_text())
    edit(architecture["config"]["layers"])
    _write(model, f"{HEAD}.json", json.dumps(architecture).encode())


def _last(**config: Any) -> Break:
    return lambda model: _layers(model, lambda layers: layers[-1]["config"].update(config))


def _insert(name: str, module: str = "keras.layers", **config: Any) -> Break:
    told = {"module": module, "class_name": name, "registered_name": None, "name": "evil", "inbound_nodes": []}
    told["config"] = {"name": "evil", "trainable": True, "dtype": "float32", **config}
    return lambda model: _layers(model, lambda layers: layers.insert(1, told))


def _initializer(name: str, module: str, **config: Any) -> Break:
    told = {"module": module, "class_name": name, "config": config, "registered_name": None}
    return _last(kernel_initializer=told)


def orthogonal_bomb(model: Path, n: int = 12_000) -> None:
    def edit(layers: list[Any]) -> None:
        layers[0]["config"]["batch_shape"] = [None, n]
        for layer in layers[1:]:
            layer["build_config"] = {"input_shape": [None, n]}
            initializer = {
                "module": "keras.initializers",
                "class_name": "Orthogonal",
                "config": {"gain": 1.0, "seed": 1},
            }
            layer["config"].update(units=n, kernel_initializer=initializer | {"registered_name": None})

    _layers(model, edit)


def layer_bomb(model: Path, n: int = 3000) -> None:
    def one(kind: str, **config: Any) -> dict[str, Any]:
        return {"module": "keras.layers", "class_name": kind, "config": config, "registered_name": None}

    held = [one("InputLayer", batch_shape=[None, 3], dtype="float32", name="i")]
    held += [one("Dense", name=f"d{k}", units=3) for k in range(n)]
    told = {
        "module": "keras",
        "class_name": "Sequential",
        "registered_name": None,
        "config": {"name": "s", "layers": held},
    }
    _write(model, f"{HEAD}.json", json.dumps(told).encode())


def _weights(kind: Any = np.float32, value: float = 0.0) -> Break:
    def spoil(model: Path) -> None:
        from safetensors.numpy import load_file, save

        held = load_file(model / f"{HEAD}.safetensors")
        _write(model, f"{HEAD}.safetensors", save({k: np.full(v.shape, value, kind) for k, v in held.items()}))

    return spoil


def _header(dtype: str, shape: tuple[int, ...], offsets: tuple[int, int], claimed: int | None = None) -> Break:
    text = json.dumps({"0000:a": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}).encode()
    data = struct.pack("<Q", claimed or len(text)) + text + bytes(min(offsets[1], 16))
    return lambda model: _write(model, f"{HEAD}.safetensors", data)


def _named(name: str) -> Break:
    return lambda model: _change(model, lambda m: m["sha256"].update({name: "0" * 64}))


def _link(file: str) -> Break:
    def spoil(model: Path) -> None:
        shutil.move(model / file, model.parent / "outside")
        (model / file).symlink_to(model.parent / "outside")

    return spoil


def _pipe(file: str) -> Break:
    def spoil(model: Path) -> None:
        (model / file).unlink()
        os.mkfifo(model / file)

    return spoil


def _manifest(old: str, new: str) -> Break:
    def spoil(model: Path) -> None:
        text = (model / "manifest.json").read_text()
        assert old in text
        (model / "manifest.json").write_text(text.replace(old, new, 1))

    return spoil


def nan_array(model: Path) -> None:
    from safetensors.numpy import save

    _write(model, "arrays.safetensors", save({"mean": np.array([0, np.nan, 0])}))


def duplicate_keys_in_architecture(model: Path) -> None:
    text = (model / f"{HEAD}.json").read_text()
    _write(model, f"{HEAD}.json", text.replace('"class_name"', '"class_name": "Lambda", "class_name"', 1).encode())


MODELS: dict[str, Break] = {
    "lambda": _insert("Lambda", function="x"),
    "foreign_class": _insert("system", "os", command="touch canary"),
    "foreign_op": _insert("Add", "keras.src.ops.numpy"),
    "vocabulary": _insert("StringLookup", vocabulary="/etc/passwd"),
    "saved_model": _insert("TFSMLayer", filepath="folder", call_endpoint="serve"),
    "initializer_subprocess": _initializer("Popen", "subprocess", args=["touch", "canary"]),
    "activation": _last(activation="get_file"),
    "units_bomb": _last(units=5 * 10**7),
    "units_overflow": _last(units=2**31),
    "orthogonal_bomb": orthogonal_bomb,
    "layer_bomb": layer_bomb,
    "deep_architecture": lambda model: _write(model, f"{HEAD}.json", b"[" * 200_000 + b"]" * 200_000),
    "large_architecture": lambda model: _write(model, f"{HEAD}.json", b" " * (5 << 20)),
    "duplicate_keys_in_architecture": duplicate_keys_in_architecture,
    "nan_weights": _weights(value=np.nan),
    "infinite_weights": _weights(value=np.inf),
    "int8_weights": _weights(np.int8),
    "double_weights": _weights(np.float64),
    "complex_weights": _weights(np.complex64),
    "nan_array": nan_array,
    "float8": _header("F8_E4M3", (4,), (0, 4)),
    "bfloat16": _header("BF16", (2,), (0, 4)),
    "beyond_the_file": _header("F32", (10**9, 4), (0, 16 * 10**9)),
    "shape_overflow": _header("F32", (2**63, 4), (0, 16)),
    "header_of_a_terabyte": _header("F32", (4,), (0, 16), claimed=1 << 40),
    "traversal": _named("../../secret.txt"),
    "absolute": _named("/etc/passwd"),
    "long_name": _named("a" * 4000),
    "nul_in_name": _named("a\0b"),
    "surrogate_in_name": _named("\ud800"),
    "networks_traversal": lambda model: _change(model, lambda m: m["networks"].append("../../net")),
    "networks_not_text": lambda model: _change(model, lambda m: m["networks"].append({"a": 1})),
    "hash_not_text": lambda model: _change(model, lambda m: m["sha256"].update({f"{HEAD}.json": 7})),
    "wrong_hash": lambda model: _change(model, lambda m: m["sha256"].update({f"{HEAD}.json": "0" * 64})),
    "newer_format": lambda model: _change(model, lambda m: m.update(format=99)),
    "duplicate_keys": _manifest("{", '{"format": 99, "networks": ["evil"],'),
    "long_number": _manifest('"format": ', '"format": ' + "9" * 5000),
    "deep_manifest": lambda model: (model / "manifest.json").write_bytes(b"[" * 200_000) and None,
    "manifest_bomb": lambda model: os.truncate(model / "manifest.json", 3 << 30),
    "utf16": lambda model: (model / "manifest.json").write_bytes(b"\xff\xfe{\0") and None,
    "linked_weights": _link(f"{HEAD}.safetensors"),
    "linked_manifest": _link("manifest.json"),
    "pipe_manifest": _pipe("manifest.json"),
    "pipe_weights": _pipe(f"{HEAD}.safetensors"),
}
