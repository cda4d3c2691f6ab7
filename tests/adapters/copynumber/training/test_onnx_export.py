from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import onnxruntime
import pytest

from bridgeae import LinkedAutoencoder
from bridgeae.errors import AdapterError
from bridgeae_copynumber.segmentation import call
from bridgeae_copynumber.training import export_onnx

onnx = pytest.importorskip("onnx")


def test_the_bridge_runs_without_keras_and_gives_the_same(copynumber_bridge: LinkedAutoencoder, tmp_path: Path) -> None:
    model = copynumber_bridge.network()
    export_onnx(model, tmp_path / "bridge.onnx")
    x = np.random.default_rng(0).normal(size=(1, 160, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(tmp_path / "bridge.onnx")
    out = session.run(None, {session.get_inputs()[0].name: x})[0]
    np.testing.assert_allclose(out, model.predict(x, verbose=0), atol=1e-3)
    assert len(call(np.zeros(50), [50], model=tmp_path / "bridge.onnx").starts) >= 1


def test_the_exported_bridge_holds_no_step_that_a_convolution_can_do(
    copynumber_bridge: LinkedAutoencoder, tmp_path: Path
) -> None:
    export_onnx(copynumber_bridge.network(), tmp_path / "bridge.onnx")
    kinds = [node.op_type for node in onnx.load(tmp_path / "bridge.onnx").graph.node]
    assert "Mul" not in kinds and "BatchNormalization" not in kinds  # neither normalisation nor its undoing
    assert kinds.count("Add") == 4  # skips over two convolutions, and of the U-Net: those over one are in its kernel


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([keras.layers.Dense(3)], "a layer of kind Dense"),
        ([keras.layers.BatchNormalization()], "BatchNormalization that follows no convolution"),
        ([keras.layers.Conv1D(2, 3, padding="same"), keras.layers.Identity()], "a layer of kind Identity"),
    ],
    ids=["dense", "normalisation alone", "identity"],
)
def test_networks_that_cannot_be_exported_are_refused(
    tmp_path: Path, layers: list[keras.layers.Layer], message: str
) -> None:
    h = x = keras.Input((None, 2))
    for layer in layers:
        h = layer(h)
    with pytest.raises(AdapterError, match=message):
        export_onnx(keras.Model(x, h), tmp_path / "x.onnx")
    assert not (tmp_path / "x.onnx").exists()
