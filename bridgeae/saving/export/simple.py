"""Layers that treat each value, vector or shape by itself: dense, normalisation, shapes, merging."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.saving.export.activations import activate
from bridgeae.saving.export.graph import ExportError, Graph, Tensor


def _dense(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    x = graph.last(x)
    name = graph.add("MatMul", x.name, graph.constant(np.asarray(layer.kernel)))
    if layer.use_bias:
        name = graph.add("Add", name, graph.constant(np.asarray(layer.bias)))
    return activate(graph, layer.activation, Tensor(name, x.rank))


def _embedding(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    index = graph.add("Cast", x.name, to=7)  # int64
    return Tensor(graph.add("Gather", graph.constant(np.asarray(layer.embeddings)), index), x.rank + 1)


def _only_last(axis: Any, x: Tensor) -> None:
    if list(np.atleast_1d(axis)) not in ([-1], [x.rank - 1]):
        raise ExportError(f"its axis {axis} is not the last one")


def _batch_normalization(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    _only_last(layer.axis, x)
    if x.rank > 2:
        x = graph.channels_first(x)
    size = len(np.asarray(layer.moving_mean))
    gain = np.asarray(layer.gamma) if layer.scale else np.ones(size)
    shift = np.asarray(layer.beta) if layer.center else np.zeros(size)
    moments = map(graph.weight, (layer.moving_mean, layer.moving_variance))  # by name, since `adapted` moves them
    inputs = (*map(graph.constant, (gain, shift)), *moments)
    return Tensor(graph.add("BatchNormalization", x.name, *inputs, epsilon=float(layer.epsilon)), x.rank, x.first)


def _layer_normalization(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    _only_last(layer.axis, x)
    if getattr(layer, "rms_scaling", False):
        raise ExportError("it scales by the root mean square")
    x, size = graph.last(x), layer.input_spec.axes[x.rank - 1] if layer.input_spec and layer.input_spec.axes else None
    weights = [layer.gamma if layer.scale else None, layer.beta if layer.center else None]
    size = size or len(np.asarray(next(w for w in weights if w is not None)))
    gain, shift = (np.full(size, 1.0 - k) if w is None else np.asarray(w) for k, w in enumerate(weights))
    inputs = map(graph.constant, (gain, shift))
    return Tensor(graph.add("LayerNormalization", x.name, *inputs, axis=-1, epsilon=float(layer.epsilon)), x.rank)


def _rms_normalization(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    _only_last(layer.axis, x)
    x = graph.last(x)
    square = graph.add("ReduceMean", graph.add("Mul", x.name, x.name), axes=[-1])
    root = graph.add("Sqrt", graph.add("Add", square, graph.constant(float(layer.epsilon))))
    name = graph.add("Div", x.name, root)
    return Tensor(graph.add("Mul", name, graph.constant(np.asarray(layer.scale))), x.rank)


def _unit_normalization(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    x = graph.last(x)
    axes = [a % x.rank for a in np.atleast_1d(layer.axis).tolist()]
    length = graph.add("Max", graph.add("ReduceL2", x.name, axes=axes), graph.constant(1e-12))
    return Tensor(graph.add("Div", x.name, length), x.rank)


def _group_normalization(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    _only_last(layer.axis, x)
    if x.rank < 3:
        raise ExportError("its samples are vectors")
    x, groups = graph.channels_first(x), int(layer.groups)
    flat = graph.add("Reshape", x.name, graph.constant([0, groups, -1]))
    unit = graph.constant(np.ones(groups)), graph.constant(np.zeros(groups))
    flat = graph.add("InstanceNormalization", flat, *unit, epsilon=float(layer.epsilon))
    name = graph.add("Reshape", flat, graph.add("Shape", x.name))
    trailing = (1,) * (2 if x.rank == 3 else x.rank - 2)
    if layer.scale:
        name = graph.add("Mul", name, graph.constant(np.asarray(layer.gamma).reshape(-1, *trailing)))
    if layer.center:
        name = graph.add("Add", name, graph.constant(np.asarray(layer.beta).reshape(-1, *trailing)))
    return Tensor(name, x.rank, first=True)


def _normalization(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    """Add a Normalization; between convolutions as one, which keeps their fast layout, unlike Mul and Add."""
    mean = np.asarray(layer.mean, float)
    deviation = np.maximum(np.sqrt(np.asarray(layer.variance, float)), 1e-7)
    if x.first and mean.size > 1 and mean.shape[-1] == mean.size:
        gain, shift = (deviation, mean) if layer.invert else (1 / deviation, -mean / deviation)
        kernel = graph.constant(gain.reshape(-1, 1, *[1] * (2 if x.rank == 3 else x.rank - 2)))
        name = graph.add("Conv", x.name, kernel, graph.constant(shift.ravel()), group=mean.size)
        return Tensor(name, x.rank, first=True)
    x = graph.last(x)
    centre, scale = graph.constant(mean), graph.constant(deviation)
    if layer.invert:
        return Tensor(graph.add("Add", graph.add("Mul", x.name, scale), centre), x.rank)
    return Tensor(graph.add("Div", graph.add("Sub", x.name, centre), scale), x.rank)


def _rescaling(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    x = graph.last(x)
    name = graph.add("Mul", x.name, graph.constant(np.asarray(layer.scale, float)))
    return Tensor(graph.add("Add", name, graph.constant(np.asarray(layer.offset, float))), x.rank)


def _flatten(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    return Tensor(graph.add("Flatten", graph.last(x).name), 2)


def _reshape(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    shape = [0, *(-1 if n is None else int(n) for n in layer.target_shape)]
    return Tensor(graph.add("Reshape", graph.last(x).name, graph.constant(shape)), len(shape))


def _permute(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    return Tensor(graph.add("Transpose", graph.last(x).name, perm=[0, *layer.dims]), x.rank)


def _repeat_vector(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    name = graph.add("Unsqueeze", x.name, graph.constant([1]))
    return Tensor(graph.add("Tile", name, graph.constant([1, int(layer.n), 1])), 3)


def _masking(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    """Add zeros where all values of a step equal the mask value; a layer that reads the mask itself is refused."""
    x = graph.last(x)
    other = graph.add("Abs", graph.add("Sub", x.name, graph.constant(float(layer.mask_value))))
    kept = graph.add("ReduceMax", graph.add("Sign", other), axes=[-1])
    return Tensor(graph.add("Mul", x.name, kept), x.rank)


def _time_distributed(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    if type(layer.layer).__name__ != "Dense":
        raise ExportError(f"it holds a {type(layer.layer).__name__}, not a Dense")
    return _dense(graph, layer.layer, x)


def _alike(graph: Graph, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return tensors in one layout. Raises ExportError where they differ in rank."""
    if len({t.rank for t in tensors}) > 1:
        raise ExportError("its inputs differ in rank")
    return tensors if all(t.first for t in tensors) else tuple(graph.last(t) for t in tensors)


