"""A Keras network as an ONNX graph: its layers are walked as its configuration connects them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bridgeae.saving.export.activations import ACTIVATION_LAYERS
from bridgeae.saving.export.convolutions import CONVOLUTION_LAYERS
from bridgeae.saving.export.graph import ExportError, Graph, Tensor
from bridgeae.saving.export.recurrent import RECURRENT_LAYERS
from bridgeae.saving.export.simple import SIMPLE_LAYERS

_LAYERS: dict[str, Any] = {**ACTIVATION_LAYERS, **CONVOLUTION_LAYERS, **RECURRENT_LAYERS, **SIMPLE_LAYERS}

EXPORTED_LAYERS = tuple(sorted(_LAYERS))
"""Layers of Keras that have an ONNX form, by name."""

Reference = tuple[str, int, int]  # a layer's name, which of its calls, which of that call's outputs


def export_network(network: Any) -> bytes:
    """Return a functional or Sequential Keras model as the bytes of an ONNX file.

    Inputs are called "x" (or x0, x1 ...) and outputs "y". The batch is free, and so is every dimension that Keras
    leaves free. Nothing is folded, so that each weight can be found again.

    Raises:
        ExportError: a layer, or an option of one, has no ONNX form here; the message names it.
    """
    graph = Graph(network.weights)
    inputs = {name: list(t.shape) for name, t in _numbered("x", network.inputs)}
    made = add_network(graph, network, [Tensor(name, len(shape)) for name, shape in inputs.items()])
    return serialised(graph, network, made)


def serialised(graph: Graph, network: Any, made: list[Tensor]) -> bytes:
    """Return a graph as the bytes of an ONNX file with the network's inputs and outputs."""
    outputs = {name: list(t.shape) for name, t in _numbered("y", network.outputs)}
    for name, tensor in zip(outputs, made, strict=True):
        source = graph.last(tensor).name
        if graph.nodes and list(graph.nodes[-1].output) == [source]:
            graph.nodes[-1].output[0] = name
        else:
            from onnx import helper

            graph.nodes.append(helper.make_node("Identity", [source], [name]))
    return graph.serialise({name: list(t.shape) for name, t in _numbered("x", network.inputs)}, outputs)


def add_network(graph: Graph, network: Any, inputs: list[Tensor]) -> list[Tensor]:
    """Add the layers of a Keras model to a graph and return its outputs."""
    if type(network).__name__ == "Sequential":
        for layer in network.layers:
            inputs = _add_layer(graph, layer, inputs)
        return inputs
    config = network.get_config()
    calls = {(layer["name"], k): call for layer in config["layers"] for k, call in enumerate(layer["inbound_nodes"])}
    made: dict[Reference, Tensor] = dict(zip(_references(config["input_layers"]), inputs, strict=True))
    # here, and nowhere else, Keras counts the calls of a model within the model from 1
    models = {layer["name"] for layer in config["layers"] if layer["class_name"] == "Functional"}
    wanted = [(name, call - (name in models), k) for name, call, k in _references(config["output_layers"])]
    waiting = list(wanted)
    while waiting:  # a stack and no recursion, as networks may be deep
        name, call, _ = waiting[-1]
        if waiting[-1] in made:
            waiting.pop()
            continue
        needed = _arguments(name, calls[name, call])
        if missing := [reference for reference in needed if reference not in made]:
            waiting += missing
            continue
        outputs = _add_layer(graph, network.get_layer(name), [made[reference] for reference in needed])
        made |= {(name, call, k): tensor for k, tensor in enumerate(outputs)}
    return [made[reference] for reference in wanted]


def _add_layer(graph: Graph, layer: Any, inputs: list[Tensor]) -> list[Tensor]:
    kind = type(layer)
    if kind.__name__ in ("Functional", "Sequential"):
        return add_network(graph, layer, inputs)
    add = _LAYERS.get(kind.__name__) if kind.__module__.partition(".")[0] == "keras" else None
    try:
        if add is None:
            raise ExportError("no ONNX form of it is known")
        if getattr(layer, "data_format", "channels_last") not in (None, "channels_last"):
            raise ExportError("it has its channels first")
        made = add(graph, layer, *inputs)
    except ExportError as error:
        raise ExportError(f"layer {layer.name!r} of kind {kind.__name__}: {error}") from None
    return made if isinstance(made, list) else [made]


def _numbered(letter: str, tensors: list[Any]) -> list[tuple[str, Any]]:
    return [(letter if len(tensors) == 1 else f"{letter}{k}", tensor) for k, tensor in enumerate(tensors)]


def _references(value: Any) -> list[Reference]:
    """Return the references in `input_layers` or `output_layers`, one or nested in lists."""
    if len(value) == 3 and isinstance(value[0], str):
        return [(value[0], value[1], value[2])]
    return [reference for part in value for reference in _references(part)]


def _arguments(name: str, call: Any) -> list[Reference]:
    """Return the tensors that a call takes. Raises ExportError where one is no plain input, such as a mask."""
    for key, value in call["kwargs"].items():
        if any(True for _ in _tensors(value)):
            raise ExportError(f"layer {name!r} takes a `{key}`, which has no ONNX form here")
    return list(_tensors(call["args"]))


def _tensors(value: Any) -> Iterator[Reference]:
    if isinstance(value, list | tuple):
        for part in value:
            yield from _tensors(part)
    elif isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        name, call, output = value["config"]["keras_history"]
        yield name, call, output
