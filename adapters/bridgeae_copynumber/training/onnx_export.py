"""ONNX export of a bridge for `segmentation`: channels first, batch normalisation folded into the convolutions.

A general converter goes through TensorFlow's graph, where a dilated convolution of free length becomes a dozen
reshapes. Sequences are written as images of height one, because ONNX Runtime has its fast layout for those only: this
makes the network 1.3 times faster.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from bridgeae.errors import AdapterError

OPSET, IR_VERSION = 17, 9
"""Operator set and file format, which the oldest allowed ONNX Runtime (1.20) reads."""


def export_onnx(model: keras.Model, path: str | Path) -> None:
    """Write a functional model of this adapter's layers as ONNX, in one file.

    Args:
        model: ``(1, length, channels) -> (1, length, outputs)`` of free length, models nested in it included.
        path: the file to write.

    Raises:
        AdapterError: the package onnx is missing, or the model holds a layer that the export does not know.
    """
    try:
        import onnx
        from onnx import TensorProto, helper
    except ImportError:
        raise AdapterError("writing ONNX needs the package onnx: pip install 'bridgeae[export]'.") from None
    graph = _Graph()
    graph.finish(graph.add_model(model, "x"), "y")
    shapes = [(1, "length", t.shape[-1]) for t in (model.inputs[0], model.outputs[0])]
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in zip("xy", shapes, strict=True)]
    onnx_graph = helper.make_graph(graph.nodes, "bridge", values[:1], values[1:], graph.constants())
    onnx_model = helper.make_model(onnx_graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(onnx_model)
    Path(path).write_bytes(onnx_model.SerializeToString())


class _Graph:
    """Collect ONNX nodes. A tensor is known by its name; those in `_first` are (1, channels, 1, length)."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self._values: dict[str, np.ndarray] = {}
        self._first: set[str] = set()
        self._convolutions: dict[str, tuple[str, list[str]]] = {}  # output: (input, [kernel, bias])
        self._add_layer: dict[type, Callable[..., str]] = {
            keras.layers.Conv1D: self._convolution,
            keras.layers.BatchNormalization: self._batch_normalization,
            keras.layers.ReLU: self._relu,
            keras.layers.Add: self._sum,
            keras.layers.Reshape: self._reshape,
            keras.layers.UpSampling1D: self._upsampling,
            keras.layers.Normalization: self._normalization,
        }

    def constants(self) -> list[Any]:
        from onnx import numpy_helper

        return [numpy_helper.from_array(v, name) for name, v in self._values.items()]

    def add_model(self, model: keras.Model, input_name: str) -> str:
        """Add a functional model with one input and one output; return the name of its output."""
        outputs: dict[str, str] = {}
        for config in model.get_config()["layers"]:
            name = config["name"]
            if config["class_name"] == "InputLayer":
                outputs[name] = input_name
                continue
            inputs = [outputs[layer] for layer in _input_layers(config["inbound_nodes"])]
            layer = model.get_layer(name)
            if isinstance(layer, keras.Model):
                outputs[name] = self.add_model(layer, *inputs)
            elif (add := self._add_layer.get(type(layer))) is not None:
                outputs[name] = add(layer, *inputs)
            else:
                kind = type(layer).__name__
                raise AdapterError(f"`model` has a layer of kind {kind}, which the ONNX export does not know.")
        last = model.get_config()["output_layers"]
        return outputs[last[0] if isinstance(last[0], str) else last[0][0]]

    def finish(self, tensor: str, output_name: str) -> None:
        """Name the output of the graph, which must be that of its last node."""
        tensor = self._channels_last(tensor)
        if not self.nodes or list(self.nodes[-1].output) != [tensor]:
            raise AdapterError("`model` must end in a layer that the ONNX export writes as its last node.")
        self.nodes[-1].output[0] = output_name

    def _channels_last(self, name: str) -> str:
        """Return a tensor as (1, length, channels)."""
        if name not in self._first:
            return name
        squeezed = self._node("Squeeze", name, self._constant(np.array([2])))
        return self._node("Transpose", squeezed, perm=[0, 2, 1], first=False)

    def _channels_first(self, name: str) -> str:
        """Return a tensor as (1, channels, 1, length)."""
        if name in self._first:
            return name
        transposed = self._node("Transpose", name, perm=[0, 2, 1], first=False)
        return self._node("Unsqueeze", transposed, self._constant(np.array([2])))

    def _convolution(self, layer: Any, x: str) -> str:
        kernel = np.asarray(layer.kernel).transpose(2, 1, 0)[:, :, None]
        bias = np.asarray(layer.bias) if layer.use_bias else np.zeros(len(kernel))
        stride, dilation = layer.strides[0], layer.dilation_rate[0]
        total = max(dilation * (kernel.shape[3] - 1) + 1 - stride, 0)  # "same", for lengths that the stride divides
        x, weights = self._channels_first(x), [self._constant(kernel), self._constant(bias)]
        pads = [0, total // 2, 0, total - total // 2]
        out = self._node("Conv", x, *weights, pads=pads, strides=[1, stride], dilations=[1, dilation])
        self._convolutions[out] = x, weights
        return out

    def _batch_normalization(self, layer: Any, x: str) -> str:
        if x not in self._convolutions:
            raise AdapterError("`model` has a BatchNormalization that follows no convolution: it cannot be exported.")
        mean, variance, gain, shift = map(
            np.asarray, (layer.moving_mean, layer.moving_variance, layer.gamma, layer.beta)
        )
        factor = gain / np.sqrt(variance + layer.epsilon)
        _, (kernel, bias) = self._convolutions[x]
        self._values[kernel] = (self._values[kernel] * factor[:, None, None, None]).astype(np.float32)
        self._values[bias] = ((self._values[bias] - mean) * factor + shift).astype(np.float32)
        return x

    def _relu(self, layer: Any, x: str) -> str:
        return self._node("Relu", x)

    def _sum(self, layer: Any, a: str, b: str) -> str:
        a = self._channels_first(a)
        source, (kernel, _) = self._convolutions.get(b, ("", ("", "")))
        if source != a:
            return self._node("Add", a, self._channels_first(b))
        weights = self._values[kernel]  # x + convolution(x) is a convolution too: one node in place of two
        channels = np.arange(len(weights))
        weights[channels, channels, 0, weights.shape[3] // 2] += 1
        return b

    def _reshape(self, layer: Any, x: str) -> str:
        shape = self._constant(np.array([1, -1, layer.target_shape[-1]], np.int64))
        return self._node("Reshape", self._channels_last(x), shape, first=False)

    def _upsampling(self, layer: Any, x: str) -> str:
        scales = self._constant(np.array([1, 1, 1, layer.size], np.float32))
        options: dict[str, Any] = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric"}
        return self._node("Resize", self._channels_first(x), "", scales, nearest_mode="floor", **options)

    def _normalization(self, layer: Any, x: str) -> str:
        """Add a Normalization as a convolution, which keeps the fast layout, unlike Mul and Add."""
        mean = np.ravel(np.asarray(layer.mean)).astype(float)
        deviation = np.maximum(np.sqrt(np.ravel(np.asarray(layer.variance)).astype(float)), 1e-7)
        gain, shift = (deviation, mean) if layer.invert else (1 / deviation, -mean / deviation)
        weights = [self._constant(gain[:, None, None, None]), self._constant(shift)]
        return self._node("Conv", self._channels_first(x), *weights, group=len(gain))

    def _node(self, kind: str, *inputs: str, first: bool = True, **options: Any) -> str:
        """Add a node and return the name of its output; `first` says that it is (1, channels, 1, length)."""
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


def _input_layers(inbound: Any) -> list[str]:
    """Return the names of the layers whose outputs a layer takes, from its saved configuration."""
    if isinstance(inbound, list | tuple):
        return [name for part in inbound for name in _input_layers(part)]
    if not isinstance(inbound, dict):
        return []
    if "keras_history" in inbound.get("config", {}):
        return [inbound["config"]["keras_history"][0]]
    return _input_layers(list(inbound.values()))
