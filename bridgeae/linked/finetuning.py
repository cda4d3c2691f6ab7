"""Training a bridge end to end, as one network."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any, TypeVar

import numpy as np

from bridgeae.autoencoder import Autoencoder
from bridgeae.autoencoder.state import prepare_training
from bridgeae.domain import Data, as_domain
from bridgeae.errors import InputError
from bridgeae.linked.choices import choose_pairing
from bridgeae.networks.backend import keras
from bridgeae.protocols import Linker, Pairing
from bridgeae.saving import trainable
from bridgeae.training import History, RandomBatches, TrainOptions, train, trainable_restored

MakePairs = Callable[[np.random.Generator], tuple[Any, Any]]
"""Returns source samples and the target samples that belong with them."""

_Part = TypeVar("_Part", Autoencoder, Linker)


def random_pairs(source: Data | None, target: Data | None, pairing: Pairing | str | None, batch_size: int) -> MakePairs:
    """Return what draws batches of pairs. Raises InputError if samples are missing or do not pair."""
    if source is None or target is None:
        raise InputError("`finetune` needs `source` and `target`, or `batches`.")
    a, b = as_domain(source, "source"), as_domain(target, "target")
    rule = choose_pairing(pairing or "given", a, b)
    rule.check(a, b)
    rule = rule.fit(a, b)

    def pairs(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        i, j = rule.sample(batch_size, rng)
        return a.x[i], b.x[j]

    return pairs


def finetune(
    source: Autoencoder,
    target: Autoencoder,
    linker: Linker,
    batches: MakePairs,
    decoder: bool,
    loss: Any,
    steps: int,
    options: TrainOptions,
) -> tuple[Autoencoder, Autoencoder, Linker, History]:
    """Train copies of the source's encoder, of the linker and, with `decoder`, of the target.

    Returns:
        (source, target, linker, history): the copies, or the target itself where its decoder stays frozen.
    """
    if loss is None and target.loss is None:
        raise InputError("the target's `loss` was a function, which is not saved: pass `loss`.")
    loss = loss or target.scaled_loss()
    source, linker = _encoder_alone(source), _copied(linker)
    target = _copied(target) if decoder else target
    network = whole_network(source, target, linker)
    assert source.encoder is not None and target.decoder is not None
    with trainable_restored(source.encoder), trainable_restored(target.decoder):
        source.encoder.trainable = True
        target.decoder.trainable = decoder
        history = train(network, RandomBatches(batches, steps, options.seed), "fine-tuning", options, loss=loss)
    return source, target, linker, history


def whole_network(source: Autoencoder, target: Autoencoder, linker: Any) -> keras.Model:
    """Return a bridge as one Keras model. Raises InputError if its linker is not one network."""
    if not callable(getattr(linker, "as_network", None)):
        raise InputError(
            f"only a bridge whose linker is one network can do this: take a NetworkLinker, not a "
            f"{type(linker).__name__}."
        )
    prepare_training(source)
    prepare_training(target)
    assert source.encoder is not None and target.decoder is not None
    z = source.encoder(source.encoder.input)
    z = z if source.latent_ is None else source.latent_(z)[0]
    return keras.Model(source.encoder.input, target.decoder(linker.as_network()(z)), name="bridge")


def _copied(part: _Part) -> _Part:
    """Return an autoencoder or a linker with networks of its own, with equal weights."""
    other = copy(part)
    for name in ("encoder", "decoder", "latent_", "head_", "network_"):
        if (network := trainable(getattr(part, name, None))) is not None:
            clone = type(network).from_config(network.get_config())  # `clone_model` would copy how it was compiled
            clone.set_weights(network.get_weights())
            setattr(other, name, clone)
    return other


def _encoder_alone(side: Autoencoder) -> Autoencoder:
    """Return a copy without decoder and classifier, which fine-tuning would make wrong."""
    other = copy(side)
    other.decoder = other.classifier = other.head_ = other.classes_ = None
    return _copied(other)
