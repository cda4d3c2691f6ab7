"""Labels of one side for another: the classes of unlabelled samples, found by aligning them with labelled ones.

Unsupervised domain adaptation by self-training. A classifier learns the labelled side and reads the other with its own
batch normalisation statistics (Li et al. 2017). Its surest answers are propagated along a graph of the samples (Zhou et
al. 2004), and the surest of those are trained on, class by class (Zou et al. 2018), a few rounds long. How sure the
classifier was before that, beside held-out samples of its own side, says how far the found classes can be trusted
(average thresholded confidence; Garg et al. 2022): self-training makes any answer sure.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.autoencoder.adaptation import MIN_SAMPLES
from bridgeae.autoencoder.autoencoder import Autoencoder
from bridgeae.autoencoder.few_labels import balanced_axes, class_mass, margins
from bridgeae.autoencoder.found_labels import FoundLabels
from bridgeae.autoencoder.framing import alike, framed_alike, jiggled
from bridgeae.autoencoder.standardising import Scaling, learn_scaling
from bridgeae.checks import check_counts
from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.networks import dense_networks
from bridgeae.networks.backend import keras
from bridgeae.progress import Progress
from bridgeae.protocols import Augment
from bridgeae.training import all_layers

MAX_SAMPLES = 10_000
"""Samples of a side that take part in a training or a propagation, at most."""

_HELD_OUT = 0.1  # share of the labelled samples that tell how sure a classifier is of samples it has not seen
_SURE_SHARE = 0.9  # of these
_SEED_SHARE = 0.5  # of each predicted class, the surest, from which labels are propagated
_KEPT_SHARES = 0.7, 0.95  # of each class, the surest after propagation, in the first and the last round


def transfer_labels(
    known: Domain,
    unknown: Domain,
    encoder: Any = None,
    *,
    adapter: Any = None,
    augment: Augment | None = None,
    rounds: int = 3,
    passes: int = 50_000,
    batch_size: int = 64,
    learning_rate: float = 3e-3,
    seed: int = 0,
    progress: Progress | None = None,
) -> FoundLabels:
    """Find the classes of unlabelled samples by adapting a classifier of labelled samples of the same kind.

    Args:
        known: labelled samples of the first side.
        unknown: samples ``(n, *sample)`` of the second side, of the same kind; labels are not read.
        encoder: Keras model for samples of the first side, whose untrained copies are used; None is a dense one.
        adapter: of the first side; without it and `augment`, each side is standardised by itself.
        augment: ``(x, rng) -> x``, what changes samples without changing their class; None is the adapter's, without an
            adapter small shifts, zooms and turns of images and signals. It decides more than anything else here: it
            should span how the two sides differ.
        rounds: how often labels are propagated and trained on.
        passes: samples that each of the `rounds` + 1 trainings sees, with repetitions.
        batch_size: samples a step.
        learning_rate: the peak of the cycle.
        seed: of everything random.
        progress: where to show progress.

    Raises:
        InputError: the samples are of different kinds, or fewer than two classes are known.
    """
    if not alike(known.sample_shape, unknown.sample_shape):
        shapes = f"{known.sample_shape} and {unknown.sample_shape}"
        raise InputError(f"`unknown` must have samples of the same kind as `known`, received shapes {shapes}.")
    check_counts(rounds=rounds, passes=passes)
    known = known.labelled_part("known")
    x, y = framed_alike(known.x, unknown.x)
    augment = augment or getattr(adapter, "augment", None)
    if adapter is None and augment is None:  # each side may have units of its own
        kind = learn_scaling(x, "auto").kind
        x, y = (Scaling.fit(side, kind).apply(side) for side in (x, y))
        augment = jiggled if x.ndim > 2 else None
    options = {"batch_size": batch_size, "learning_rate": learning_rate, "augment": augment, "progress": progress}
    trainer = _Trainer(encoder or dense_networks(x.shape[1:])[0], adapter, passes, options, seed)
    source, held_out = Domain(x, known.labels, known.groups).split(_HELD_OUT, seed=seed)[::-1]
    side = trainer.fit(trainer.new(), source)
    reader = _adapted(side, y)
    before = reader.predict_proba(y)
    shares = (source.known_labels()[:, None] == np.asarray(side.classes_)).mean(0)
    score = score_of(_adapted(side, held_out.x).predict_proba(held_out.x), before, shares)
    after = _self_trained(trainer, side, reader, source, y, shares, rounds)
    found = after.argmax(1)
    confidence = (before + after)[np.arange(len(y)), found] / 2
    return FoundLabels(np.asarray(side.classes_)[found], confidence, score)


def _self_trained(
    trainer: _Trainer,
    side: Autoencoder,
    reader: Autoencoder,
    source: Domain,
    y: np.ndarray,
    shares: np.ndarray,
    rounds: int,
) -> np.ndarray:
    """Train a classifier on both sides, round by round from its own answers; return class probabilities (m, k).

    `reader` gives the first answers. Classes have these `shares` (k,) in the first round, later the predicted ones.
    """
    labels, classes = source.known_labels(), np.asarray(side.classes_)
    for kept_share in np.linspace(*_KEPT_SHARES, rounds):
        part = y[trainer.part(len(y))]
        found, margin = _propagated(reader, part, shares)
        kept = surest(found, margin, kept_share)
        i = trainer.part_of(source, max(int(kept.sum()), len(source) // 8))
        both = np.concatenate([source.x[i], part[kept]]), np.concatenate([labels[i], classes[found[kept]]])
        reader = trainer.fit(side, Domain(*both))
        shares = reader.predict_proba(part).mean(0)
    return reader.predict_proba(y)


def score_of(held_out: np.ndarray, unlabelled: np.ndarray, shares: np.ndarray) -> float:
    """Return how well a classifier reads the other side, in [0, 1].

    The share of unlabelled samples that it is as sure of as of held-out labelled ones, times what the shares of the
    classes have in common: where an alignment fails, some classes swallow others.

    Args:
        held_out: (n, k) class probabilities of samples of the labelled side.
        unlabelled: (m, k) those of the other side.
        shares: (k,) of the classes on the labelled side.
    """
    threshold = np.quantile(held_out.max(1), 1 - _SURE_SHARE)
    sure = min(1.0, (unlabelled.max(1) >= threshold).mean() / _SURE_SHARE)
    predicted = np.bincount(unlabelled.argmax(1), minlength=len(shares)) / len(unlabelled)
    return float(sure * np.minimum(predicted, shares).sum())


def surest(found: np.ndarray, confidence: np.ndarray, share: float) -> np.ndarray:
    """Return which samples (n,) bool are the surest `share` of their found class (n,)."""
    chosen = np.zeros(len(found), bool)
    for label in np.unique(found):
        members = np.flatnonzero(found == label)
        order = np.argsort(-confidence[members], kind="stable")
        chosen[members[order[: int(np.ceil(share * len(members)))]]] = True
    return chosen


def _propagated(reader: Autoencoder, x: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return class numbers (n,) and their margins, propagated from the surest answers of a classifier."""
    said = reader.encoding(x)
    p = np.asarray(said.probabilities)
    seeds = surest(p.argmax(1), p.max(1), _SEED_SHARE)
    given = (p.argmax(1)[:, None] == np.arange(p.shape[1])) & seeds[:, None]
    mass = class_mass(balanced_axes(said.z), given, shares)
    return mass.argmax(1), margins(mass)


