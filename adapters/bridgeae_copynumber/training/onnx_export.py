"""ONNX export of a bridge for `segmentation`: batch normalisation and skips folded into the convolutions.

ONNX Runtime folds a batch normalisation too, at each start; here it is done once. A skip over a convolution is one
convolution as well, which ONNX Runtime does not notice.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.saving.export import Graph, Tensor, add_network, serialised

if TYPE_CHECKING:
    import keras


def export_onnx(model: keras.Model, path: str | Path) -> None:
    """Write a functional model as ONNX, in one file with the input "x" and the output "y".

    Args:
        model: ``(n, length, channels) -> (n, length, outputs)`` of free length, models nested in it included.
        path: the file to write.

    Raises:
        ExportError: the model holds a layer that has no ONNX form here; it is a `BridgeError`.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> import keras
        >>> from bridgeae_copynumber.training import export_onnx
        >>> x = keras.Input((None, 3))
        >>> with TemporaryDirectory() as folder:
        ...     export_onnx(keras.Model(x, keras.layers.Conv1D(2, 3, padding="same")(x)), Path(folder) / "model.onnx")
        ...     (Path(folder) / "model.onnx").is_file()
        True
    """
    graph = Graph()
    made = add_network(graph, model, [Tensor("x", 3)])
    fold(graph)
    Path(path).write_bytes(serialised(graph, model, made))


def fold(graph: Graph) -> None:
    """Fold each batch normalisation, and each skip, that follows a convolution into its weights."""
    for kind, into in (("BatchNormalization", _fold_normalisation), ("Add", _fold_skip)):
        uses = Counter(name for node in graph.nodes for name in node.input)
        convolutions = {node.output[0]: node for node in graph.nodes if node.op_type == "Conv"}
        for node in [node for node in graph.nodes if node.op_type == kind]:
            before = [convolutions[name] for name in node.input if name in convolutions and uses[name] == 1]
            folded = next((convolution for convolution in before if into(graph, convolution, node)), None)
            if folded is not None:
                convolutions[node.output[0]] = folded
                folded.output[0] = node.output[0]
                graph.nodes.remove(node)
    used = {name for node in graph.nodes for name in node.input}
    graph.constants = {name: value for name, value in graph.constants.items() if name in used}


def _fold_normalisation(graph: Graph, convolution: Any, node: Any) -> bool:
    gain, shift, mean, variance = (graph.constants[name] for name in node.input[1:])
    factor = gain / np.sqrt(variance + node.attribute[0].f)
    kernel, *bias = convolution.input[1:]
    if not bias:
        convolution.input.append(graph.constant(np.zeros(len(factor))))
    name = convolution.input[2]
    graph.constants[kernel] = graph.constants[kernel] * factor.reshape(-1, 1, 1, 1)
    graph.constants[name] = (graph.constants[name] - mean) * factor + shift
    return True


def _fold_skip(graph: Graph, convolution: Any, node: Any) -> bool:
    """Make ``x + convolution(x)`` one convolution, where its answer has as many channels and steps as `x`."""
    kernel = graph.constants[convolution.input[1]]
    options = {attribute.name: list(attribute.ints) for attribute in convolution.attribute}
    alike = kernel.shape[0] == kernel.shape[1] and kernel.shape[3] % 2 == 1 and max(options["strides"]) == 1
    if convolution.input[0] not in node.input or not alike or "pads" not in options:
        return False
    channels = np.arange(len(kernel))
    kernel = kernel.copy()
    kernel[channels, channels, 0, kernel.shape[3] // 2] += 1
    graph.constants[convolution.input[1]] = kernel
    return True
