"""A few labels made to go far: contrastive pre-training, labels spread over a graph, and training on what they say."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from bridgeae.autoencoder.autoencoder import Autoencoder
from bridgeae.checks import check_counts
from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.progress import Progress
from bridgeae.protocols import Augment
from bridgeae.training.loop import Batches, train

_SPREAD = 0.98  # share of a node's class mass that comes from its neighbours (alpha of Zhou et al. 2004)
_ANCHOR = 0.7  # weight of what the encoder knew before any label, beside what it learned from labels that may be wrong


def pretrain(
    encoder: keras.Model,
    domain: Domain,
    *,
    augment: Augment,
    epochs: int = 40,
    batch_size: int = 128,
    learning_rate: float = 2e-3,
    temperature: float = 0.2,
    projection: int = 64,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, list[float]]:
    """Teach an encoder, without labels, that two augmented views of a sample are one thing (SimCLR, Chen et al. 2020).

    Args:
        encoder: Keras model ``(n, *sample) -> (n, d)``; trained in place. Give it to an `Autoencoder` afterwards.
        domain: the samples; labels are not looked at.
        augment: ``(x, rng) -> x``; what it changes is what the encoder learns to overlook.
        epochs: passes over the samples.
        batch_size: samples a step, each of which is told from all others in it.
        learning_rate: highest of the cycle.
        temperature: of the softmax over similarities.
        projection: size of the head in which views are compared; it is thrown away.
        seed: of the draws and the head's initial weights.
        progress: where to show progress; None shows it on a terminal.

    Returns:
        The loss an epoch.
    """
    keras.utils.set_random_seed(seed)
    h = layers.Flatten()(encoder.output)
    h = layers.Dense(2 * projection, activation="relu")(h)
    model = keras.Model(encoder.input, layers.UnitNormalization()(layers.Dense(projection)(h)))

    def batch(index: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        x = domain.x[index]
        return np.concatenate([augment(x, rng), augment(x, rng)]), np.zeros((2 * len(index), 1), np.float32)

    def loss(_: Any, views: Any) -> Any:
        n = ops.shape(views)[0]
        logits = ops.matmul(views, ops.transpose(views)) / temperature
        logits = logits - 1e9 * ops.eye(n)  # a view is not compared with itself
        return ops.sparse_categorical_crossentropy((ops.arange(n) + n // 2) % n, logits, from_logits=True)

    batches = Batches(batch, len(domain), batch_size, seed)
    run: dict[str, Any] = {"epochs": epochs, "learning_rate": learning_rate, "progress": progress or Progress()}
    return train(model, batches, "contrastive", loss=loss, **run)


def spread_labels(z: np.ndarray, labels: np.ndarray, *, neighbours: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Spread few labels over all samples, along a graph of mutual nearest neighbours (Zhou et al. 2004).

    Every class gets the same total mass in the end, so that one with a central label does not swallow the others.

    Args:
        z: (n, *latent) features in which neighbours are alike; compared by angle, once they are centred and the
            principal axes that hold more variance than others are brought down to equal weight: in contrastive latents
            a few hold most of it. Those below the mean variance keep counting for less, as they are mostly noise.
        labels: (n,) int or str, the int -1 where unknown.
        neighbours: of each sample; an edge needs both to be among the other's, and each keeps its nearest one.

    Returns:
        (labels, confidence): (n,) with no -1 left and given ones as they were; (n,) float in [0, 1], how far the
        first class is ahead of the second.

    Raises:
        InputError: fewer than two classes have a label.
    """
    domain = Domain(z, labels)
    _check_classes(domain)
    return _spread(_evened(domain.x), domain, neighbours)


def _spread(features: np.ndarray, domain: Domain, neighbours: int) -> tuple[np.ndarray, np.ndarray]:
    """Spread a domain's labels along the graph of features (n, d), rows of equal length."""
    known = domain.labelled
    given = (np.asarray(domain.labels)[:, None] == domain.classes) & known[:, None]
    mass = _diffuse(_mutual_graph(features, neighbours), given / given.sum(0))
    mass = np.maximum(mass, 1e-12)
    for _ in range(30):  # equal mass a class, mass one a sample (Sinkhorn 1964)
        mass /= mass.sum(0)
        mass /= mass.sum(1, keepdims=True)
    mass[known] = given[known]
    ranked = np.sort(mass, 1)
    return domain.classes[mass.argmax(1)], ranked[:, -1] - ranked[:, -2]


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
    """Turn a pretrained encoder and a few labels into a classifier, by training on spread labels.

    Each round spreads the labels over the encoder's latents and trains the encoder on them as if all had been given
    (Lee 2013). The next round sees better latents, with the first ones beside them, or the encoder would hear its own
    mistakes again. The unsure are not left out: they lie between the classes, and most of them are right.

    Args:
        encoder: a Keras model, from `pretrain`; trained further in place.
        domain: all samples; unlabelled ones have label -1.
        rounds: how often labels are spread and trained on.
        neighbours: see `spread_labels`.
        adapter: kept with the autoencoder, see `Autoencoder`.
        label_smoothing: see `Autoencoder`.
        seed: of the training.
        fit_options: for `Autoencoder.fit`, each round: epochs, batch_size, learning_rate, augment, progress.

    Returns:
        The last round's autoencoder, an encoder with a classifier and no decoder; and the domain with a label for
        every sample: its own where given, else the classifier's.

    Raises:
        InputError: fewer than two classes have a label, or a number is out of range.
    """
    check_counts(rounds=rounds)
    _check_classes(domain)
    side = Autoencoder(encoder, classifier="first", adapter=adapter, label_smoothing=label_smoothing)
    z = first = _evened(side.features(domain.x))
    for step in range(rounds):
        called, _ = _spread(z, domain, neighbours)
        side.fit(Domain(domain.x, called), seed=seed + step, **fit_options)
        learned, chances = side.encode_and_classify(domain.x)
        z = np.concatenate([_evened(learned), _ANCHOR * first], 1)
    called = np.where(domain.labelled, np.asarray(domain.labels), side.classes_[chances.argmax(1)])
    return side, Domain(domain.x, called, domain.groups)


def _check_classes(domain: Domain) -> None:
    if len(domain.classes) < 2:
        raise InputError(f"`labels` must name at least two classes, received {domain.classes.tolist()}.")


def _evened(z: np.ndarray) -> np.ndarray:
    """Return unit vectors (n, d) of centred features, whose principal axes count alike above the mean variance.

    Weaker axes keep counting for less.
    """
    z = z.reshape(len(z), -1).astype(float)
    z -= z.mean(0)
    axes, variance, _ = np.linalg.svd(z.T @ z / len(z))
    z = z @ axes / np.sqrt(variance + variance.mean() + 1e-12)
    evened: np.ndarray = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-9)
    return evened


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
    """Solve ``(1 - spread graph) mass = given`` for each class by conjugate gradients."""
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import cg

    system = eye_array(graph.shape[0]) - _SPREAD * graph
    return np.stack([cg(system, column, rtol=1e-4, maxiter=200)[0] for column in given.T], 1)
