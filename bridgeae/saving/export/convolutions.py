"""Layers that move over positions: convolutions, pooling, upsampling, padding and cropping."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.saving.export.activations import activate
from bridgeae.saving.export.graph import ExportError, Graph, Tensor


def _each(value: Any, x: Tensor) -> list[int]:
    """Return an option of each position axis; that of the height, which a sequence has none of, is 1."""
    values = [value] if isinstance(value, int) else list(value)
    return [1, *values] if x.rank == 3 else values


def _pads(padding: str, size: list[int], strides: list[int], x: Tensor) -> dict[str, Any]:
    """Return the attributes of a padding; `size` is that of the window, with its dilation."""
    if padding == "valid":
        return {}
    if padding == "causal":
        return {"pads": [0, size[1] - 1, 0, 0]}
    if any(stride > 1 for stride in strides):
        return {"auto_pad": "SAME_UPPER"}  # depends on the length, which may be free
    return {"pads": [(s - 1) // 2 for s in size] + [s - 1 - (s - 1) // 2 for s in size]}


def _kernel(kernel: np.ndarray, x: Tensor) -> np.ndarray:
    """Return a kernel (*size, in, out) as (out, in, *size)."""
    kernel = np.moveaxis(kernel, (-1, -2), (0, 1))
    return kernel[:, :, None] if x.rank == 3 else kernel


def _convolve(graph: Graph, layer: Any, x: Tensor, kernel: np.ndarray, bias: Any, group: int) -> Tensor:
    strides, dilations = _each(layer.strides, x), _each(layer.dilation_rate, x)
    size = [d * (k - 1) + 1 for k, d in zip(kernel.shape[2:], dilations, strict=True)]
    inputs = [graph.constant(kernel)] + ([] if bias is None else [graph.constant(np.asarray(bias))])
    more = _pads(layer.padding, size, strides, x)
    name = graph.add("Conv", x.name, *inputs, strides=strides, dilations=dilations, group=group, **more)
    return Tensor(name, x.rank, first=True)


def _convolution(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    x = graph.channels_first(x)
    kernel, bias = _kernel(np.asarray(layer.kernel), x), layer.bias if layer.use_bias else None
    return activate(graph, layer.activation, _convolve(graph, layer, x, kernel, bias, layer.groups))


def _depthwise_kernel(kernel: np.ndarray, x: Tensor) -> np.ndarray:
    """Return a kernel (*size, in, multiplier) as (in * multiplier, 1, *size)."""
    size, (channels, multiplier) = kernel.shape[:-2], kernel.shape[-2:]
    return _kernel(kernel.reshape(*size, 1, channels * multiplier), x)


def _depthwise(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    x, kernel = graph.channels_first(x), np.asarray(layer.kernel)
    bias = layer.bias if layer.use_bias else None
    made = _convolve(graph, layer, x, _depthwise_kernel(kernel, x), bias, kernel.shape[-2])
    return activate(graph, layer.activation, made)


def _separable(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    x, kernel = graph.channels_first(x), np.asarray(layer.depthwise_kernel)
    each = _convolve(graph, layer, x, _depthwise_kernel(kernel, x), None, kernel.shape[-2])
    pointwise = graph.constant(_kernel(np.asarray(layer.pointwise_kernel), x))
    bias = [graph.constant(np.asarray(layer.bias))] if layer.use_bias else []
    return activate(graph, layer.activation, Tensor(graph.add("Conv", each.name, pointwise, *bias), x.rank, first=True))


def _transposed(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    """Add a transposed convolution; Keras makes `length * stride` of a length with padding "same"."""
    if layer.output_padding is not None and any(p is not None for p in np.atleast_1d(layer.output_padding)):
        raise ExportError("it has an `output_padding`")
    if any(d > 1 for d in np.atleast_1d(layer.dilation_rate)):
        raise ExportError("it is dilated")
    x, strides = graph.channels_first(x), _each(layer.strides, x)
    kernel = np.moveaxis(np.asarray(layer.kernel), (-1, -2), (0, 1))  # (*size, out, in) as (in, out, *size)
    kernel = kernel[:, :, None] if x.rank == 3 else kernel
    spare = [k - s for k, s in zip(kernel.shape[2:], strides, strict=True)]
    cut = [max(s, 0) if layer.padding == "same" else 0 for s in spare]
    pads = [c // 2 for c in cut] + [c - c // 2 for c in cut]
    inputs = [graph.constant(kernel)] + ([graph.constant(np.asarray(layer.bias))] if layer.use_bias else [])
    more = {"strides": strides, "pads": pads, "output_padding": [max(-s, 0) for s in spare]}
    made = Tensor(graph.add("ConvTranspose", x.name, *inputs, **more), x.rank, first=True)
    return activate(graph, layer.activation, made)


def _pooling(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    x = graph.channels_first(x)
    size, strides = _each(layer.pool_size, x), _each(layer.strides, x)
    kind = "MaxPool" if type(layer).__name__.startswith("Max") else "AveragePool"
    more = _pads(layer.padding, size, strides, x)
    return Tensor(graph.add(kind, x.name, kernel_shape=size, strides=strides, **more), x.rank, first=True)


def _global_pooling(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    x = graph.channels_first(x)
    name = graph.add("GlobalMaxPool" if "Max" in type(layer).__name__ else "GlobalAveragePool", x.name)
    if layer.keepdims:
        return Tensor(name, x.rank, first=True)
    return Tensor(graph.add("Flatten", name), 2)


def _upsampling(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    x, how = graph.channels_first(x), getattr(layer, "interpolation", "nearest")
    modes: dict[str, dict[str, str]] = {
        "nearest": {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"},
        "bilinear": {"mode": "linear", "coordinate_transformation_mode": "half_pixel"},
    }
    if how not in modes:
        raise ExportError(f"no ONNX form of the interpolation {how!r} is known")
    scales = graph.constant(np.array([1, 1, *_each(layer.size, x)], float))
    return Tensor(graph.add("Resize", x.name, "", scales, **modes[how]), x.rank, first=True)


def _sides(value: Any) -> list[tuple[int, int]]:
    """Return (before, after) of each position axis, from a padding or cropping as Keras holds it."""
    if isinstance(value, int):
        return [(value, value)]
    return [(v, v) if isinstance(v, int) else tuple(v) for v in ([value] if isinstance(value[0], int) else value)]


def _cropping(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    sides = _sides(layer.cropping)
    starts, ends = [a for a, _ in sides], [-b if b else 2**62 for _, b in sides]
    return Tensor(graph.add("Slice", x.name, *map(graph.constant, (starts, ends, x.spatial))), x.rank, x.first)


def _zero_padding(graph: Graph, layer: Any, x: Tensor) -> Tensor:
    rank = 4 if x.first and x.rank == 3 else x.rank
    pads = np.zeros((2, rank), int)
    for axis, side in zip(x.spatial, _sides(layer.padding), strict=True):
        pads[:, axis] = side
    return Tensor(graph.add("Pad", x.name, graph.constant(pads.ravel())), x.rank, x.first)


CONVOLUTION_LAYERS: dict[str, Any] = {
    **{f"Conv{d}D": _convolution for d in (1, 2, 3)},
    **{f"Conv{d}DTranspose": _transposed for d in (1, 2, 3)},
    **{f"DepthwiseConv{d}D": _depthwise for d in (1, 2)},
    **{f"SeparableConv{d}D": _separable for d in (1, 2)},
    **{f"{kind}Pooling{d}D": _pooling for kind in ("Max", "Average") for d in (1, 2, 3)},
    **{f"Global{kind}Pooling{d}D": _global_pooling for kind in ("Max", "Average") for d in (1, 2, 3)},
    **{f"UpSampling{d}D": _upsampling for d in (1, 2, 3)},
    **{f"Cropping{d}D": _cropping for d in (1, 2, 3)},
    **{f"ZeroPadding{d}D": _zero_padding for d in (1, 2, 3)},
}