def _adapted(side: Autoencoder, x: np.ndarray) -> Autoencoder:
    """Return a classifier with the statistics of other samples, where its network and their number allow it."""
    norms = any(isinstance(layer, keras.layers.BatchNormalization) for layer in all_layers(side.encoder))
    return side.adapted(x, share=1.0) if norms and len(x) >= MIN_SAMPLES else side


class _Trainer:
    """Makes classifiers of one architecture, and trains them for a fixed number of samples."""

    def __init__(self, encoder: Any, adapter: Any, passes: int, options: dict[str, Any], seed: int) -> None:
        self._encoder, self._adapter, self._passes, self._options = encoder, adapter, passes, options
        self._seed, self._rng = seed, np.random.default_rng(seed)

    def new(self) -> Autoencoder:
        """Return an untrained classifier."""
        keras.utils.set_random_seed(self._seed)
        encoder = keras.models.clone_model(self._encoder)
        encoder.trainable = True
        return Autoencoder(encoder, classifier="first", label_smoothing=0.1, adapter=self._adapter)

    def fit(self, side: Autoencoder, domain: Domain) -> Autoencoder:
        """Train a classifier further, on a part of the samples where there are many."""
        domain = domain.select(self.part_of(domain))
        epochs = max(1, round(self._passes / len(domain)))
        self._seed += 1
        return side.fit(domain, epochs=epochs, seed=self._seed, **self._options)

    def part(self, n: int, size: int = MAX_SAMPLES) -> np.ndarray:
        """Return the indices of at most `size` of `n` samples, chosen at random."""
        return np.sort(self._rng.permutation(n)[:size])

    def part_of(self, domain: Domain, size: int = MAX_SAMPLES) -> np.ndarray:
        """Return such indices of labelled samples, with one of each class at least."""
        first = np.unique(domain.known_labels(), return_index=True)[1]
        return np.union1d(self.part(len(domain), size), first)
