"""Default networks for latents and for samples of any fixed shape. Stock Keras layers, functional models."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import keras
import numpy as np
from keras import layers

from bridgeae.errors import InputError
from bridgeae.protocols import Shape


def dense_networks(
    sample_shape: Shape, latent_shape: Shape = (32,), *, units: Sequence[int] = (256, 128)
) -> tuple[keras.Model, keras.Model]:
    """Build a dense (encoder, decoder) for samples of any fixed shape.

    Args:
        sample_shape: shape of one sample, no None.
        latent_shape: shape of one latent, no None.
        units: widths from the sample inwards; the decoder mirrors them.

    Returns:
        Two untrained models, ``(n, *sample) -> (n, *latent)`` and back; the decoder's output is linear.
    """
    size = _fixed_size(sample_shape, "sample_shape")
    latent_size = _fixed_size(latent_shape, "latent_shape")
    x = layers.Input(sample_shape)
    h = layers.BatchNormalization(momentum=0.9)(layers.Flatten()(x))  # few steps have to do
    for width in units:
        h = layers.Dense(width, activation="relu")(h)
    encoder = keras.Model(x, layers.Reshape(latent_shape)(layers.Dense(latent_size)(h)), name="encoder")
    z = layers.Input(latent_shape)
    h = layers.Flatten()(z)
    for width in reversed(units):
        h = layers.Dense(width, activation="relu")(h)
    decoder = keras.Model(z, layers.Reshape(sample_shape)(layers.Dense(size)(h)), name="decoder")
    return encoder, decoder


def dense_link(
    source_shape: Shape, target_shape: Shape, *, units: Sequence[int] = (256, 128), dropout: float = 0.2
) -> keras.Model:
    """Build the dense linker body between two latents of fixed shape: hidden layers with dropout, linear output."""
    z = layers.Input(source_shape)
    h = layers.Flatten()(z)
    _fixed_size(source_shape, "source latent shape")
    for width in units:
        h = layers.Dropout(dropout)(layers.Dense(width, activation="relu")(h))
    out = layers.Dense(_fixed_size(target_shape, "target latent shape"))(h)
    return keras.Model(z, layers.Reshape(target_shape)(out), name="link")


def convolutional_link(
    source_channels: int,
    target_channels: int,
    *,
    units: int = 64,
    dilations: Sequence[int] = (1, 2, 4),
    kernel_size: int = 3,
) -> keras.Model:
    """Build a linker body between two sequence latents ``(length, channels)`` of equal, free length.

    Residual dilated convolutions along the sequence (van den Oord et al. 2016), so each position sees its
    neighbourhood.
    """
    z = layers.Input((None, source_channels))
    h = layers.Conv1D(units, 1)(z)
    for dilation in dilations:
        step = layers.Conv1D(units, kernel_size, padding="same", dilation_rate=dilation, activation="relu")(h)
        h = layers.Add()([h, layers.Conv1D(units, 1)(step)])
    return keras.Model(z, layers.Conv1D(target_channels, 1)(h), name="link")


def normalised(body: keras.Model, source: np.ndarray, target: np.ndarray) -> keras.Model:
    """Wrap a linker body so that it sees standardised source latents and writes standardised target latents.

    Args:
        body: the model between the two.
        source: (n, *source_latent) from which mean and variance a channel (last axis) are taken.
        target: (n, *target_latent) likewise.
    """
    z = layers.Input(body.input_shape[1:])
    inward = layers.Normalization(axis=-1, **_moments(source))
    outward = layers.Normalization(axis=-1, invert=True, **_moments(target))
    return keras.Model(z, outward(body(inward(z))), name="linker")


def _moments(z: np.ndarray) -> dict[str, Any]:
    axes = tuple(range(z.ndim - 1))
    mean, variance = z.mean(axes, dtype=float), z.var(axes, dtype=float)
    # a channel that never varies is passed on as it is
    return {"mean": mean.tolist(), "variance": np.where(variance > 1e-12, variance, 1.0).tolist()}


def _fixed_size(shape: Shape, name: str) -> int:
    if not shape or any(not isinstance(n, (int, np.integer)) or n < 1 for n in shape):
        raise InputError(f"`{name}` must be positive whole numbers for a dense network, received {shape}.")
    return prod(int(n) for n in shape if n)
