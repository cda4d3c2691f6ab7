"""Batch normalisation statistics in an ONNX file: estimated anew from other samples, without Keras.

A weight keeps its size, so that its bytes are replaced where they are. To see what a layer reads, the graph gets an
output more: Protocol Buffers merge a message that is appended with the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridgeae.saving.onnx_file import fields

_BATCH = 128


@dataclass(frozen=True)
class Normalisation:
    """A batch normalisation in a graph: what it reads, and where its mean and variance are."""

    reads: str
    weights: tuple[str, str]
    places: tuple[slice, slice]


def recalibrated_files(files: Mapping[str, bytes], x: np.ndarray, share: float) -> dict[str, bytes] | None:
    """Return the files of a network whose statistics move to those of samples, or None where it has none.

    Args:
        files: those of an `OnnxNetwork`, by ending.
        x: (n, *sample).
        share: how far each mean and variance moves from the old one to that of the samples, in [0, 1].
    """
    graph = bytearray(files["onnx"])
    layers = list(normalisations(graph))
    if not layers:
        return None
    old = [[_read(graph, place) for place in layer.places] for layer in layers]
    for layer in layers:  # in the order of the graph: a layer reads what those before it make of the samples
        for place, moment in zip(layer.places, _moments(bytes(graph), layer.reads, x), strict=True):
            _write(graph, place, moment)
    moved = {}
    for layer, before in zip(layers, old, strict=True):
        for name, place, a in zip(layer.weights, layer.places, before, strict=True):
            moved[name] = (a + share * (_read(graph, place) - a)).astype(np.float32)
    for layer in layers:
        for name, place in zip(layer.weights, layer.places, strict=True):
            _write(graph, place, moved[name])
    return {**files, "onnx": bytes(graph), **_weights(files, moved)}


def normalisations(graph: bytearray) -> Iterator[Normalisation]:
    """Yield the batch normalisations of a graph in their order."""
    nodes: list[list[str]] = []
    tensors: dict[str, slice] = {}
    for number, value, start in _parts(memoryview(graph), 0):
        for part, message, offset in _parts(value, start) if number == 7 else ():  # of the model: its graph
            held = list(_parts(message, offset)) if part in (1, 5) else []
            if part == 1 and any(n == 4 and bytes(v) == b"BatchNormalization" for n, v, _ in held):
                nodes.append([bytes(v).decode() for n, v, _ in held if n == 1])
            names = [bytes(v).decode() for n, v, _ in held if part == 5 and n == 8]
            raw = [slice(at, at + len(v)) for n, v, at in held if part == 5 and n == 9]
            tensors |= dict(zip(names, raw, strict=False))
    for reads, _, _, mean, variance in nodes:
        yield Normalisation(reads, (mean, variance), (tensors[mean], tensors[variance]))


def _parts(message: memoryview, offset: int) -> Iterator[tuple[int, memoryview, int]]:
    """Yield the fields of a message that hold bytes."""
    for number, value, start in fields(message, offset):
        if isinstance(value, memoryview):
            yield number, value, start


def _moments(graph: bytes, tensor: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance (channels,) of a tensor inside a graph, over samples and positions."""
    from bridgeae.saving.session import open_session

    output = _message(12, _message(1, tensor.encode()))
    session = open_session(graph + _message(7, output))
    name = session.get_inputs()[0].name
    count, total, square = 0, np.zeros(1), np.zeros(1)
    for k in range(0, len(x), _BATCH):
        made = session.run([tensor], {name: np.ascontiguousarray(x[k : k + _BATCH], np.float32)})[0].astype(np.float64)
        axes = tuple(axis for axis in range(made.ndim) if axis != 1)
        count += made.size // made.shape[1]
        total, square = total + made.sum(axes), square + (made**2).sum(axes)
    mean = total / count
    return mean, np.maximum(square / count - mean**2, 0)


def _message(number: int, content: bytes) -> bytes:
    """Return a field of a Protocol Buffers message that holds bytes."""
    size, length = bytearray(), len(content)
    while length > 127:
        size.append(length & 127 | 128)
        length >>= 7
    return bytes([number << 3 | 2, *size, length]) + content


def _read(graph: bytearray, place: slice) -> np.ndarray:
    return np.frombuffer(bytes(graph[place]), "<f4").astype(np.float64)


def _write(graph: bytearray, place: slice, values: np.ndarray) -> None:
    graph[place] = values.astype("<f4").tobytes()


def _weights(files: Mapping[str, bytes], moved: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return the safetensors file with the weights that moved, if there is one; a weight is found by its number."""
    if "safetensors" not in files:
        return {}
    from safetensors.numpy import load, save

    numbered = {f"{int(name.removeprefix('weight')):04d}:": array for name, array in moved.items()}
    held = load(files["safetensors"])
    return {"safetensors": save({name: numbered.get(name[:5], array) for name, array in held.items()})}
