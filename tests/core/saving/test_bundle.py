from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from safetensors.numpy import save_file

from bridgeae.errors import BundleError, MissingFileError
from bridgeae.networks import convolutional_link, dense_networks, normalised
from bridgeae.saving.bundle import check_architecture, read_bundle, write_bundle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    encoder, decoder = dense_networks((3, 2), (4,), units=(5,))
    networks = {"encoder": encoder, "decoder": decoder}
    write_bundle(tmp_path / "m", content={"name": "né"}, networks=networks, arrays={"a": np.arange(3)})
    return tmp_path / "m"


def edit_manifest(folder: Path, change: Any) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def plant(folder: Path, architecture: dict | str) -> None:
    """Replace the encoder's architecture and mend the hash, as someone who means harm would."""
    text = architecture if isinstance(architecture, str) else json.dumps(architecture)
    (folder / "encoder.json").write_text(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    edit_manifest(folder, lambda m: m["sha256"].update({"encoder.json": digest}))


def architecture_of(folder: Path) -> dict:
    return json.loads((folder / "encoder.json").read_text())


def test_what_is_written_is_read_back(folder: Path) -> None:
    content, networks, arrays = read_bundle(folder)
    assert content == {"name": "né"}
    assert arrays["a"].tolist() == [0, 1, 2]
    x = np.ones((2, 3, 2), np.float32)
    again = read_bundle(folder)[1]
    assert (networks["encoder"].predict(x, verbose=0) == again["encoder"].predict(x, verbose=0)).all()


@pytest.mark.parametrize(
    "network",
    [
        lambda: normalised(convolutional_link(2, 3), np.ones((4, 5, 2)), np.ones((4, 5, 3))),
        lambda: keras.Sequential([layers.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.BatchNormalization()]),
    ],
)
def test_weights_of_other_networks_survive(network: Any, tmp_path: Path) -> None:
    made = network()
    made.set_weights([np.random.default_rng(k).random(w.shape) for k, w in enumerate(made.get_weights())])
    write_bundle(tmp_path / "m", content={}, networks={"n": made}, arrays={})
    loaded = read_bundle(tmp_path / "m")[1]["n"]
    assert all(np.allclose(a, b) for a, b in zip(made.get_weights(), loaded.get_weights(), strict=True))


def test_writing_leaves_trainable_as_it_was_and_stores_it_as_true(tmp_path: Path) -> None:
    encoder, _ = dense_networks((3,), (2,), units=(5,))
    encoder.layers[2].trainable = False
    encoder.trainable = False
    write_bundle(tmp_path / "m", content={}, networks={"n": encoder}, arrays={})
    assert not encoder.trainable and not encoder.layers[2].trainable
    assert read_bundle(tmp_path / "m")[1]["n"].trainable_weights


def test_a_compiled_model_is_written_without_its_compile_config(tmp_path: Path) -> None:
    encoder, _ = dense_networks((3,), (2,), units=(5,))
    encoder.compile("adam", "mse")
    write_bundle(tmp_path / "m", content={}, networks={"n": encoder}, arrays={})
    assert "compile_config" not in (tmp_path / "m" / "n.json").read_text()


def test_a_folder_without_manifest_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no manifest\.json"):
        read_bundle(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is damaged"),
        ("[]", "has no `format` number"),
        ('{"a": 1}', "has no `format` number"),
        ('{"format": 99, "versions": [1]}', "written by bridgeae another version"),
        ('{"format": 2}', "`content` must be a dict, received nothing"),
        ('{"format": 2, "content": {}, "networks": null}', "`networks` must be a list, received NoneType"),
        ('{"format": 2, "content": {}, "networks": [], "sha256": ["a"]}', "`sha256` must be a dict, received list"),
    ],
)
def test_a_damaged_manifest_is_refused(folder: Path, text: str, message: str) -> None:
    (folder / "manifest.json").write_text(text)
    with pytest.raises(BundleError, match=message):
        read_bundle(folder)


def test_an_unknown_format_says_which_version_reads_it(folder: Path) -> None:
    edit_manifest(folder, lambda m: m.update(format=99, versions={"bridgeae": "7.2"}))
    with pytest.raises(BundleError, match=r"has format 99, this bridgeae reads format 2.*bridgeae 7\.2"):
        read_bundle(folder)


def test_a_changed_file_is_refused(folder: Path) -> None:
    with (folder / "encoder.safetensors").open("ab") as handle:
        handle.write(b" ")
    with pytest.raises(BundleError, match=r"encoder.safetensors was changed after it was saved"):
        read_bundle(folder)


