"""Convolutional encoders and decoders for square images of any size, from stock Keras layers."""

from __future__ import annotations

from typing import Any

_WIDTHS = (32, 64, 128)
_SMALLEST = 8  # images are halved until their side is at most this


def build(sample_shape: tuple[int, int, int], length: int, convolutions: int) -> tuple[Any, Any]:
    """Build (encoder, decoder) for samples (size, size, channels) and latents (length,)."""
    sides = [sample_shape[0]]
    while sides[-1] > _SMALLEST:
        sides.append(-(-sides[-1] // 2))
    levels = len(sides) - 1
    return _encoder(sample_shape, length, levels, convolutions), _decoder(sample_shape, length, sides[-1], levels)


def _encoder(sample_shape: tuple[int, int, int], length: int, levels: int, convolutions: int) -> Any:
    """Halve the image `levels` times, so many 3 x 3 convolutions each, and map what is left to a vector."""
    import keras
    from keras import layers

    x = image = keras.Input(sample_shape)
    for level in range(levels):
        width = _WIDTHS[min(level, len(_WIDTHS) - 1)]
        for stride in (2, *[1] * (convolutions - 1)):
            x = layers.Conv2D(width, 3, strides=stride, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization()(x)
            x = layers.Activation("relu")(x)
    x = layers.Flatten()(x) if sample_shape[0] <= 32 else layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(length)(x), name="encoder")


def _decoder(sample_shape: tuple[int, int, int], length: int, side: int, levels: int) -> Any:
    """Double the smallest map `levels` times by moving channels into space (pixel shuffle, Shi et al. 2016)."""
    import keras
    from keras import layers

    size, _, channels = sample_shape
    z = keras.Input((length,))
    x = layers.Dense(side * side * 64, activation="relu")(z)
    x = layers.Reshape((side, side, 64))(x)
    for level in range(levels):
        last = level == levels - 1
        width = channels if last else 32 >> level
        x = layers.Conv2D(4 * width, 3, padding="same", activation=None if last else "relu")(x)
        x = layers.Reshape((side, side, 2, 2, width))(x)
        x = layers.Permute((1, 3, 2, 4, 5))(x)
        side *= 2
        x = layers.Reshape((side, side, width))(x)
    x = layers.Activation("sigmoid")(x)
    if side > size:
        x = layers.Cropping2D(((0, side - size), (0, side - size)))(x)
    return keras.Model(z, x, name="decoder")
