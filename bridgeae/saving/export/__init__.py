"""ONNX graphs of Keras networks, written from their layers, the same for every backend of Keras."""

from bridgeae.saving.export.compare import export_checked
from bridgeae.saving.export.graph import ExportError, Graph, Tensor
from bridgeae.saving.export.network import EXPORTED_LAYERS, add_network, export_network, serialised

__all__ = [
    "EXPORTED_LAYERS",
    "ExportError",
    "Graph",
    "Tensor",
    "add_network",
    "export_checked",
    "export_network",
    "serialised",
]
