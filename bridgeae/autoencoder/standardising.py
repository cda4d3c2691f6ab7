"""Standardisation of samples in any unit, learned from training samples and built into the networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from bridgeae.autoencoder.reconstruction import r2
from bridgeae.checks import check_choice
from bridgeae.domain import moments, some_of
from bridgeae.networks import DEFAULT_LATENT, dense_networks
from bridgeae.saving import State

KINDS = ("feature", "one", "channel", "none")
"""What shares a mean and a scale: each value of a vector, all values, the values of a channel; or no scaling."""

PRETRAINED = "pretrained_in_raw_units"
"""Attribute of an encoder that has been trained already: it reads samples as they are."""

_MIN_SCALE = 1e-6  # Keras' Normalization does not divide by less than 1e-7
_MAX_SCALE = 1e18  # and its variance overflows float32
_MAX_SAMPLES = 2000  # of the choice between kinds
_MIN_SPREAD = 0.005  # of the widest component: a network trained by gradients hardly learns a narrower one
_TIE = 0.001  # difference in R2 that says nothing
_BLOWN_UP = 15.0  # standard deviations beyond which a value that hardly ever varies has no scale of its own
_MAX_CHANNELS = 16  # a longer last axis of a picture without channels is a side of it
_READS_RAW_UNITS = {"Normalization", "Rescaling", "Embedding", "Masking"}  # as the first layer of an encoder
_BOUNDED = ("sigmoid", "tanh", "softmax", "relu", "relu6", "hard_sigmoid", "softplus", "elu", "selu")


@dataclass(frozen=True, eq=False)
class Scaling:
    """Mean and scale of samples, in their units.

    Args:
        kind: one of `KINDS`.
        mean: (), or (c,) for the last axis; that of vectors is each value's own, also where they share a scale.
        scale: of the same shape, positive; 1 where values never vary.
    """

    kind: str
    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, x: np.ndarray, kind: str) -> Scaling:
        """Learn from samples ``(n, *sample)``; `kind` is one of `KINDS`."""
        check_choice("standardise", kind, KINDS)
        if kind == "none":
            return cls(kind, np.zeros(()), np.ones(()))
        axes = None if kind == "one" and x.ndim > 2 else tuple(range(x.ndim - 1))
        mean, scale = moments(x, axes)
        if kind == "one":
            scale = np.full(scale.shape, np.sqrt(np.mean(scale**2)))
        # a value that never varies differs from its mean by rounding only
        return cls(kind, np.asarray(mean), np.asarray(np.where(scale > 1e-6 * np.abs(mean), scale, 1.0)))

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Return standardised samples, float32."""
        return np.asarray((x - self.mean) / self.scale, np.float32)

    def undo(self, x: np.ndarray) -> np.ndarray:
        """Return samples in their own units, float32."""
        return np.asarray(x * self.scale + self.mean, np.float32)

    def layer(self, *, invert: bool = False) -> Any:
        """Return a Keras layer that applies the scaling or, with `invert`, undoes it."""
        from bridgeae.networks.backend import layers

        if self.scale.min() < _MIN_SCALE or self.scale.max() > _MAX_SCALE:
            moments = (self.scale, self.mean) if invert else (1 / self.scale, -self.mean / self.scale)
            return layers.Rescaling(*(m.tolist() for m in moments))
        axis = None if self.mean.ndim == 0 else -1
        return layers.Normalization(axis, self.mean.tolist(), (self.scale**2).tolist(), invert)

    def get_state(self) -> State:
        """Return the state from which `from_state` builds this again."""
        return State({"kind": self.kind}, arrays={"mean": np.atleast_1d(self.mean), "scale": np.atleast_1d(self.scale)})

    @classmethod
    def from_state(cls, state: State) -> Scaling:
        """Build a scaling from what `get_state` returned."""
        kind = state.values["kind"]
        check_choice("standardise", kind, KINDS)
        moments = (state.arrays[name] for name in ("mean", "scale"))
        return cls(kind, *(m.reshape(()) if m.size == 1 else m for m in moments))


def learn_scaling(x: np.ndarray, standardise: str, latent_size: int | None = None) -> Scaling:
    """Learn a scaling from training samples.

    "auto" takes a scale a channel for signals and for pictures with channels, and one scale for other pictures. For
    vectors it compares a scale a value with one scale for all: that one wins whose linear autoencoder reconstructs
    held-out samples better, by the sum of their variance-weighted and uniform R2 in the units of the samples.
    Components too narrow for a network to learn do not count. Dead pixels blow up when each is scaled alone; columns of
    a table in several units drown when all share a scale.

    Args:
        x: (n, *sample) training samples.
        standardise: "auto" or one of `KINDS`; "feature" and "channel" both mean the last axis.
        latent_size: components of the linear autoencoder; None means those of default networks.
    """
    if standardise != "auto":
        return Scaling.fit(x, standardise)
    if x.ndim > 2:
        return Scaling.fit(x, "channel" if x.ndim > 3 or x.shape[-1] <= _MAX_CHANNELS else "one")
    if len(x) < 4 or x.shape[1] == 1:
        return Scaling.fit(x, "feature")
    chosen = some_of(x, _MAX_SAMPLES)
    # with a component a value, both kinds would be perfect
    size = min(latent_size or DEFAULT_LATENT[0], x.shape[1] - 1)
    better = _linear_score(chosen, "feature", size) - _linear_score(chosen, "one", size)
    if abs(better) < _TIE:
        each = Scaling.fit(chosen, "feature")
        return Scaling.fit(x, "one" if np.abs(each.apply(chosen)).max() > _BLOWN_UP else "feature")
    return Scaling.fit(x, "feature" if better > 0 else "one")


