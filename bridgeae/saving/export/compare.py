"""An ONNX graph is written only once it has answered as Keras does."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np

from bridgeae.saving.export.graph import ExportError
from bridgeae.saving.export.network import export_network

TOLERANCE = 1e-5
"""Largest difference to Keras, relative to the largest value of the answers, or to 1 where that is smaller."""

_BATCHES = ((1, 64), (2, 128), (5, 64))  # samples, and steps of each free dimension


def export_checked(network: Any) -> bytes:
    """Return a Keras network as ONNX, compared with Keras on three batches.

    Raises:
        ExportError: a layer has no ONNX form here, the answers differ by more than `TOLERANCE`, or the package onnx is
            not installed.
    """
    from bridgeae.saving.session import open_session

    graph = export_network(network)
    session = open_session(graph)
    names = [end.name for end in session.get_inputs()]
    for batch in _batches(network):
        made = session.run(None, dict(zip(names, batch, strict=True)))
        for a, b in zip(made, _keras_answers(network, batch), strict=True):
            _check_close(a, np.asarray(b))
    return graph


def _keras_answers(network: Any, batch: list[np.ndarray]) -> list[Any]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The structure of `inputs`")  # a list of one input, or one input
        try:
            wanted = network(batch if len(batch) > 1 else batch[0], training=False)
        except Exception as error:  # a backend may raise anything for lengths that a network does not take
            raise ExportError(f"it could not be compared with Keras ({type(error).__name__})") from error
    return list(wanted) if isinstance(wanted, list | tuple) else [wanted]


def _batches(network: Any) -> list[list[np.ndarray]]:
    """Return three batches: of normal and of uniform values, and of whole numbers.

    Normal values have the unit that the network reads. A network with an Embedding gets whole numbers that it knows.
    """
    from bridgeae.training import all_layers

    rng = np.random.default_rng(0)
    known = [layer.input_dim for layer in all_layers(network) if type(layer).__name__ == "Embedding"]
    whole = partial(rng.integers, 0, min(known, default=8))
    draws: tuple[Any, ...] = (whole, whole, whole) if known else (rng.normal, rng.uniform, whole)
    batches = []
    for draw, (n, length) in zip(draws, _BATCHES, strict=True):
        shapes = [(n, *(length if size is None else size for size in t.shape[1:])) for t in network.inputs]
        batches.append([np.asarray(draw(size=shape), np.float32) for shape in shapes])
    first = next((layer for layer in network.layers if type(layer).__name__ == "Normalization"), None)
    if first is not None and len(network.inputs) == 1 and not first.invert:
        mean, deviation = np.asarray(first.mean), np.sqrt(np.asarray(first.variance))
        batches[0] = [(batches[0][0] * deviation + mean).astype(np.float32)]
    return batches


def _check_close(made: np.ndarray, wanted: np.ndarray) -> None:
    if made.shape != wanted.shape:
        raise ExportError(f"ONNX Runtime answers in the shape {made.shape}, Keras in {wanted.shape}")
    finite = np.isfinite(wanted)
    scale = max(1.0, float(np.abs(wanted[finite]).max(initial=0)))
    difference = float(np.abs(made[finite] - wanted[finite]).max(initial=0)) / scale
    if not difference <= TOLERANCE or not np.array_equal(finite, np.isfinite(made)):
        raise ExportError(f"ONNX Runtime's answers differ from Keras' by {difference:.1e}")
