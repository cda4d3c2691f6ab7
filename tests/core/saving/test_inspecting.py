"""`bridgeae inspect` tells what is in a model, and what is wrong with it, and builds nothing."""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from keras import Model, layers

from bridgeae.cli import main
from bridgeae.saving import State, write_bundle
from bridgeae.saving.inspecting import inspect_bundle


@pytest.fixture
def model(tmp_path: Path) -> Path:
    x = layers.Input((4,))
    networks = {"source-encoder": Model(x, layers.Dense(3, activation="relu")(x))}
    content = {"source": {"kind": "Autoencoder", "adapter": {"name": "images", "options": {"size": 8}}}}
    write_bundle(tmp_path / "model", State(content, networks, {"mean": np.zeros(2)}))
    return tmp_path / "model"


def test_a_sound_model_is_described(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(model)]) == 0
    said = capsys.readouterr().out
    assert '"name": "images"' in said and "source-encoder: 15 weights; 1 InputLayer, 1 Dense" in said
    assert said.count("as it was saved") == len(list(model.iterdir())) - 1
    assert "NOT" not in said and "CHANGED" not in said


def test_nothing_is_built(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)  # importing it would fail
    assert inspect_bundle(model)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda m: (m / "source-encoder.json").write_text("{}"), "source-encoder.json: 2 bytes, CHANGED"),
        (lambda m: (m / "source-encoder.json").write_text("[" * 10**5), "NOT SAFE OR DAMAGED"),
        (lambda m: (m / "source-encoder.safetensors").unlink(), "source-encoder.safetensors: NOT READ"),
        (lambda m: (m / "more.py").write_text("print()"), "more.py: not in the manifest, never read"),
    ],
)
def test_what_is_wrong_is_told(model: Path, spoil, said: str) -> None:
    spoil(model)
    assert said in "\n".join(inspect_bundle(model))


def test_a_layer_that_is_not_allowed_and_a_link_are_named(model: Path, tmp_path: Path) -> None:
    file = model / "source-encoder.json"
    file.write_text(file.read_text().replace('"Dense"', '"Lambda"'))
    manifest = json.loads((model / "manifest.json").read_text())
    manifest["sha256"][file.name] = sha256(file.read_bytes()).hexdigest()
    (model / "manifest.json").write_text(json.dumps(manifest))
    (model / "arrays.safetensors").rename(tmp_path / "outside")
    (model / "arrays.safetensors").symlink_to(tmp_path / "outside")
    said = "\n".join(inspect_bundle(model))
    assert "NOT SAFE OR DAMAGED" in said and "Lambda" in said
    assert "arrays.safetensors: NOT READ" in said and "leads out of" in said
