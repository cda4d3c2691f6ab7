"""Older formats, and networks that only Keras can run."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae.cli import main
from bridgeae.errors import BundleError, InputError, OutputExistsError
from bridgeae.networks import dense_networks
from bridgeae.saving import FORMAT, KerasOnlyWarning, OnnxNetwork, State, convert_bundle, read_bundle, write_bundle

X = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder of format 2, which had no graphs."""
    folder = tmp_path / "old"
    write_bundle(folder, State({"a": 1}, {"n": dense_networks((6,), (2,), units=(5,))[0]}, {"b": np.arange(3)}))
    (folder / "n.onnx").unlink()
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["format"] = 2
    del manifest["sha256"]["n.onnx"], manifest["versions"]["onnxruntime"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_the_format_before_is_read_with_keras_and_can_be_converted(old: Path, tmp_path: Path) -> None:
    before = read_bundle(old)
    assert isinstance(before.networks["n"], keras.Model)
    with pytest.raises(BundleError, match=r'n can run on Keras only: load it with runtime="keras"'):
        read_bundle(old, runtime="onnx")
    assert convert_bundle(old, tmp_path / "new") == tmp_path / "new"
    after = read_bundle(tmp_path / "new")
    assert isinstance(after.networks["n"], OnnxNetwork)
    assert after.values == {"a": 1} and after.arrays["b"].tolist() == [0, 1, 2]
    np.testing.assert_allclose(after.networks["n"](X), before.networks["n"](X), atol=1e-6)
    with pytest.raises(OutputExistsError):
        convert_bundle(old, tmp_path / "new")


def test_the_command_converts_in_place(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(old)]) == 0
    assert capsys.readouterr().out == f"wrote {old}\n"
    assert json.loads((old / "manifest.json").read_text())["format"] == FORMAT and (old / "n.onnx").is_file()
    assert main(["convert", str(old / "nothing")]) == 2
    assert "is no model folder" in capsys.readouterr().err


def test_a_network_without_an_onnx_form_warns_and_runs_on_keras(tmp_path: Path) -> None:
    x = layers.Input((6, 2))
    model = keras.Model(x, layers.Attention(name="looks")([x, x]))
    with pytest.warns(
        KerasOnlyWarning, match=r"network 'n' cannot be written as ONNX: layer 'looks' of kind Attention"
    ):
        write_bundle(tmp_path / "m", State(networks={"n": model, "o": dense_networks((6,), (2,))[0]}))
    assert not (tmp_path / "m" / "n.onnx").exists() and (tmp_path / "m" / "o.onnx").exists()
    assert all(isinstance(network, keras.Model) for network in read_bundle(tmp_path / "m").networks.values())


def test_only_known_runtimes_are_taken(old: Path) -> None:
    with pytest.raises(InputError, match=r'`runtime` must be one of None, "onnx", "keras", received .tpu.'):
        read_bundle(old, runtime="tpu")
