"""An autoencoder that loses nothing and needs no training: samples as vectors, or their principal components."""

from __future__ import annotations

import numpy as np

from bridgeae.autoencoder.autoencoder import Autoencoder
from bridgeae.autoencoder.linear_head import LinearHead
from bridgeae.domain import Domain

MAX_VALUES = 1024
"""Samples of more values become that many principal components."""

_MAX_SAMPLES = 8000  # from which principal components are learned


def lossless_autoencoder(domain: Domain, *, seed: int = 0) -> Autoencoder:
    """Return a fitted autoencoder whose latents are the samples themselves, centred and divided by one scale.

    Samples of more than 1,024 values become up to 1,024 principal components. Where samples have labels, it has a
    linear classifier of its latents.

    Args:
        domain: training samples.
        seed: of the principal components.
    """
    from bridgeae.networks.backend import keras, layers

    shape, size = domain.sample_shape, int(np.prod(domain.sample_shape))
    kept = min(size, MAX_VALUES, len(domain)) if size > MAX_VALUES else size
    x, z = layers.Input(shape), layers.Input((kept,))
    flat, wide = layers.Flatten()(x), z
    if kept < size:
        flat, wide = layers.Dense(kept, use_bias=False)(flat), layers.Dense(size, use_bias=False)(z)
    encoder, decoder = keras.Model(x, flat, name="encoder"), keras.Model(z, layers.Reshape(shape)(wide), name="decoder")
    side = Autoencoder(encoder, decoder, standardise="one")
    side.build(domain)
    if kept < size:
        assert side.scaling_ is not None
        axes = _principal_axes(side.scaling_.apply(domain.x), kept, seed)
        encoder.set_weights([axes.T])
        decoder.set_weights([axes])
    side.history_ = {}
    if len(domain.classes) > 1:
        _classify(side, domain)
    return side


def _principal_axes(x: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return principal axes (count, d) of samples about zero, which is their mean."""
    from sklearn.utils.extmath import randomized_svd

    chosen = np.random.default_rng(seed).permutation(len(x))[:_MAX_SAMPLES]
    flat = x[chosen].reshape(len(chosen), -1)
    count = min(count, len(flat))
    return np.asarray(randomized_svd(flat, count, random_state=seed)[2], np.float32)


def _classify(side: Autoencoder, domain: Domain) -> None:
    """Give a side a linear classifier of its latents, fitted by logistic regression."""
    from bridgeae.autoencoder.fitting import build_networks

    head = LinearHead.fit(Domain(side.encode(domain), domain.labels))
    side.classifier = "joint"
    built, side.classes_ = build_networks(side.encoder, side.decoder, "joint", None, domain)
    assert built.head is not None
    built.head.set_weights([head.weights, head.bias])
    side.head_ = built.head
