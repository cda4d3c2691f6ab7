"""Training an autoencoder: functions that train the networks they are given and return what they learned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from bridgeae.autoencoder.encoding import apply
from bridgeae.autoencoder.variational import GaussianSample, latent_heads
from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.networks import check_trainable, dense_networks
from bridgeae.networks.backend import keras, layers, ops
from bridgeae.protocols import Augment
from bridgeae.training import Batches, History, TrainOptions, train, trainable_restored

Loss = str | Callable[[Any, Any], Any]
_VALIDATION_BATCH = 256


@dataclass(frozen=True)
class Networks:
    """The networks of an autoencoder; those that it does not have are None."""

    encoder: keras.Model
    decoder: keras.Model | None = None
    latent: keras.Model | None = None
    head: keras.Model | None = None


@dataclass(frozen=True)
class Objective:
    """What an autoencoder is trained for; see `Autoencoder`. `classes` (k,) are those of the classifier."""

    loss: Loss
    classifier: str | None
    classifier_weight: float
    label_smoothing: float
    variational: float | None
    corrupt: Augment | None
    classes: np.ndarray | None
    unlabelled: str

    @classmethod
    def of(cls, side: Any) -> Objective:
        """Return that of an `Autoencoder` whose networks are built."""
        names = ("classifier", "classifier_weight", "label_smoothing", "variational", "corrupt", "unlabelled")
        asked = {name: getattr(side, name) for name in names}
        return cls(**asked, loss=side.scaled_loss(), classes=side.classes_)


def build_networks(
    encoder: keras.Model | None,
    decoder: keras.Model | None,
    classifier: str | None,
    variational: float | None,
    domain: Domain,
) -> tuple[Networks, np.ndarray | None]:
    """Complete the networks for the samples of a domain, untrained, and return them with the classifier's classes (k,).

    Default networks replace an encoder and decoder that are None. The head is a dense layer on what it reads.

    Raises:
        InputError: the samples do not fit the encoder, or a classifier lacks labels of two classes.
    """
    check_trainable(encoder, decoder, classifier, domain)
    if encoder is None:
        encoder, decoder = dense_networks(domain.sample_shape)
    latent = head = classes = None
    if classifier is not None:
        classes = domain.classes
        reads_mean = classifier == "joint" and variational is not None and decoder is not None
        z = layers.Input((decoder.input if reads_mean else encoder.output).shape[1:])  # type: ignore[union-attr]
        head = keras.Model(z, layers.Dense(len(classes))(layers.Flatten()(z)), name="head")
    if variational is not None and decoder is not None:
        latent = latent_heads(encoder, decoder)
    return Networks(encoder, decoder, latent, head), classes


def fit_networks(
    networks: Networks,
    domain: Domain,
    objective: Objective,
    augment: Augment | None,
    augment_decoder: bool,
    classifier_options: TrainOptions,
    options: TrainOptions,
    validation: Domain | None = None,
) -> dict[str, History]:
    """Train the networks in the order that the objective asks for, and return the history of each stage.

    Raises:
        InputError: `augment` or `corrupt` returns samples of another shape, or a training diverges.
    """
    augment = _checked(augment, "augment")
    objective = replace(objective, corrupt=_checked(objective.corrupt, "corrupt"))
    history: dict[str, History] = {}
    if objective.classifier == "first":
        history["classifier"] = fit_classifier(networks, domain, objective, augment, classifier_options, validation)
    if networks.decoder is not None:
        with trainable_restored(networks.encoder):
            if objective.classifier == "first":
                networks.encoder.trainable = False
            change = augment if augment_decoder else None
            history["autoencoder"] = fit_decoder(networks, domain, objective, change, options, validation)
    return history


def _checked(change: Augment | None, name: str) -> Augment | None:
    """Return a random change of samples that raises InputError where it returns another shape."""

    def changed(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        assert change is not None
        made, shape = change(x, rng), x.shape
        found = tuple(made.shape) if hasattr(made, "shape") else type(made).__name__
        if found != shape:
            raise InputError(f"`{name}` must return an array of the shape that it is given, {shape}, not {found}.")
        return made

    return None if change is None else changed


def fit_classifier(
    networks: Networks,
    domain: Domain,
    objective: Objective,
    augment: Augment | None,
    options: TrainOptions,
    validation: Domain | None = None,
) -> History:
    """Train encoder and head on the labelled samples, and on the others where those are to be refused."""
    known = domain if objective.unlabelled == "refuse" else domain.select(domain.labelled)
    assert networks.head is not None
    model = keras.Model(networks.encoder.input, networks.head(networks.encoder.output))
    labels = known.known_labels()

    def batch(index: np.ndarray, rng: np.random.Generator) -> tuple[Any, Any]:
        x = known.x[index]
        return (augment(x, rng) if augment else x), _class_targets(labels[index], objective)

    batches = Batches(batch, len(known), options.batch_size, options.seed, known.shuffled)
    held_out = () if validation is None else HeldOut(validation.select(validation.labelled), objective, "classifier")
    return train(model, batches, "classifier", options, held_out, loss=_cross_entropy(), metrics=[_accuracy()])


def fit_decoder(
    networks: Networks,
    domain: Domain,
    objective: Objective,
    augment: Augment | None,
    options: TrainOptions,
    validation: Domain | None = None,
) -> History:
    """Train the decoder, what is not frozen of encoder and latent heads, and the head where it is a joint one."""
    encoder, decoder = networks.encoder, networks.decoder
    assert decoder is not None
    frozen, joint = objective.classifier == "first", objective.classifier == "joint"
    corrupt = objective.corrupt
    # without random changes, the outputs of a frozen encoder are computed once
    cached = np.asarray(apply(encoder, domain.x, 128)) if frozen and not (augment or corrupt) else None
    x = layers.Input(encoder.output.shape[1:]) if cached is not None else encoder.input
    h = x if cached is not None else (_AtRest(encoder) if frozen else encoder)(x)
    z = h
    if networks.latent is not None:
        assert objective.variational is not None
        h, log_variance = networks.latent(h)
        z = GaussianSample(objective.variational / prod(domain.sample_shape))([h, log_variance])
    outputs, losses, weights = [decoder(z)], [_keras_loss(objective.loss)], [1.0]
    if joint:
        assert networks.head is not None
        outputs.append(networks.head(h))
        all_count = objective.unlabelled == "refuse" or domain.labelled.all()
        losses.append(_cross_entropy() if all_count else _CrossEntropyOfKnown(from_logits=True))
        weights.append(objective.classifier_weight)
        labels = domain.known_labels()

    def batch(index: np.ndarray, rng: np.random.Generator) -> tuple[Any, ...]:
        clean = domain.x[index]
        clean = augment(clean, rng) if augment else clean
        inputs = corrupt(clean, rng) if corrupt else clean
        inputs = inputs if cached is None else cached[index]
        return inputs, ((clean, _class_targets(labels[index], objective)) if joint else clean)

    batches = Batches(batch, len(domain), options.batch_size, options.seed, domain.shuffled)
    model = keras.Model(x, outputs if joint else outputs[0])
    compiled = {"loss": losses, "loss_weights": weights} if joint else {"loss": losses[0]}
    read = encoder if cached is not None else None
    held_out = () if validation is None else HeldOut(validation, objective, "joint" if joint else None, read)
    return train(model, batches, "autoencoder", options, held_out, **compiled)


@dataclass(frozen=True)
class HeldOut:
    """Validation samples as batches, unchanged, for the training of `kind` ("classifier", "joint" or None).

    With `encoder`, the training reads its outputs in place of the samples.
    """

    domain: Domain
    objective: Objective
    kind: str | None
    encoder: keras.Model | None = None

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        for k in range(0, len(self.domain), _VALIDATION_BATCH):
            part = slice(k, k + _VALIDATION_BATCH)
            x = targets = self.domain.x[part]
            if self.kind is not None:
                hot = _class_targets(self.domain.known_labels()[part], self.objective)
                targets = hot if self.kind == "classifier" else (x, hot)  # type: ignore[assignment]
            yield (x if self.encoder is None else self.encoder.predict_on_batch(x)), targets


class _AtRest(layers.Layer):
    """Run a network without dropout while the model around it trains; Keras ignores ``network(x, training=False)``."""

    def __init__(self, network: keras.Model) -> None:
        super().__init__()
        self.network = network

    def call(self, x: Any) -> Any:
        return self.network(x, training=False)


def _class_targets(labels: np.ndarray, objective: Objective) -> np.ndarray:
    """Return smoothed class probabilities (n, k) of labels (n,).

    Those of an unlabelled sample are zeros, which leave it out of the loss; or equal, where it is to be refused
    (outlier exposure, Hendrycks et al. 2019).
    """
    classes, smoothing = np.asarray(objective.classes), objective.label_smoothing
    hot = (labels[:, None] == classes).astype(np.float32)
    known = hot.any(1, keepdims=True)
    equal = np.float32(1 / len(classes))
    return hot * (1 - smoothing) + np.where(known, smoothing * equal, equal * (objective.unlabelled == "refuse"))


def _cross_entropy() -> keras.Loss:
    return keras.losses.CategoricalCrossentropy(from_logits=True)


class _CrossEntropyOfKnown(keras.losses.CategoricalCrossentropy):
    """Leave out samples whose targets are zeros.

    TensorFlow's cross-entropy of zeros is 0, but its gradient takes targets to sum to 1, and pushes all logits down.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        known = ops.sum(y_true, -1)
        return known * super().call(y_true + (1 - known)[:, None], y_pred)


def _accuracy() -> keras.Metric:
    return keras.metrics.CategoricalAccuracy("accuracy")


def _keras_loss(loss: Loss) -> Any:
    return {"mse": "mean_squared_error", "bce": "binary_crossentropy"}[loss] if isinstance(loss, str) else loss
