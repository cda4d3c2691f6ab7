"""An ONNX graph that grows node by node.

Keras keeps channels last, ONNX's convolutions want them first. A tensor stays channels first from one convolution to
the next and is turned back only where a layer needs it. Sequences are then images of height one, because ONNX Runtime
has its fast layout for those only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridgeae.errors import BundleError

OPSET, IR_VERSION = 17, 9
"""Operator set and file format, which the oldest allowed ONNX Runtime (1.20) reads."""


class ExportError(BundleError):
    """A network holds something that has no ONNX form here."""


@dataclass(frozen=True)
class Tensor:
    """A value in the graph.

    Args:
        name: its name in the graph.
        rank: dimensions that Keras gives it, with the batch.
        first: whether it is held channels first; a sequence then is (n, channels, 1, length).
    """

    name: str
    rank: int
    first: bool = False

    @property
    def spatial(self) -> list[int]:
        """The axes between batch and channels, as the graph holds them."""
        if self.first:
            return [3] if self.rank == 3 else list(range(2, self.rank))
        return list(range(1, self.rank - 1))


class Graph:
    """Collect nodes and constants.

    Args:
        weights: of the Keras model; a constant that is one of them is called after its number.
    """

    def __init__(self, weights: Iterable[Any] = ()) -> None:
        self._numbers = {id(weight): k for k, weight in enumerate(weights)}
        self.nodes: list[Any] = []
        self.constants: dict[str, np.ndarray] = {}
        self._turned: dict[str, Tensor] = {}  # each tensor in its other layout

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output and return the name of that."""
        return self.add_many(kind, inputs, 1, **attributes)[0]

    def add_many(self, kind: str, inputs: tuple[str, ...], count: int, **attributes: Any) -> list[str]:
        """Add a node and return the names of its first `count` outputs."""
        from onnx import helper

        outputs = [f"t{len(self.nodes)}" + (f"_{k}" if k else "") for k in range(count)]
        self.nodes.append(helper.make_node(kind, list(inputs), outputs, **attributes))
        return outputs

    def weight(self, variable: Any) -> str:
        """Add a variable of the Keras model under its number, such as "weight7", and return its name."""
        number = self._numbers.get(id(variable))
        name = self.constant(variable) if number is None else f"weight{number}"
        if number is not None:
            self.constants[name] = np.asarray(variable).astype(np.float32, order="C")
        return name

    def constant(self, value: Any) -> str:
        """Add a constant, as float32 or int64, and return its name."""
        value = np.asarray(value)
        name = f"c{len(self.constants)}"
        self.constants[name] = np.array(value, np.int64 if value.dtype.kind in "iu" else np.float32, order="C")
        return name

    def last(self, x: Tensor) -> Tensor:
        """Return a tensor as Keras holds it, channels last."""
        if not x.first:
            return x
        if x.name not in self._turned:
            name = self.add("Squeeze", x.name, self.constant([2])) if x.rank == 3 else x.name
            self._pair(x, Tensor(self.add("Transpose", name, perm=[0, *range(2, x.rank), 1]), x.rank))
        return self._turned[x.name]

    def channels_first(self, x: Tensor) -> Tensor:
        """Return a tensor of rank 3 or more with its channels first."""
        if x.first:
            return x
        if x.name not in self._turned:
            name = self.add("Transpose", x.name, perm=[0, x.rank - 1, *range(1, x.rank - 1)])
            name = self.add("Unsqueeze", name, self.constant([2])) if x.rank == 3 else name
            self._pair(x, Tensor(name, x.rank, first=True))
        return self._turned[x.name]

    def _pair(self, a: Tensor, b: Tensor) -> None:
        self._turned |= {a.name: b, b.name: a}

    def serialise(self, inputs: dict[str, list[int | None]], outputs: dict[str, list[int | None]]) -> bytes:
        """Return the graph as the bytes of an ONNX file; shapes have None where a dimension is free."""
        from onnx import TensorProto, checker, helper, numpy_helper

        reads, writes = (
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, _named(shape)) for name, shape in ends.items()]
            for ends in (inputs, outputs)
        )
        constants = [numpy_helper.from_array(value, name) for name, value in self.constants.items()]
        graph = helper.make_graph(self.nodes, "network", reads, writes, constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        checker.check_model(model)
        return bytes(model.SerializeToString())


def _named(shape: list[int | None]) -> list[int | str]:
    """Return a shape with a name for each free dimension."""
    return [size if size is not None else "n" if k == 0 else f"length{k}" for k, size in enumerate(shape)]
