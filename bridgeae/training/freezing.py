"""Layers that are frozen for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bridgeae.networks.backend import keras


@contextmanager
def trainable_restored(network: Any) -> Iterator[None]:
    """Restore `trainable` of every layer of a Keras model after the block."""
    flags = [(layer, layer.trainable) for layer in all_layers(network)]
    _forget_compiled(network)
    try:
        yield
    finally:
        for layer, flag in flags:  # parents first: setting one sets its children too
            layer.trainable = flag
        _forget_compiled(network)


def _forget_compiled(network: Any) -> None:
    """Let Keras compile predictions anew where processes train together: what it compiled knows what was trainable."""
    if keras.distribution.distribution() is not None:
        network.predict_function = None


def all_layers(network: Any) -> Iterator[Any]:
    """Yield a Keras model and all layers in it, parents first."""
    yield network
    for layer in getattr(network, "layers", ()):
        yield from all_layers(layer)
