"""Keras networks of the segment caller: fully convolutional, stock layers, rows of any length (a multiple of 16).

    raw row (length, 3) --encoder--> (length / 4, c) --linker--> (length / 4, c) --decoder--> (length, 3)

Four neighbouring bins become the channels of one position first (space to depth): this costs nothing and makes all
later layers four times cheaper. Only the linker has a wide receptive field, about 550 bins to each side: it is a small
U-Net down to 1/16 with dilated convolutions at the bottom.
"""

from __future__ import annotations

from typing import Any

from bridgeae.networks.backend import keras, layers, ops

FOLD = 4
"""Bins that share a position of the latent sequence."""


def encoder(channels: int, *, inputs: int = 3) -> keras.Model:
    """Return a network from rows (length, inputs) to latent sequences (length / 4, channels)."""
    row = keras.Input((None, inputs))
    h = layers.Reshape((-1, FOLD * inputs))(row)
    h = _normal(layers.Conv1D(48, 5, padding="same", use_bias=False)(h))
    h = _double_block(h, 48)
    z = h if channels == 48 else layers.Conv1D(channels, 1)(h)
    return keras.Model(row, z, name="encoder")


def decoder(channels: int, *, outputs: int = 3) -> keras.Model:
    """Return a network from latent sequences (length / 4, channels) to rows (length, outputs), linear."""
    z = keras.Input((None, channels))
    h = z if channels == 48 else _normal(layers.Conv1D(48, 1, use_bias=False)(z))
    h = _double_block(h, 48)
    row = layers.Reshape((-1, outputs))(layers.Conv1D(FOLD * outputs, 3, padding="same")(h))
    return keras.Model(z, row, name="decoder")


def linker(channels: int, *, dilations: tuple[int, ...] = (1, 2, 4, 8, 16)) -> keras.Model:
    """Return a network between latent sequences of one shape: a U-Net at 1/4, 1/8 and 1/16 of the bins."""
    z = keras.Input((None, channels))
    h8 = _block(_normal(layers.Conv1D(64, 3, strides=2, padding="same", use_bias=False)(z)), 64)
    h = _normal(layers.Conv1D(96, 3, strides=2, padding="same", use_bias=False)(h8))
    for dilation in dilations:
        h = _block(h, 96, dilation)
    up = layers.UpSampling1D(2)(layers.Conv1D(64, 1)(h))
    h = _block(layers.Add()([up, h8]), 64)
    up = layers.UpSampling1D(2)(layers.Conv1D(channels, 1)(h))
    return keras.Model(z, layers.Add()([up, z]), name="linker")


def segment_loss(true: Any, predicted: Any) -> Any:
    """Return the loss of predicted segments, for the segmented side and for fine-tuning.

    Args:
        true: (n, length, 3), level and log spread of the segment of each bin, in units of the networks, and mask.
        predicted: (n, length, 3), level, log-odds of a breakpoint, log spread.

    Returns:
        A scalar: cross-entropy of breakpoints (changes of the true level between two present bins), Huber loss of the
        level and squared error of the log spread, each a mean over bins, weighted 10 to 1 to 0.3.
    """
    level, log_spread, mask = true[..., 0], true[..., 1], true[..., 2]
    before = ops.concatenate([mask[:, :1] * 0, mask[:, :-1]], 1)
    changes = ops.abs(level - ops.concatenate([level[:, :1], level[:, :-1]], 1)) > 1e-5
    breakpoint = ops.cast(changes, mask.dtype) * mask * before
    logit = predicted[..., 1]
    cross_entropy = ops.softplus(logit) - breakpoint * logit
    huber = _huber(predicted[..., 0] - level)
    error = (predicted[..., 2] - log_spread) ** 2
    return ops.sum((10 * cross_entropy + huber + 0.3 * error) * mask) / (ops.sum(mask) + 1)


def signal_loss(true: Any, predicted: Any) -> Any:
    """Return the loss of a reconstruction: Huber on the signal of present bins, squared error on the other channels.

    Args:
        true: (n, length, 3), signal, smallest jump and mask.
        predicted: (n, length, 3), the same.
    """
    huber = _huber(predicted[..., 0] - true[..., 0]) * true[..., 2]
    return ops.mean(huber) + ops.mean((predicted[..., 1:] - true[..., 1:]) ** 2)


def _huber(error: Any) -> Any:
    distance = ops.abs(error)
    return ops.where(distance < 0.5, distance**2, distance - 0.25)


def _normal(h: Any) -> Any:
    return layers.ReLU()(layers.BatchNormalization()(h))


def _block(h: Any, channels: int, dilation: int = 1) -> Any:
    return layers.ReLU()(layers.Add()([h, layers.BatchNormalization()(_conv(h, channels, dilation))]))


def _double_block(h: Any, channels: int) -> Any:
    y = layers.BatchNormalization()(_conv(_normal(_conv(h, channels)), channels))
    return layers.ReLU()(layers.Add()([h, y]))


def _conv(h: Any, channels: int, dilation: int = 1) -> Any:
    return layers.Conv1D(channels, 3, padding="same", dilation_rate=dilation, use_bias=False)(h)
