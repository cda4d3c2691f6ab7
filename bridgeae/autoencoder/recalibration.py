"""Domain adaptation of an encoder without labels: its batch normalisation statistics are estimated again."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.autoencoder.encoding import Views
from bridgeae.backend import keras
from bridgeae.errors import InputError
from bridgeae.saving import trainable
from bridgeae.training import all_layers

MIN_SAMPLES = 16
"""Statistics of fewer samples are mostly noise."""
MAX_SAMPLES = 256
"""Statistics of more samples change nothing."""


def recalibrated(encoder: keras.Model, x: np.ndarray, views: Views | None, share: float) -> keras.Model:
    """Return a copy of an encoder whose normalisation statistics move to those of new samples (Li et al. 2017).

    Args:
        encoder: a model with batch normalisation.
        x: (n, *sample) the new samples, at least `MIN_SAMPLES`; of more than `MAX_SAMPLES`, some are chosen at random.
        views: the views of a sample that the encoder reads, or None.
        share: how far each mean and variance moves from the old one to that of the new samples, in [0, 1].

    Raises:
        InputError: there are too few samples, `share` is out of range, or the encoder has no batch normalisation.
    """
    if not 0 <= share <= 1:
        raise InputError(f"`share` must lie in 0..1, received {share}.")
    if len(x) < MIN_SAMPLES:
        raise InputError(f"`x` must hold at least {MIN_SAMPLES} samples to adapt to, received {len(x)}.")
    x = x[np.random.default_rng(0).permutation(len(x))[:MAX_SAMPLES]]
    x = x if views is None else np.concatenate(list(views(x)))
    encoder = trainable(encoder)
    copy: Any = keras.models.clone_model(encoder)
    copy.set_weights(encoder.get_weights())
    norms = [layer for layer in all_layers(copy) if isinstance(layer, keras.layers.BatchNormalization)]
    if not norms:
        raise InputError("this encoder cannot adapt to new samples: it has no batch normalisation.")
    before = [_statistics(norm) for norm in norms]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0  # one pass sets the statistics to those of its samples
    copy(x, training=True)
    for norm, momentum, old in zip(norms, momenta, before, strict=True):
        mean, variance = (a + share * (b - a) for a, b in zip(old, _statistics(norm), strict=True))
        norm.momentum = momentum
        norm.moving_mean.assign(mean)
        norm.moving_variance.assign(variance)
    return copy


def _statistics(norm: Any) -> tuple[np.ndarray, np.ndarray]:
    return keras.ops.convert_to_numpy(norm.moving_mean).copy(), keras.ops.convert_to_numpy(norm.moving_variance).copy()
