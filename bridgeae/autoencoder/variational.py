"""A Gaussian between encoder and decoder: the variational autoencoder (Kingma and Welling 2014)."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from bridgeae.networks.backend import keras, layers, ops


def latent_heads(encoder: keras.Model, decoder: keras.Model) -> keras.Model:
    """Build an untrained map from the encoder's output to mean and log variance, in the decoder's latent shape."""
    shape = decoder.input.shape[1:]
    h = layers.Input(encoder.output.shape[1:])
    if None in shape:
        heads = [layers.Conv1D(shape[-1], 1)(h) for _ in range(2)]
    else:
        heads = [layers.Reshape(shape)(layers.Dense(prod(shape))(layers.Flatten()(h))) for _ in range(2)]
    return keras.Model(h, heads, name="latent")


class GaussianSample(layers.Layer):
    """Draw z ~ N(mean, exp(log_variance)) by reparameterisation and add the KL divergence to N(0, I) as a loss.

    Used while training only, so it is never part of a saved model.
    """

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = weight
        self.noise = keras.random.SeedGenerator()

    def call(self, inputs: list[Any]) -> Any:
        mean, log_variance = inputs
        axes = tuple(range(1, len(mean.shape)))
        kl = 0.5 * ops.sum(ops.square(mean) + ops.exp(log_variance) - 1 - log_variance, axes)
        self.add_loss(self.weight * ops.mean(kl))
        return mean + ops.exp(0.5 * log_variance) * keras.random.normal(ops.shape(mean), seed=self.noise)


def evidence_lower_bound(
    x: np.ndarray,
    mean: np.ndarray,
    log_variance: np.ndarray,
    decode: Callable[[np.ndarray], np.ndarray],
    draws: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the bound of each sample (n,) in nats, for Bernoulli samples.

    Args:
        x: (n, *sample) in [0, 1].
        mean: (n, *latent) of the Gaussian of each sample.
        log_variance: (n, *latent).
        decode: ``z -> x``, Bernoulli probabilities.
        draws: latents a sample over which the likelihood is averaged.
        rng: source of the draws.
    """
    axes = tuple(range(1, mean.ndim))
    kl = 0.5 * (np.square(mean) + np.exp(log_variance) - 1 - log_variance).sum(axes)
    likelihood = np.zeros(len(x))
    for _ in range(draws):
        z = mean + np.exp(0.5 * log_variance) * rng.normal(size=mean.shape)
        p = np.clip(decode(z), 1e-7, 1 - 1e-7)
        log_p = x * np.log(p) + (1 - x) * np.log1p(-p)
        likelihood += log_p.sum(tuple(range(1, x.ndim))) / draws
    return np.asarray(likelihood - kl)
