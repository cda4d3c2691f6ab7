"""Activations, and the layers that are one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from bridgeae.saving.export.graph import ExportError, Graph, Tensor


def activate(graph: Graph, activation: Any, x: Tensor) -> Tensor:
    """Add an activation function of Keras, or a layer that is one."""
    name = getattr(activation, "__name__", type(activation).__name__)
    if name == "linear":
        return x
    if name in ACTIVATION_LAYERS:
        made: Tensor = ACTIVATION_LAYERS[name](graph, activation, x)
        return made
    if name in ("softmax", "log_softmax"):
        x = graph.last(x)
    if name not in _FUNCTIONS:
        raise ExportError(f"no ONNX form of the activation {name!r} is known")
    return Tensor(_FUNCTIONS[name](graph, x.name), x.rank, x.first)


def _node(kind: str, **attributes: Any) -> Callable[[Graph, str], str]:
    return lambda graph, x: graph.add(kind, x, **attributes)


def _silu(graph: Graph, x: str) -> str:
    return graph.add("Mul", x, graph.add("Sigmoid", x))


def _mish(graph: Graph, x: str) -> str:
    return graph.add("Mul", x, graph.add("Tanh", graph.add("Softplus", x)))


def _gelu(graph: Graph, x: str) -> str:
    """Add the exact one, by the error function; ONNX has a node of its own only from operator set 20 on."""
    inner = graph.add("Erf", graph.add("Mul", x, graph.constant(np.sqrt(0.5))))
    half = graph.add("Mul", x, graph.constant(0.5))
    return graph.add("Mul", half, graph.add("Add", inner, graph.constant(1.0)))


def _clip(graph: Graph, x: str, low: float, high: float) -> str:
    return graph.add("Clip", x, graph.constant(low), graph.constant(high))


_FUNCTIONS: dict[str, Callable[[Graph, str], str]] = {
    "celu": _node("Celu", alpha=1.0),
    "elu": _node("Elu", alpha=1.0),
    "exponential": _node("Exp"),
    "gelu": _gelu,
    "hard_sigmoid": _node("HardSigmoid", alpha=1 / 6, beta=0.5),
    "hard_silu": _node("HardSwish"),
    "hard_swish": _node("HardSwish"),
    "leaky_relu": _node("LeakyRelu", alpha=0.2),
    "log_softmax": _node("LogSoftmax", axis=-1),
    "mish": _mish,
    "relu": _node("Relu"),
    "relu6": partial(_clip, low=0.0, high=6.0),
    "selu": _node("Selu", alpha=1.6732632423543772, gamma=1.0507009873554805),
    "sigmoid": _node("Sigmoid"),
    "silu": _silu,
    "softmax": _node("Softmax", axis=-1),
    "softplus": _node("Softplus"),
    "softsign": _node("Softsign"),
    "swish": _silu,
    "tanh": _node("Tanh"),
}


def _relu(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    if layer.threshold:
        raise ExportError("it has a threshold")
    slope = float(layer.negative_slope or 0)
    name = graph.add("LeakyRelu", x.name, alpha=slope) if slope else graph.add("Relu", x.name)
    if layer.max_value is not None:
        name = graph.add("Min", name, graph.constant(float(layer.max_value)))
    return Tensor(name, x.rank, x.first)


def _leaky_relu(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    return Tensor(graph.add("LeakyRelu", x.name, alpha=float(layer.negative_slope)), x.rank, x.first)


def _elu(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    return Tensor(graph.add("Elu", x.name, alpha=float(layer.alpha)), x.rank, x.first)


def _prelu(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    x = graph.last(x)
    return Tensor(graph.add("PRelu", x.name, graph.constant(np.asarray(layer.alpha))), x.rank)


def _softmax(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    if not isinstance(layer.axis, int):
        raise ExportError("it has several axes")
    x = graph.last(x)
    return Tensor(graph.add("Softmax", x.name, axis=layer.axis), x.rank)


ACTIVATION_LAYERS: dict[str, Any] = {
    "Activation": lambda graph, layer, x: activate(graph, layer.activation, x),
    "ELU": _elu,
    "LeakyReLU": _leaky_relu,
    "PReLU": _prelu,
    "ReLU": _relu,
    "Softmax": _softmax,
}
