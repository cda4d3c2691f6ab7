"""How an autoencoder is trained: its classifier, its latent heads, its decoder. Imported only when something trains."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import layers, ops

from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.protocols import Augment
from bridgeae.training.loop import Batches, train

if TYPE_CHECKING:
    from bridgeae.autoencoder.autoencoder import Autoencoder, Loss

History = dict[str, list[float]]


def start_classifier(side: Autoencoder, domain: Domain) -> None:
    """Give an autoencoder its `classes_` and an untrained head: one dense layer on what the classifier reads."""
    if len(domain.classes) < 2:
        raise InputError(
            f"a classifier needs labels of at least two classes, received {domain.classes.tolist()} in `domain`."
        )
    side.classes_ = domain.classes
    on_mean = side.classifier == "joint" and side.variational is not None  # what the decoder reads is drawn around it
    z = layers.Input((side.decoder.input if on_mean else side.encoder.output).shape[1:])  # type: ignore[union-attr]
    side.head = keras.Model(z, layers.Dense(len(side.classes_))(layers.Flatten()(z)), name="head")


def latent_heads(encoder: keras.Model, decoder: keras.Model) -> keras.Model:
    """Map the encoder's output to mean and log variance of the latent, whose shape is the decoder's."""
    shape = decoder.input.shape[1:]
    h = layers.Input(encoder.output.shape[1:])
    if None in shape:
        heads = [layers.Conv1D(shape[-1], 1)(h) for _ in range(2)]
    else:
        heads = [layers.Reshape(shape)(layers.Dense(prod(shape))(layers.Flatten()(h))) for _ in range(2)]
    return keras.Model(h, heads, name="latent")


def fit_classifier(
    side: Autoencoder, domain: Domain, augment: Augment | None, batch_size: int, seed: int, **run: Any
) -> History:
    """Train encoder and head on the labelled samples; `run` goes to `bridgeae.training.loop.train`."""
    known = domain.select(domain.labelled)
    model = keras.Model(side.encoder.input, side.head(side.encoder.output))  # type: ignore[union-attr]
    truth = _truth(side, known)

    def batch(index: np.ndarray, rng: np.random.Generator) -> tuple[Any, Any]:
        x = known.x[index]
        return (augment(x, rng) if augment else x), truth[index]

    batches = Batches(batch, len(known), batch_size, seed)
    return train(model, batches, "classifier", loss=_cross_entropy(), metrics=[_accuracy()], **run)


def fit_decoder(
    side: Autoencoder, domain: Domain, augment: Augment | None, batch_size: int, seed: int, **run: Any
) -> History:
    """Train what is not frozen of encoder, latent heads and decoder, and the head beside them if it is a joint one."""
    encoder, decoder = side.encoder, side.decoder
    assert encoder is not None and decoder is not None
    frozen, joint = side.classifier == "first", side.classifier == "joint"
    change = [f for f in (augment, side.corrupt) if f]
    cached = side.features(domain.x, views=False) if frozen and not change else None
    x = layers.Input(encoder.output.shape[1:]) if cached is not None else encoder.input
    # a frozen encoder must not drop units while its decoder learns
    h = x if cached is not None else encoder(x, training=False if frozen else None)
    z = h
    if side.latent is not None:
        h, log_variance = side.latent(h)
        z = GaussianSample(side.variational / prod(domain.sample_shape))([h, log_variance])  # type: ignore[operator]
    outputs, losses, weights = [decoder(z)], [_loss(side.loss)], [1.0]
    if joint:
        outputs.append(side.head(h))
        losses.append(_cross_entropy())
        weights.append(side.classifier_weight)
        truth = _truth(side, domain)

    def batch(index: np.ndarray, rng: np.random.Generator) -> tuple[Any, ...]:
        clean = domain.x[index]
        clean = augment(clean, rng) if augment else clean
        seen = side.corrupt(clean, rng) if side.corrupt else clean
        seen = seen if cached is None else cached[index]
        return seen, ((clean, truth[index]) if joint else clean)

    batches = Batches(batch, len(domain), batch_size, seed)
    model = keras.Model(x, outputs if joint else outputs[0])
    single = {"loss": losses, "loss_weights": weights} if joint else {"loss": losses[0]}
    return train(model, batches, "autoencoder", **single, **run)


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


def _truth(side: Autoencoder, domain: Domain) -> np.ndarray:
    """(n, k) smoothed class probabilities; all zero where unlabelled, which takes no part in the cross-entropy."""
    assert domain.labels is not None
    hot = (domain.labels[:, None] == side.classes_).astype(np.float32)
    smooth = side.label_smoothing
    return hot * (1 - smooth) + hot.any(1, keepdims=True) * np.float32(smooth / len(side.classes_))


def _cross_entropy() -> keras.Loss:
    return keras.losses.CategoricalCrossentropy(from_logits=True)


def _accuracy() -> keras.Metric:
    return keras.metrics.CategoricalAccuracy("accuracy")


def _loss(loss: Loss) -> Any:
    return {"mse": "mean_squared_error", "bce": "binary_crossentropy"}[loss] if isinstance(loss, str) else loss
