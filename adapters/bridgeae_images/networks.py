"""Convolutional encoders and decoders for square images of any size, from stock Keras layers."""

from __future__ import annotations

from math import log2
from typing import Any

MIN_CHANNELS, MAX_CHANNELS = 16, 128  # of the encoder's feature maps
LARGE_SIDE = 32  # above it, full resolution gets one wide convolution, and global average pooling ends the encoder


def build(sample_shape: tuple[int, int, int], length: int, convolutions: int) -> tuple[Any, Any]:
    """Build (encoder, decoder) for samples (size, size, channels) and latents (length,)."""
    return _encoder(sample_shape, length, convolutions), _decoder(sample_shape, length)


def _sides(size: int, smallest: int) -> list[int]:
    """Return `size` and its halves, rounded up, down to the first that is at most `smallest`."""
    sides = [size]
    while sides[-1] > smallest:
        sides.append(-(-sides[-1] // 2))
    return sides


def _encoder(sample_shape: tuple[int, int, int], length: int, convolutions: int) -> Any:
    """Halve the feature maps until their side is at most 7, then map them to a vector.

    Channels double as the sides halve, since convolutions of large maps cost most. For the same reason a large image
    gets a single convolution at its full size, with a wider kernel.
    """
    from bridgeae.networks.backend import keras, layers

    x = image = keras.Input(sample_shape)
    large = sample_shape[0] > LARGE_SIDE
    for level, side in enumerate(_sides(sample_shape[0], 7)[1:]):
        width = min(max(2 ** round(log2(512 / side)), MIN_CHANNELS), MAX_CHANNELS)
        kernel, more = (5, 0) if large and level == 0 else (3, convolutions - 1)
        for stride in (2, *[1] * more):
            x = layers.Conv2D(width, kernel, strides=stride, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization()(x)
            x = layers.Activation("relu")(x)
    x = layers.GlobalAveragePooling2D()(x) if large else layers.Flatten()(x)
    return keras.Model(image, layers.Dense(length)(x), name="encoder")


def _decoder(sample_shape: tuple[int, int, int], length: int) -> Any:
    """Double a feature map of at most 8 x 8 by pixel shuffle (Shi et al. 2016) until it has the image's size."""
    from bridgeae.networks.backend import keras, layers

    size, _, channels = sample_shape
    sides = _sides(size, min(8, (size + 1) // 2))
    side, levels = sides[-1], len(sides) - 1
    z = keras.Input((length,))
    x = layers.Dense(side * side * 64, activation="relu")(z)
    x = layers.Reshape((side, side, 64))(x)
    for level in reversed(range(levels)):
        width = min(8 << level, 32) if level else channels
        x = layers.Conv2D(4 * width, 3, padding="same", activation="relu" if level else None)(x)
        x = layers.Reshape((side, side, 2, 2, width))(x)
        x = layers.Permute((1, 3, 2, 4, 5))(x)
        side *= 2
        x = layers.Reshape((side, side, width))(x)
    x = layers.Activation("sigmoid")(x)
    if side > size:
        x = layers.Cropping2D(((0, side - size), (0, side - size)))(x)
    return keras.Model(z, x, name="decoder")
