"""Learning from few labels: contrastive pre-training, label propagation over a graph, and pseudo-labels.

Label propagation differs from scikit-learn's `LabelSpreading` in its graph of mutual nearest neighbours, and in giving
every class the same total mass.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from bridgeae.autoencoder.autoencoder import Autoencoder
from bridgeae.autoencoder.encoding import encode_views
from bridgeae.autoencoder.standardising import PRETRAINED
from bridgeae.checks import check_counts
from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.networks.backend import keras, layers, ops
from bridgeae.progress import Progress
from bridgeae.protocols import Augment
from bridgeae.training import Batches, TrainOptions, train

_PROJECTION = 64  # values in which two views are compared
_NEIGHBOUR_SHARE = 0.98  # of a node's class mass that comes from its neighbours (alpha of Zhou et al. 2004)
_PRETRAINED_WEIGHT = 0.7  # of the latents before any label, beside those learned from labels that may be wrong


def pretrain(
    encoder: keras.Model,
    domain: Domain,
    *,
    augment: Augment,
    epochs: int = 40,
    batch_size: int = 128,
    learning_rate: float = 2e-3,
    temperature: float = 0.2,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, list[float]]:
    """Train an encoder without labels to tell which two augmented views are of one sample (SimCLR, Chen et al. 2020).

    Args:
        encoder: Keras model ``(n, *sample) -> (n, d)``; trained in place. Give it to an `Autoencoder` afterwards.
        domain: the samples; labels are not looked at.
        augment: ``(x, rng) -> x``; the encoder learns to ignore what it changes.
        epochs: passes over the samples.
        batch_size: samples a step; each is compared with all others in it.
        learning_rate: the peak of the cycle.
        temperature: of the softmax over similarities.
        seed: of the draws and the head's initial weights.
        progress: where to show progress; None shows it on a terminal.

    Returns:
        The loss an epoch.
    """
    keras.utils.set_random_seed(seed)
    h = layers.Flatten()(encoder.output)
    h = layers.Dense(2 * _PROJECTION, activation="relu")(h)
    model = keras.Model(encoder.input, layers.UnitNormalization()(layers.Dense(_PROJECTION)(h)))

    def batch(index: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x = domain.x[index]
        return np.concatenate([augment(x, rng), augment(x, rng)]), np.zeros((2 * len(index), 1), np.float32)

    def loss(_: Any, views: Any) -> Any:
        n = ops.shape(views)[0]
        logits = ops.matmul(views, ops.transpose(views)) / temperature
        logits = logits - 1e9 * ops.eye(n)  # a view is not compared with itself
        return ops.sparse_categorical_crossentropy((ops.arange(n) + n // 2) % n, logits, from_logits=True)

    batches = Batches(batch, len(domain), batch_size, seed)
    options = TrainOptions(epochs, batch_size, learning_rate, seed=seed, progress=progress or Progress())
    setattr(encoder, PRETRAINED, True)  # it reads samples in their own units from now on
    return train(model, batches, "contrastive", options, loss=loss)


def spread_labels(z: np.ndarray, labels: np.ndarray, *, neighbours: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Propagate few labels to all samples, along a graph of mutual nearest neighbours (Zhou et al. 2004).

    Every class gets the same total mass, so that a class with a central label does not swallow the others.

    Args:
        z: (n, *latent) features in which neighbours are alike. They are compared by angle, centred, with the principal
            axes of large variance scaled to equal weight: in contrastive latents a few axes hold most of the variance.
            Axes below the mean variance keep a smaller weight, as they are mostly noise.
        labels: (n,) int or str, the int -1 where unknown.
        neighbours: of each sample. Two samples are linked if each is a neighbour of the other; every sample is also
            linked with its nearest one.

    Returns:
        (labels, confidence): (n,) without -1, given labels unchanged; (n,) float in [0, 1], the margin between the two
        most probable classes.

    Raises:
        InputError: fewer than two classes have a label, or `neighbours` is less than 1.
    """
    check_counts(neighbours=neighbours)
    domain = Domain(z, labels)
    _check_classes(domain)
    return _propagate(balanced_axes(domain.x), domain, neighbours)