def learn_flat_scaling(x: np.ndarray) -> Scaling:
    """Learn a scaling of flattened samples from samples ``(n, *sample)``: "auto" for vectors, "one" for all others."""
    return learn_scaling(x.reshape(len(x), -1), "auto" if x.ndim == 2 else "one")


def _linear_score(x: np.ndarray, kind: str, size: int) -> float:
    """Return how well principal components of standardised samples reconstruct held-out ones."""
    half = max(2, len(x) * 4 // 5)
    scaling = Scaling.fit(x[:half], kind)
    train, held_out = (scaling.apply(part).reshape(len(part), -1) for part in (x[:half], x[half:]))
    centre = train.mean(0)
    spread, axes = np.linalg.svd(train - centre, full_matrices=False)[1:]
    axes = axes[:size][spread[:size] > _MIN_SPREAD * spread[0]]
    made = scaling.undo(((held_out - centre) @ axes.T @ axes + centre).reshape(x[half:].shape))
    return sum(r2(x[half:], made))


def standardise_networks(
    encoder: Any, decoder: Any, x: np.ndarray, standardise: str, *, loss: Any, adapter: Any
) -> tuple[Any, Any, Scaling]:
    """Return networks that standardise the samples they read and undo it in those they make, and the scaling.

    Args:
        encoder: a Keras model, or None for default networks.
        decoder: a Keras model or None.
        x: (n, *sample) training samples.
        standardise, loss, adapter: see `bridgeae.Autoencoder`.
    """
    from bridgeae.networks.backend import keras

    if standardise == "auto" and reads_raw_units(encoder, decoder, loss, adapter):
        standardise = "none"
    if encoder is None:
        encoder, decoder = dense_networks(x.shape[1:])
    latent = (encoder.output if decoder is None else decoder.input).shape[1:]
    scaling = learn_scaling(x, standardise, None if None in latent else prod(latent))
    if scaling.kind != "none":
        samples = keras.Input(encoder.input.shape[1:])
        encoder = keras.Model(samples, encoder(scaling.layer()(samples)), name="encoder")
        if decoder is not None:
            latents = keras.Input(decoder.input.shape[1:])
            decoder = keras.Model(latents, scaling.layer(invert=True)(decoder(latents)), name="decoder")
    return encoder, decoder, scaling


def loss_in_units_of(scaling: Scaling, loss: Any) -> Callable[[Any, Any], Any]:
    """Return a loss of samples that is computed once both sides are divided by the scale."""
    from bridgeae.networks.backend import keras

    function = keras.losses.mean_squared_error if loss == "mse" else loss
    factor = (1 / scaling.scale).astype(np.float32)

    def scaled(true: Any, made: Any) -> Any:
        return function(true * factor, made * factor)

    return scaled


def reads_raw_units(encoder: Any, decoder: Any, loss: Any, adapter: Any) -> bool:
    """Return whether "auto" leaves the samples of these networks in their units.

    So it does where the unit is fixed: by an adapter without `any_unit`, by a loss other than "mse", by a decoder that
    ends in a bounded activation, or by an encoder that is trained or frozen already, or that scales its samples, looks
    them up, or masks them itself.
    """
    from bridgeae.training import all_layers

    if (adapter is not None and not getattr(adapter, "any_unit", False)) or loss != "mse":
        return True
    if decoder is not None and _ends_bounded(decoder):
        return True
    if encoder is None:
        return False
    first = {type(layer).__name__ for layer in encoder.layers[:2]}
    frozen = any(not layer.trainable for layer in all_layers(encoder))
    return bool(first & _READS_RAW_UNITS) or frozen or getattr(encoder, PRETRAINED, False)


def _ends_bounded(decoder: Any) -> bool:
    """Return whether the last layer that changes values cannot reach all of them."""
    from bridgeae.training import all_layers

    for layer in reversed(list(all_layers(decoder))):
        name = type(layer).__name__
        if name in ("Sigmoid", "Softmax", "ReLU", "LeakyReLU", "PReLU"):
            return name not in ("LeakyReLU", "PReLU")
        activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
        if activation != "linear":
            return activation in _BOUNDED
        if name not in ("Reshape", "Flatten", "Activation", "Cropping1D", "Cropping2D", "Functional", "Sequential"):
            return False
    return False
