"""Domain adaptation of an encoder without labels: batch normalisation statistics, and how common the classes are."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.autoencoder.encoding import Views, encode_views
from bridgeae.autoencoder.linear_head import LinearHead, softmax
from bridgeae.errors import InputError
from bridgeae.saving import OnnxNetwork, trainable

MIN_SAMPLES = 16
"""Statistics of fewer samples are mostly noise."""
MAX_SAMPLES = 256
"""Statistics of more samples change nothing."""

_ROUNDS, _PACE = 100, 0.7  # of the search for the offsets of classes


def recalibrated(encoder: Any, x: np.ndarray, views: Views | None, share: float) -> Any:
    """Return a copy of an encoder whose normalisation statistics move to those of new samples (Li et al. 2017).

    Args:
        encoder: a Keras model, or one on ONNX Runtime, with batch normalisation.
        x: (n, *sample) the new samples, at least `MIN_SAMPLES`; of more than `MAX_SAMPLES`, some are chosen at random.
        views: the views of a sample that the encoder reads, or None.
        share: how far each mean and variance moves from the old one to that of the new samples, in [0, 1].

    Raises:
        InputError: there are too few samples, `share` is out of range, or the encoder has no batch normalisation.
    """
    if not 0 <= share <= 1:
        raise InputError(f"`share` must lie in 0..1, received {share}.")
    _check_enough(x)
    x = x[np.random.default_rng(0).permutation(len(x))[:MAX_SAMPLES]]
    x = x if views is None else np.concatenate(list(views(x)))
    made = encoder.recalibrated(x, share) if isinstance(encoder, OnnxNetwork) else _of_keras(encoder, x, share)
    if made is None:
        raise InputError("this encoder cannot adapt to new samples: it has no batch normalisation.")
    return made


def _of_keras(encoder: Any, x: np.ndarray, share: float) -> Any:
    from bridgeae.networks.backend import keras
    from bridgeae.training import all_layers

    copy: Any = keras.models.clone_model(encoder)
    copy.set_weights(encoder.get_weights())
    norms = [layer for layer in all_layers(copy) if isinstance(layer, keras.layers.BatchNormalization)]
    if not norms:
        return None
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


def evened(encoder: Any, head: LinearHead | None, x: np.ndarray, views: Views | None) -> Any:
    """Return an encoder whose latents are shifted until all classes are equally probable on average.

    On samples of another origin the classifier names some classes too often. The mean of the predicted probabilities is
    matched to that of evenly mixed classes by one shift of all latents (distribution alignment, Berthelot et al. 2020).

    Args:
        encoder: a model ``(n, *sample) -> (n, *latent)``.
        head: the classifier of its latents.
        x: (n, *sample) new samples, at least `MIN_SAMPLES`, whose classes are about equally common.
        views: the views of a sample that the encoder reads, or None.

    Raises:
        InputError: there are too few samples, or no classifier of latents.
    """
    from bridgeae.networks.backend import keras

    _check_enough(x)
    if head is None:
        raise InputError("`even_classes` needs a classifier that reads the latents: train with `classifier`.")
    z = encode_views(encoder, x, views, 128)
    logits = z.reshape(len(z), -1) @ head.weights + head.bias
    weights = head.weights - head.weights.mean(1, keepdims=True)
    shift = np.linalg.lstsq(weights.T, _even_offsets(logits), rcond=None)[0]
    encoder = trainable(encoder)
    moved = keras.layers.Rescaling(1.0, offset=shift.reshape(z.shape[1:]).tolist())
    return keras.Model(encoder.input, moved(encoder.output))


def _even_offsets(logits: np.ndarray) -> np.ndarray:
    """Return the offsets (k,) of logits (n, k) that make the mean probabilities equal; their sum is 0."""
    offsets = np.zeros(logits.shape[1])
    for _ in range(_ROUNDS):
        offsets -= _PACE * np.log(softmax(logits + offsets).mean(0) * len(offsets) + 1e-9)
    return offsets - offsets.mean()


def _check_enough(x: np.ndarray) -> None:
    if len(x) < MIN_SAMPLES:
        raise InputError(f"`x` must hold at least {MIN_SAMPLES} samples to adapt to, received {len(x)}.")


def _statistics(norm: Any) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(norm.moving_mean).copy(), np.asarray(norm.moving_variance).copy()