def _propagate(features: np.ndarray, domain: Domain, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    """Propagate a domain's labels along the graph of features (n, d), rows of equal length."""
    known = domain.labelled
    given = (domain.known_labels()[:, None] == domain.classes) & known[:, None]
    mass = class_mass(features, given, np.full(given.shape[1], 1 / given.shape[1]), neighbours)
    mass[known] = given[known]
    return domain.classes[mass.argmax(1)], margins(mass)


def class_mass(features: np.ndarray, given: np.ndarray, shares: np.ndarray, neighbours: int = 10) -> np.ndarray:
    """Return class probabilities (n, k) of samples, propagated from some of them along a graph of neighbours.

    Args:
        features: (n, d), rows of equal length.
        given: (n, k) bool, the class of the samples that have one; a row without any is a sample to be found.
        shares: (k,) the classes' shares of all samples.
        neighbours: see `spread_labels`.
    """
    mass = _diffuse(_mutual_graph(features, neighbours), given / np.maximum(given.sum(0), 1))
    mass = np.maximum(mass, 1e-12)
    for _ in range(30):  # the wanted mass a class, mass one a sample (Sinkhorn 1964)
        mass *= shares / mass.sum(0)
        mass /= mass.sum(1, keepdims=True)
    return mass


def margins(mass: np.ndarray) -> np.ndarray:
    """Return how far the best class of each row (n, k) is ahead of the second, (n,)."""
    ranked = np.sort(mass, 1)
    return np.asarray(ranked[:, -1] - ranked[:, -2])


def fit_few_labels(
    encoder: keras.Model,
    domain: Domain,
    *,
    rounds: int = 3,
    neighbours: int = 10,
    adapter: Any = None,
    label_smoothing: float = 0.1,
    seed: int = 0,
    **fit_options: Any,
) -> tuple[Autoencoder, Domain]:
    """Train a pretrained encoder and a few labels to a classifier, on propagated pseudo-labels.

    Each round propagates the labels over the encoder's latents and trains the encoder on all of them (Lee 2013). Later
    rounds use the better latents beside the pretrained ones, so that early mistakes do not confirm themselves. Unsure
    samples stay in: they lie between the classes, and most of their labels are right.

    Args:
        encoder: a Keras model, from `pretrain`; trained further in place.
        domain: all samples; unlabelled ones have label -1.
        rounds: how often labels are propagated and trained on.
        neighbours: see `spread_labels`.
        adapter: kept with the autoencoder, see `Autoencoder`.
        label_smoothing: see `Autoencoder`.
        seed: of the training.
        fit_options: for `Autoencoder.fit`, each round: epochs, batch_size, learning_rate, augment, progress.

    Returns:
        The last round's autoencoder, which has a classifier and no decoder; and the domain with a label for every
        sample: its own where given, else the classifier's.

    Raises:
        InputError: fewer than two classes have a label, or a number is out of range.
    """
    check_counts(rounds=rounds, neighbours=neighbours)
    _check_classes(domain)
    options: dict[str, Any] = {"label_smoothing": label_smoothing, "standardise": "none"}
    side = Autoencoder(encoder, classifier="first", adapter=adapter, **options)
    views = getattr(adapter, "views", None)
    z = pretrained = balanced_axes(encode_views(encoder, domain.x, views, batch_size=128))
    for step in range(rounds):
        labels, _ = _propagate(z, domain, neighbours)
        side.fit(Domain(domain.x, labels), seed=seed + step, **fit_options)
        learned = side.encoding(domain.x)
        z = np.concatenate([balanced_axes(learned.z), _PRETRAINED_WEIGHT * pretrained], 1)
    labels = np.where(domain.labelled, domain.known_labels(), np.asarray(learned.predicted))
    return side, replace(domain, labels=labels)


def _check_classes(domain: Domain) -> None:
    if len(domain.classes) < 2:
        raise InputError(f"`labels` must name at least two classes, received {domain.classes.tolist()}.")


def balanced_axes(z: np.ndarray) -> np.ndarray:
    """Return centred features as unit vectors (n, d); principal axes above the mean variance weigh alike."""
    z = z.reshape(len(z), -1).astype(float)
    z -= z.mean(0)
    axes, variance, _ = np.linalg.svd(z.T @ z / len(z))
    z = z @ axes / np.sqrt(variance + variance.mean() + 1e-12)
    return np.asarray(z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-9))


def _mutual_graph(z: np.ndarray, neighbours: int) -> Any:
    """Build the symmetric graph of mutual nearest neighbours, rows normalised on both sides."""
    from scipy.sparse import coo_array, diags_array
    from sklearn.neighbors import NearestNeighbors

    count = min(neighbours, len(z) - 1)
    near = NearestNeighbors(n_neighbors=count + 1).fit(z).kneighbors(z, return_distance=False)
    i, j = np.repeat(np.arange(len(z)), count), near[:, 1:].ravel()
    one = coo_array((np.ones(len(i)), (i, j)), shape=(len(z),) * 2).tocsr()
    first = coo_array((np.full(len(z), 0.5), (np.arange(len(z)), near[:, 1])), shape=one.shape).tocsr()
    graph = one.multiply(one.T) + first + first.T
    root = diags_array(1 / np.sqrt(np.maximum(graph.sum(1), 1e-9)))
    return root @ graph @ root


def _diffuse(graph: Any, given: np.ndarray) -> np.ndarray:
    """Solve ``(1 - share * graph) mass = given`` for each class by conjugate gradients."""
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import cg

    system = eye_array(graph.shape[0]) - _NEIGHBOUR_SHARE * graph
    return np.stack([cg(system, column, rtol=1e-4, maxiter=200)[0] for column in given.T], 1)
