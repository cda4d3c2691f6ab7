from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import onnxruntime
import pytest

from bridgeae import LinkedAutoencoder
from bridgeae.errors import BridgeError
from bridgeae_copynumber.segmentation import call
from bridgeae_copynumber.training import export_onnx

pytestmark = pytest.mark.slow
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


def test_a_network_that_cannot_be_exported_is_refused(tmp_path: Path) -> None:
    x = keras.Input((16, 2))
    with pytest.raises(BridgeError, match="of kind MultiHeadAttention"):
        export_onnx(keras.Model(x, keras.layers.MultiHeadAttention(2, 2)(x, x)), tmp_path / "x.onnx")
    assert not (tmp_path / "x.onnx").exists()