def test_a_wrong_hash_is_refused(folder: Path) -> None:
    edit_manifest(folder, lambda m: m["sha256"].update({"decoder.json": "0" * 64}))
    with pytest.raises(BundleError, match=r"decoder.json was changed"):
        read_bundle(folder)


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "decoder.safetensors").unlink()
    with pytest.raises(BundleError, match=r"lacks 'decoder.safetensors'"):
        read_bundle(folder)


def test_a_manifest_cannot_point_outside_its_folder(folder: Path) -> None:
    edit_manifest(folder, lambda m: m["sha256"].update({"../secret": "0"}))
    with pytest.raises(BundleError, match=r"lacks '\.\./secret'"):
        read_bundle(folder)


def test_a_network_outside_the_list_is_refused(folder: Path) -> None:
    edit_manifest(folder, lambda m: m["sha256"].pop("encoder.json"))
    with pytest.raises(BundleError, match="has no architecture or weights"):
        read_bundle(folder)


def test_weights_that_do_not_fit_are_refused(folder: Path) -> None:
    save_file({"0000:x": np.zeros(3)}, folder / "encoder.safetensors")
    digest = hashlib.sha256((folder / "encoder.safetensors").read_bytes()).hexdigest()
    edit_manifest(folder, lambda m: m["sha256"].update({"encoder.safetensors": digest}))
    with pytest.raises(BundleError, match="weights differ in number or shape"):
        read_bundle(folder)


def test_truncated_weights_are_refused(folder: Path) -> None:
    raw = (folder / "encoder.safetensors").read_bytes()[:50]
    (folder / "encoder.safetensors").write_bytes(raw)
    edit_manifest(folder, lambda m: m["sha256"].update({"encoder.safetensors": hashlib.sha256(raw).hexdigest()}))
    with pytest.raises(BundleError, match="is damaged"):
        read_bundle(folder)


def test_an_architecture_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / "encoder.json").write_bytes(b"\xff\xfe")
    digest = hashlib.sha256(b"\xff\xfe").hexdigest()
    edit_manifest(folder, lambda m: m["sha256"].update({"encoder.json": digest}))
    with pytest.raises(BundleError, match="is damaged"):
        read_bundle(folder)


def test_an_architecture_that_is_not_json_is_refused(folder: Path) -> None:
    plant(folder, "{")
    with pytest.raises(BundleError, match="is damaged"):
        read_bundle(folder)


LAMBDA = {
    "module": "keras.layers",
    "class_name": "Lambda",
    "config": {"function": {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}},
    "registered_name": None,
}
MALICIOUS = {
    "Lambda layer": LAMBDA,
    "another module's class": {"module": "os", "class_name": "system", "config": {}, "registered_name": "system"},
    "stock name from another module": {"module": "evil", "class_name": "Dense", "config": {}},
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
def test_a_class_that_is_not_allowed_is_refused_before_it_is_built(folder: Path, node: dict) -> None:
    architecture = architecture_of(folder)
    architecture["config"]["layers"][1] = node
    plant(folder, architecture)
    with pytest.raises(BundleError, match=r"not safe to load: it holds .*neither a stock layer"):
        read_bundle(folder)


def test_a_class_hidden_deep_inside_is_found() -> None:
    deep: Any = LAMBDA
    for _ in range(2000):
        deep = [deep]
    with pytest.raises(BundleError, match="Lambda"):
        check_architecture({"config": {"initializer": deep}}, "x.json")


def test_an_activation_that_is_not_stock_is_refused(folder: Path) -> None:
    architecture = architecture_of(folder)
    architecture["config"]["layers"][-1]["config"]["activation"] = "evil>run"
    plant(folder, architecture)
    with pytest.raises(BundleError, match="activation 'evil>run' is not a stock one"):
        read_bundle(folder)


def test_a_compile_config_is_refused(folder: Path) -> None:
    plant(folder, architecture_of(folder) | {"compile_config": {"loss": "mse"}})
    with pytest.raises(BundleError, match="holds a compile_config"):
        read_bundle(folder)


def test_a_broken_architecture_is_refused(folder: Path) -> None:
    plant(folder, {"class_name": "Dense", "module": "keras.layers", "config": {"units": -3}})
    with pytest.raises(BundleError, match="cannot be built"):
        read_bundle(folder)


def test_a_killed_write_leaves_the_old_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_bundle(folder)[0]

    def fail(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bridgeae.saving.bundle._sha256", fail)
    with pytest.raises(KeyboardInterrupt):
        write_bundle(folder, content={"new": 1}, networks={}, arrays={"a": np.zeros(1)}, overwrite=True)
    monkeypatch.undo()
    assert read_bundle(folder)[0] == before
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]
