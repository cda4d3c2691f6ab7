"""A bridge as one ONNX file for `inference`: channels first, batch normalisation folded into the convolutions.

A general converter goes through TensorFlow's graph, where a dilated convolution of free length becomes a dozen
reshapes. Sequences are written as images of height one, because ONNX Runtime has its fast layout for those only:
that alone made it 1.3 times faster.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from bridgeae.errors import AdapterError


def export_onnx(model: keras.Model, path: str | Path) -> None:
    """Write a functional model of this adapter's layers as ONNX, in one file.

    Args:
        model: ``(1, length, channels) -> (1, length, outputs)`` of free length, models nested in it included.
        path: of the file.

    Raises:
        AdapterError: the package onnx is missing, or a layer is of another kind than this adapter's networks use.
    """
    try:
        import onnx
        from onnx import TensorProto, helper
    except ImportError:
        raise AdapterError("writing ONNX needs the package onnx: pip install 'bridgeae[export]'.") from None
    graph = _Graph()
    out = graph.last(graph.model(model, "x"))
    graph.nodes[-1].output[0] = "y"
    shapes = [(1, "length", t.shape[-1]) for t in (model.inputs[0], model.outputs[0])]
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in zip("xy", shapes, strict=True)]
    made = helper.make_graph(graph.nodes, "bridge", values[:1], values[1:], graph.constants())
    final = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    assert out  # the last node wrote it; it is called y now
    onnx.checker.check_model(final)
    Path(path).write_bytes(final.SerializeToString())


class _Graph:
    """Collects ONNX nodes. A tensor is known by its name; those in `_first` are (1, channels, 1, length)."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self._values: dict[str, np.ndarray] = {}
        self._first: set[str] = set()
        self._convolutions: dict[str, tuple[str, list[str]]] = {}  # output: (input, [kernel, bias])

    def constants(self) -> list[Any]:
        from onnx import numpy_helper

        return [numpy_helper.from_array(v, name) for name, v in self._values.items()]

    def model(self, model: keras.Model, given: str) -> str:
        """Emit a functional model with one input and one output; return the name of its output."""
        known: dict[str, str] = {}
        for config in model.get_config()["layers"]:
            name = config["name"]
            if config["class_name"] == "InputLayer":
                known[name] = given
                continue
            inputs = [known[source] for source in _sources(config["inbound_nodes"])]
            layer = model.get_layer(name)
            if isinstance(layer, keras.Model):
                known[name] = self.model(layer, *inputs)
            else:
                known[name] = self._layer(layer)(layer, *inputs)
        last = model.get_config()["output_layers"]
        return known[last[0] if isinstance(last[0], str) else last[0][0]]

    def last(self, name: str) -> str:
        """Give a tensor as (1, length, channels)."""
        if name not in self._first:
            return name
        flat = self._node("Squeeze", name, self._constant(np.array([2])))
        return self._node("Transpose", flat, perm=[0, 2, 1], first=False)

    def first(self, name: str) -> str:
        """Give a tensor as (1, channels, 1, length)."""
        if name in self._first:
            return name
        turned = self._node("Transpose", name, perm=[0, 2, 1], first=False)
        return self._node("Unsqueeze", turned, self._constant(np.array([2])))

    def _layer(self, layer: Any) -> Callable[..., str]:
        kind = type(layer).__name__
        found = getattr(self, f"_{kind.lower()}", None)
        if found is None:
            raise AdapterError(f"`model` has a layer of kind {kind}, which the ONNX export does not know.")
        return found

    def _conv1d(self, layer: Any, x: str) -> str:
        kernel = np.asarray(layer.kernel).transpose(2, 1, 0)[:, :, None]
        bias = np.asarray(layer.bias) if layer.use_bias else np.zeros(len(kernel))
        stride, dilation = layer.strides[0], layer.dilation_rate[0]
        total = max(dilation * (kernel.shape[3] - 1) + 1 - stride, 0)  # "same", for lengths that the stride divides
        x, where = self.first(x), [self._constant(kernel), self._constant(bias)]
        pads = [0, total // 2, 0, total - total // 2]
        out = self._node("Conv", x, *where, pads=pads, strides=[1, stride], dilations=[1, dilation])
        self._convolutions[out] = x, where
        return out

    def _batchnormalization(self, layer: Any, x: str) -> str:
        mean, variance, gain, shift = map(
            np.asarray, (layer.moving_mean, layer.moving_variance, layer.gamma, layer.beta)
        )
        factor = gain / np.sqrt(variance + layer.epsilon)
        _, (kernel, bias) = self._convolutions[x]  # in these networks it always follows a convolution
        self._values[kernel] = (self._values[kernel] * factor[:, None, None, None]).astype(np.float32)
        self._values[bias] = ((self._values[bias] - mean) * factor + shift).astype(np.float32)
        return x

    def _relu(self, layer: Any, x: str) -> str:
        return self._node("Relu", x)

    def _add(self, layer: Any, a: str, b: str) -> str:
        a = self.first(a)
        given, (kernel, _) = self._convolutions.get(b, ("", ("", "")))
        if given != a:
            return self._node("Add", a, self.first(b))
        taps = self._values[kernel]  # x + convolution(x) is a convolution too: one node in place of two
        channels = np.arange(len(taps))
        taps[channels, channels, 0, taps.shape[3] // 2] += 1
        return b

    def _reshape(self, layer: Any, x: str) -> str:
        shape = self._constant(np.array([1, -1, layer.target_shape[-1]], np.int64))
        return self._node("Reshape", self.last(x), shape, first=False)

    def _upsampling1d(self, layer: Any, x: str) -> str:
        scales = self._constant(np.array([1, 1, 1, layer.size], np.float32))
        options: dict[str, Any] = {
            "mode": "nearest",
            "nearest_mode": "floor",
            "coordinate_transformation_mode": "asymmetric",
        }
        return self._node("Resize", self.first(x), "", scales, **options)

    def _normalization(self, layer: Any, x: str) -> str:
        mean = np.ravel(np.asarray(layer.mean)).astype(float)
        deviation = np.maximum(np.sqrt(np.ravel(np.asarray(layer.variance)).astype(float)), 1e-7)
        gain, shift = (deviation, mean) if layer.invert else (1 / deviation, -mean / deviation)
        where = [self._constant(gain[:, None, None, None]), self._constant(shift)]
        return self._node("Conv", self.first(x), *where, group=len(gain))  # stays in the fast layout, unlike Mul, Add

    def _node(self, kind: str, *inputs: str, first: bool = True, **options: Any) -> str:
        from onnx import helper

        out = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **options))
        if first:
            self._first.add(out)
        return out

    def _constant(self, value: np.ndarray) -> str:
        name = f"c{len(self._values)}"
        self._values[name] = value if value.dtype.kind == "i" else value.astype(np.float32)
        return name


def _sources(inbound: list[Any]) -> list[str]:
    """Names of the layers whose outputs a layer takes, from its saved configuration."""
    found: list[str] = []

    def search(value: Any) -> None:
        if isinstance(value, dict):
            if "keras_history" in value.get("config", {}):
                found.append(value["config"]["keras_history"][0])
            else:
                search(list(value.values()))
        elif isinstance(value, list | tuple):
            for part in value:
                search(part)

    search(inbound)
    return found
