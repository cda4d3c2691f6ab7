"""Get an encoder used to samples of another origin, without labels: batch normalisation statistics estimated anew."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from bridgeae.errors import InputError


def adapted(encoder: keras.Model, x: np.ndarray, share: float) -> keras.Model:
    """Return a copy of an encoder whose normalisation moves towards what new samples bring (Li et al. 2017).

    Args:
        encoder: a model with batch normalisation.
        x: (n, *sample) the new samples.
        share: how far each mean and variance moves from the old one to the new samples', in [0, 1].

    Raises:
        InputError: `share` is out of range, or there is no batch normalisation in it.
    """
    if not 0 <= share <= 1:
        raise InputError(f"`share` must lie in 0..1, received {share}.")
    copy: Any = keras.models.clone_model(encoder)
    copy.set_weights(encoder.get_weights())
    norms = [layer for layer in copy._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
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
