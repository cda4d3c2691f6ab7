"""Default networks for samples of any fixed shape, and what every network must offer. Keras is imported on use."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.checks import Shape, check_shape, shape_fits
from bridgeae.domain import Domain
from bridgeae.errors import InputError

if TYPE_CHECKING:
    import keras

DEFAULT_LATENT = (32,)
"""Shape of the latents of default networks."""


def dense_networks(
    sample_shape: Shape, latent_shape: Shape = DEFAULT_LATENT, *, units: Sequence[int] = (256, 128)
) -> tuple[keras.Model, keras.Model]:
    """Build a dense (encoder, decoder) for samples of any fixed shape.

    Args:
        sample_shape: shape of one sample, no None.
        latent_shape: shape of one latent, no None.
        units: widths from the sample inwards; the decoder mirrors them.

    Returns:
        Two untrained models, ``(n, *sample) -> (n, *latent)`` and back; the decoder's output is linear.
    """
    from bridgeae.networks.backend import keras, layers

    size = fixed_size(sample_shape, "sample_shape")
    latent_size = fixed_size(latent_shape, "latent_shape")
    x = layers.Input(sample_shape)
    h = layers.BatchNormalization(momentum=0.9)(layers.Flatten()(x))  # short trainings have few steps to average over
    for width in units:
        h = layers.Dense(width, activation="relu")(h)
    encoder = keras.Model(x, layers.Reshape(latent_shape)(layers.Dense(latent_size)(h)), name="encoder")
    z = layers.Input(latent_shape)
    h = layers.Flatten()(z)
    for width in reversed(units):
        h = layers.Dense(width, activation="relu")(h)
    decoder = keras.Model(z, layers.Reshape(sample_shape)(layers.Dense(size)(h)), name="decoder")
    return encoder, decoder


def fixed_size(shape: Shape, name: str) -> int:
    """Return the number of values of a shape without None. Raises InputError for any other."""
    if not shape or any(not isinstance(n, (int, np.integer)) or n < 1 for n in shape):
        raise InputError(f"`{name}` must be positive whole numbers for a dense network, received {shape}.")
    return prod(int(n) for n in shape if n)


def as_functional(model: Any) -> Any:
    """Return a Sequential model that knows its shapes as a functional one with the same layers; others as they are."""
    keras: Any = sys.modules.get("keras")  # without it the model is none of Keras'
    if keras is not None and isinstance(model, keras.Sequential) and model.built:
        return keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    return model


def model_shapes(model: Any, name: str) -> tuple[Shape, Shape]:
    """Return the shapes that a Keras model reads and writes, without the batch.

    Raises:
        InputError: the model does not know its shapes yet, or has several inputs or outputs.
    """
    shapes: list[Any] = [getattr(model, f"{end}_shape", None) for end in ("input", "output")]
    if not all(isinstance(shape, tuple) and not any(isinstance(n, tuple) for n in shape) for shape in shapes):
        raise InputError(
            f"`{name}` must be a Keras model with one input and one output of known shapes, received "
            f"{type(model).__name__}: start a Sequential with keras.Input."
        )
    return shapes[0][1:], shapes[1][1:]


def check_networks(encoder: Any, decoder: Any, *, equal: bool) -> None:
    """Raise InputError unless the networks that are given are functional Keras models that fit together.

    Args:
        encoder: a model or None.
        decoder: a model or None.
        equal: whether the decoder must read exactly what the encoder writes.
    """
    if encoder is None and decoder is not None:
        raise InputError("`decoder` was given without `encoder`: pass both, or neither for dense networks.")
    samples, writes = (None, None) if encoder is None else model_shapes(encoder, "encoder")
    reads, makes = (None, None) if decoder is None else model_shapes(decoder, "decoder")
    for name, model in (("encoder", encoder), ("decoder", decoder)):
        known = hasattr(model, "input") or hasattr(model, "keras")  # of Keras, or able to become one
        if model is not None and not known:
            raise InputError(
                f"`{name}` must be a functional or Sequential Keras model, received {type(model).__name__}: build it "
                "from layers and keras.Input."
            )
    if equal and writes is not None and reads is not None and writes != reads:
        raise InputError(f"`encoder` writes latents of shape {writes} but `decoder` reads {reads}: they must be equal.")
    if samples is not None and makes is not None and not shape_fits(makes, samples):
        raise InputError(f"`decoder` makes samples of shape {makes} but `encoder` reads {samples}: they must be equal.")


def check_trainable(encoder: Any, decoder: Any, classifier: str | None, domain: Domain) -> None:
    """Raise InputError if networks cannot learn from a domain.

    Args:
        encoder: a model, or None for default networks.
        decoder: a model or None.
        classifier: how the encoder is trained as one, or None; see `bridgeae.Autoencoder`.
        domain: the samples.
    """
    if decoder is None and encoder is not None and classifier != "first":
        raise InputError('an `encoder` without `decoder` learns only from labels: pass classifier="first".')
    check_samples(encoder, decoder, domain.x)
    if classifier is not None and len(domain.classes) < 2:
        raise InputError(
            f"a classifier needs labels of at least two classes, received {domain.classes.tolist()} in `domain`."
        )


def check_samples(encoder: Any, decoder: Any, x: Any) -> None:
    """Raise InputError unless samples ``x: (n, *sample)`` have the shape that networks read and make, where given."""
    if encoder is not None:
        check_shape("x", x.shape, encoder.input_shape[1:], " for this encoder")
    if decoder is not None:
        check_shape("x", x.shape, decoder.output_shape[1:], " for this decoder")
