"""Networks of the studies, small enough for a laptop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers, ops


def digit_encoder(length: int) -> keras.Model:
    """Build two strided convolutions and a dense layer: (28, 28, 1) -> (length,)."""
    x = layers.Input((28, 28, 1))
    h = _convolution(_convolution(x, 32, 5, 2), 64, 3, 2)
    return keras.Model(x, layers.Dense(length)(layers.Flatten()(h)), name="encoder")


def digit_decoder(length: int) -> keras.Model:
    """Build the decoder of `digit_encoder`: (length,) -> (28, 28, 1) in [0, 1]."""
    z = layers.Input((length,))
    h = layers.Dense(512, activation="relu")(z)
    h = layers.Reshape((7, 7, 64))(layers.Dense(7 * 7 * 64, activation="relu")(h))
    h = layers.Conv2DTranspose(32, 4, strides=2, padding="same", activation="relu")(h)
    h = layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="sigmoid")(h)
    return keras.Model(z, h, name="decoder")


def manifold_networks(latent: int) -> tuple[keras.Model, keras.Model]:
    """Build a dense encoder and a deep residual decoder, for two or three latent dimensions."""
    x = layers.Input((28, 28, 1))
    h = layers.Flatten()(x)
    for width in (512, 256):
        h = layers.Activation("relu")(layers.BatchNormalization()(layers.Dense(width)(h)))
    encoder = keras.Model(x, h, name="encoder")
    z = layers.Input((latent,))
    return encoder, keras.Model(z, _residual_decoder(z), name="decoder")


def _residual_decoder(z: Any) -> Any:
    h = layers.Dense(256, activation="gelu")(z)
    for _ in range(3):
        step = layers.Dense(256, activation="gelu")(layers.LayerNormalization()(h))
        h = layers.Add()([h, layers.Dense(256)(step)])
    h = layers.Dense(512, activation="gelu")(layers.LayerNormalization()(h))
    return layers.Reshape((28, 28, 1))(layers.Dense(784, activation="sigmoid")(h))


def sign_encoder(
    length: int, *, side: int = 64, channels: int = 3, widths: Sequence[int] = (32, 64, 128)
) -> keras.Model:
    """Build two convolutions for each resolution, then average pooling: (side, side, channels) -> (length,)."""
    h = x = layers.Input((side, side, channels))
    for width in widths:
        h = _convolution(_convolution(h, width, 3, 2), width, 3, 1)
    return keras.Model(x, layers.Dense(length)(layers.GlobalAveragePooling2D()(h)), name="encoder")


def sign_decoder(length: int) -> keras.Model:
    """Build a decoder of photos: (length,) -> (64, 64, 3) in [0, 1]."""
    z = layers.Input((length,))
    h = layers.Dense(256, activation="relu")(z)
    h = layers.Reshape((8, 8, 64))(layers.Dense(8 * 8 * 64, activation="relu")(h))
    for width in (64, 32):
        h = layers.Conv2DTranspose(width, 4, strides=2, padding="same", activation="relu")(h)
    h = layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="sigmoid")(h)
    return keras.Model(z, h, name="decoder")


def map_networks(channels: int) -> tuple[keras.Model, keras.Model]:
    """Build an encoder and a decoder whose latent is a feature map: (64, 64, 3) -> (8, 8, channels) and back."""
    h = x = layers.Input((64, 64, 3))
    for width in (32, 64, 64):
        h = _convolution(h, width, 3, 2)
    encoder = keras.Model(x, layers.Conv2D(channels, 1)(h), name="encoder")
    h = z = layers.Input((8, 8, channels))
    for width in (64, 64, 32):
        h = _convolution(h, width, 3, 1)
        h = layers.Conv2DTranspose(width, 4, strides=2, padding="same", activation="relu")(h)
    return encoder, keras.Model(z, layers.Conv2D(3, 3, padding="same", activation="sigmoid")(h), name="decoder")


def latent_cycle_loss(encoder: keras.Model, *, weight: float = 0.1) -> Callable[[Any, Any], Any]:
    """Return a loss: mean absolute error, plus the squared distance between the latents of image and reconstruction.

    Args:
        encoder: the encoder of the same autoencoder, frozen when the loss is used.
        weight: factor of the second term.
    """

    def loss(true: Any, made: Any) -> Any:
        distance = ops.mean(ops.square(encoder(true, training=False) - encoder(made, training=False)))
        return ops.mean(ops.abs(true - made)) + weight * distance

    return loss


def _convolution(h: Any, width: int, size: int, stride: int) -> Any:
    h = layers.Conv2D(width, size, strides=stride, padding="same", use_bias=False)(h)
    return layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(h))
