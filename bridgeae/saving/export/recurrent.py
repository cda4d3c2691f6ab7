"""Recurrent layers, without masks."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.saving.export.graph import ExportError, Graph, Tensor

_ORDER = {"LSTM": (0, 3, 1, 2), "GRU": (0, 1, 2), "SimpleRNN": (0,)}
"""Which of Keras' gates each of ONNX's is: input, output, forget, cell; update, reset, hidden."""


def _weights(layer: Any, kind: str) -> list[np.ndarray]:
    """Return kernel, recurrent kernel and bias of a layer as ONNX has them, for one direction."""
    cell, order = layer.cell, _ORDER[kind]

    def gates(weights: Any) -> np.ndarray:
        parts = np.split(np.asarray(weights), len(order), axis=-1)
        return np.concatenate([parts[k] for k in order], axis=-1)

    kernel, recurrent = gates(cell.kernel), gates(cell.recurrent_kernel)
    bias = np.zeros((2, kernel.shape[1]))
    if cell.use_bias:
        given = np.asarray(cell.bias)
        bias[: max(1, given.ndim)] = np.stack([gates(b) for b in given]) if given.ndim > 1 else gates(given)
    return [kernel.T, recurrent.T, bias.ravel()]


def _check(layer: Any, kind: str) -> None:
    usual = {"activation": "tanh", "recurrent_activation": "sigmoid"}
    for name, wanted in usual.items():
        activation = getattr(layer, name, None)
        if activation is not None and activation.__name__ != wanted:
            raise ExportError(f"its {name} is not {wanted}")
    if layer.return_state or layer.stateful:
        raise ExportError("it hands on its state")


def _run(graph: Graph, layers: list[Any], x: Tensor, direction: str) -> str:
    """Add the node and return its output (length, directions, n, units)."""
    kind = type(layers[0]).__name__
    if kind not in _ORDER:
        raise ExportError(f"no ONNX form of {kind} is known")
    for layer in layers:
        _check(layer, kind)
    stacked = (np.stack(parts) for parts in zip(*(_weights(layer, kind) for layer in layers), strict=True))
    more = {"linear_before_reset": int(layers[0].reset_after)} if kind == "GRU" else {}
    steps = graph.add("Transpose", graph.last(x).name, perm=[1, 0, 2])
    names = map(graph.constant, stacked)
    node = "RNN" if kind == "SimpleRNN" else kind
    return graph.add(node, steps, *names, hidden_size=int(layers[0].units), direction=direction, **more)


def _ends(graph: Graph, steps: str, layer: Any, backwards: bool) -> Tensor:
    """Return all steps (n, length, units) of (length, n, units), in Keras' order, or the last one."""
    if not layer.return_sequences:
        index = graph.constant(0 if backwards else -1)
        return Tensor(graph.add("Gather", steps, index, axis=0), 2)
    if layer.go_backwards:  # Keras gives the steps in the order in which it took them
        starts, ends, axes, step = map(graph.constant, ([-1], [-(2**62)], [0], [-1]))
        steps = graph.add("Slice", steps, starts, ends, axes, step)
    return Tensor(graph.add("Transpose", steps, perm=[1, 0, 2]), 3)


def _recurrent(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    steps = _run(graph, [layer], x, "reverse" if layer.go_backwards else "forward")
    return _ends(graph, graph.add("Squeeze", steps, graph.constant([1])), layer, layer.go_backwards)


def _bidirectional(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    there, back = layer.forward_layer, layer.backward_layer
    if there.go_backwards or type(there) is not type(back) or there.units != back.units:
        raise ExportError("its two layers differ")
    both = _run(graph, [there, back], x, "bidirectional")
    merge = layer.merge_mode
    made = []
    for k, one in enumerate((there, back)):
        steps = graph.add("Gather", both, graph.constant(k), axis=1)
        if one.return_sequences:  # Keras turns the steps of the way back round again
            made.append(Tensor(graph.add("Transpose", steps, perm=[1, 0, 2]), 3))
        else:
            made.append(_ends(graph, steps, one, backwards=bool(k)))
    names = [t.name for t in made]
    if merge == "concat":
        return Tensor(graph.add("Concat", *names, axis=-1), made[0].rank)
    kinds = {"sum": "Add", "mul": "Mul", "ave": "Mean"}
    if merge not in kinds:
        raise ExportError(f"its merge_mode is {merge}")
    return Tensor(graph.add(kinds[merge], *names), made[0].rank)


RECURRENT_LAYERS: dict[str, Any] = {**dict.fromkeys(_ORDER, _recurrent), "Bidirectional": _bidirectional}