def _chained(kind: str) -> Any:
    def add(graph: Graph, layer: Any, *tensors: Tensor) -> Tensor:
        first, *rest = _alike(graph, tensors)
        name = first.name
        for tensor in rest:
            name = graph.add(kind, name, tensor.name)
        return Tensor(name, first.rank, first.first)

    return add


def _merged(kind: str) -> Any:
    def add(graph: Graph, layer: Any, *tensors: Tensor) -> Tensor:
        alike = _alike(graph, tensors)
        return Tensor(graph.add(kind, *(t.name for t in alike)), alike[0].rank, alike[0].first)

    return add


def _concatenate(graph: Graph, layer: Any, *tensors: Tensor) -> Tensor:
    axis = layer.axis % tensors[0].rank
    if axis < tensors[0].rank - 1:
        tensors = tuple(graph.last(t) for t in tensors)
    tensors = _alike(graph, tensors)
    axis = 1 if tensors[0].first else axis
    return Tensor(graph.add("Concat", *(t.name for t in tensors), axis=axis), tensors[0].rank, tensors[0].first)


def _unchanged(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    return x


SIMPLE_LAYERS: dict[str, Any] = {
    "Add": _chained("Add"),
    "Average": _merged("Mean"),
    "BatchNormalization": _batch_normalization,
    "Concatenate": _concatenate,
    "Dense": _dense,
    "Embedding": _embedding,
    "Flatten": _flatten,
    "GroupNormalization": _group_normalization,
    "LayerNormalization": _layer_normalization,
    "Masking": _masking,
    "Maximum": _merged("Max"),
    "Minimum": _merged("Min"),
    "Multiply": _chained("Mul"),
    "Normalization": _normalization,
    "Permute": _permute,
    "RMSNormalization": _rms_normalization,
    "RepeatVector": _repeat_vector,
    "Rescaling": _rescaling,
    "Reshape": _reshape,
    "Subtract": _chained("Sub"),
    "TimeDistributed": _time_distributed,
    "UnitNormalization": _unit_normalization,
    **dict.fromkeys(
        ("Dropout", "GaussianNoise", "Identity", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"), _unchanged
    ),
}
