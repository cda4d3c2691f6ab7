"""What an ONNX file holds, read without the package onnx: its shapes, and whether its weights are whole.

ONNX is a Protocol Buffers format. Of the messages only those are walked that lead to tensors and shapes; the numbers
are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bridgeae.checks import Shape
from bridgeae.errors import BundleError

_PARTS: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 11: "input", 12: "output", 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
_FLOATS = {1: np.dtype("<f4"), 10: np.dtype("<f2"), 11: np.dtype("<f8")}
_OP_TYPE = 4  # of a node
_FROM_NOTHING = {b"ConstantOfShape", b"EyeLike", b"Expand", b"Range", b"RandomNormal", b"RandomUniform", b"SequenceMap"}
"""Nodes that make any number of values of a few."""
_DATA_TYPE, _FLOAT_DATA, _RAW_DATA, _DOUBLE_DATA, _EXTERNAL_DATA, _DATA_LOCATION = 2, 4, 9, 10, 13, 14


def read_shapes(graph: bytes, where: str) -> tuple[list[Shape], list[Shape]]:
    """Return the shapes that a graph reads and writes, with None for a free dimension.

    Args:
        graph: the bytes of an ONNX file.
        where: its place, for messages.

    Raises:
        BundleError: it is damaged, keeps weights in other files, or has a weight that is not finite.
    """
    inputs: list[Shape] = []
    outputs: list[Shape] = []
    try:
        for kind, part in _walk(graph):
            if kind == "tensor":
                _check_tensor(part, where)
            else:
                (inputs if kind == "input" else outputs).append(_shape(part))
    except (ValueError, IndexError) as error:
        if isinstance(error, BundleError):
            raise
        raise BundleError(f"{where} is damaged: it is no ONNX file ({error}).") from None
    if not inputs or not outputs:
        raise BundleError(f"{where} is damaged: it is no ONNX file with inputs and outputs.")
    return inputs, outputs


def _walk(graph: bytes) -> Iterator[tuple[str, memoryview]]:
    """Yield all tensors, and the inputs and outputs of the graph itself."""
    stack = [("model", memoryview(graph), 0)]
    while stack:
        kind, message, depth = stack.pop()
        parts = []
        for number, value in _fields(message):
            part = _PARTS[kind].get(number)
            if part == "function" or (part == "graph" and kind == "attribute"):
                raise ValueError("it has a graph within a graph, as loops have, which bridgeae never writes")
            if (
                kind == "node"
                and number == _OP_TYPE
                and isinstance(value, memoryview)
                and bytes(value) in _FROM_NOTHING
            ):
                raise ValueError(f"it has the node {bytes(value).decode()}, which bridgeae never writes")
            if part is None or not isinstance(value, memoryview):
                continue
            if part in _PARTS:
                parts.append((part, value, depth + 1))
            elif part == "tensor" or depth == 1:
                yield part, value
        stack += reversed(parts)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    return ((number, value) for number, value, _ in fields(message))


def fields(message: memoryview, offset: int = 0) -> Iterator[tuple[int, int | memoryview, int]]:
    """Yield number, value and place of each field of a message that begins at `offset`; floats come as bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        wire = key & 7
        if wire == 0:
            number, at = _varint(message, at)
            yield key >> 3, number, offset + at
            continue
        if wire not in (1, 2, 5):
            raise ValueError(f"field of wire type {wire}")
        size, at = _varint(message, at) if wire == 2 else (8 if wire == 1 else 4, at)
        if at + size > len(message):
            raise ValueError("it ends early")
        yield key >> 3, message[at : at + size], offset + at
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
        if shift > 63:
            raise ValueError("a number without end")


def _shape(value_info: memoryview) -> Shape:
    """Return the shape of an input or output: type (2), tensor_type (1), shape (2), dim (1), dim_value (1)."""
    message = value_info
    for number in (2, 1, 2):
        message = next((v for n, v in _fields(message) if n == number and isinstance(v, memoryview)), memoryview(b""))
    sizes = []
    for _, dim in _fields(message):
        known = [v for n, v in _fields(dim) if n == 1] if isinstance(dim, memoryview) else []
        sizes.append(known[0] if known and isinstance(known[0], int) else None)
    return tuple(sizes)


def _check_tensor(tensor: memoryview, where: str) -> None:
    fields = list(_fields(tensor))
    kind = next((v for n, v in fields if n == _DATA_TYPE and isinstance(v, int)), 0)
    types: dict[int, Any] = {_RAW_DATA: _FLOATS.get(kind), _FLOAT_DATA: _FLOATS[1], _DOUBLE_DATA: _FLOATS[11]}
    for number, value in fields:
        if number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value):
            raise BundleError(f"{where} is not safe to load: it keeps weights in other files.")
        dtype = types.get(number)
        if dtype is not None and isinstance(value, memoryview) and not np.isfinite(np.frombuffer(value, dtype)).all():
            raise BundleError(f"{where} is damaged: a weight in it is not a finite number.")
