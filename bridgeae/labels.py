"""A few labels made to go far: contrastive pre-training, labels spread over a graph, and training on what they say."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from bridgeae.autoencoder import Autoencoder
from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.progress import Progress
from bridgeae.protocols import Augment
from bridgeae.training import Batches, train

_SPREAD = 0.98  # share of a node's class mass that comes from its neighbours (alpha of Zhou et al. 2004)


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


def spread_labels(
    z: np.ndarray, labels: np.ndarray, *, neighbours: int = 10, whiten: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Spread few labels over all samples, along a graph of mutual nearest neighbours (Zhou et al. 2004).

    Every class gets the same total mass in the end, so that one with a central label does not swallow the others.

    Args:
        z: (n, *latent) features in which neighbours are alike; compared by angle.
        labels: (n,) int or str, the int -1 where unknown.
        neighbours: of each sample; an edge needs both to be among the other's, and each keeps its nearest one.
        whiten: give all principal axes equal weight first. Contrastive latents need it, where a few axes hold most of
            the variance; those of a trained classifier do not, where few axes hold all that matters.

    Returns:
        (labels, confidence): (n,) with no -1 left and given ones as they were; (n,) float in [0, 1], how far the
        first class is ahead of the second.

    Raises:
        InputError: fewer than two classes have a label.
    """
    domain = Domain(z, labels)
    if len(domain.classes) < 2:
        raise InputError(f"`labels` must name at least two classes, received {domain.classes.tolist()}.")
    known = domain.labelled
    given = (np.asarray(domain.labels)[:, None] == domain.classes) & known[:, None]
    features = domain.x.reshape(len(domain), -1)
    graph = _mutual_graph(_whitened(features) if whiten else features, neighbours)
    mass = _diffuse(graph, given / given.sum(0))
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
    rounds: int = 2,
    keep: float = 0.8,
    neighbours: int = 10,
    adapter: Any = None,
    label_smoothing: float = 0.1,
    seed: int = 0,
    **fit_options: Any,
) -> tuple[Autoencoder, Domain]:
    """Turn a pretrained encoder and a few labels into a classifier, by training on spread labels.

    Each round spreads the labels over the encoder's latents, keeps the surest of every class, and trains the encoder on
    these as if they were given (Lee 2013); the next round sees better latents.

    Args:
        encoder: a Keras model, from `pretrain`; trained further in place.
        domain: all samples; unlabelled ones have label -1.
        rounds: how often labels are spread and trained on.
        keep: share of each class that is trained on, the surest first; given labels always are.
        neighbours: see `spread_labels`.
        adapter: kept with the autoencoder, see `Autoencoder`.
        label_smoothing: see `Autoencoder`.
        seed: of the training.
        fit_options: for `Autoencoder.fit`, each round: epochs, batch_size, learning_rate, augment, progress.

    Returns:
        The last round's autoencoder, an encoder with a classifier and no decoder; and the domain with a label for
        every sample: its own where given, else the classifier's.
    """
    if rounds < 1 or not 0 < keep <= 1:
        raise InputError(f"`rounds` must be positive and `keep` lie in (0, 1], received {rounds} and {keep}.")
    labels = np.asarray(domain.labels)
    side = Autoencoder(encoder, classifier="first", adapter=adapter, label_smoothing=label_smoothing)
    z = _encode(encoder, domain.x, adapter)
    for step in range(rounds):
        called, sure = spread_labels(z, labels, neighbours=neighbours, whiten=step == 0)
        chosen = _surest(called, sure, keep) | domain.labelled
        side.fit(Domain(domain.x[chosen], called[chosen]), seed=seed + step, **fit_options)
        z = side.encode(domain.x)
    called = np.where(domain.labelled, labels, side.predict(domain.x))
    return side, Domain(domain.x, called, domain.groups)


def _encode(encoder: keras.Model, x: np.ndarray, adapter: Any) -> np.ndarray:
    looks = adapter.views(x) if callable(getattr(adapter, "views", None)) else x[None]
    z: np.ndarray = np.mean([encoder.predict(look, batch_size=256, verbose=0) for look in looks], 0)
    return z


def _surest(called: np.ndarray, sure: np.ndarray, keep: float) -> np.ndarray:
    chosen = np.zeros(len(called), bool)
    for label in np.unique(called):
        members = np.flatnonzero(called == label)
        chosen[members[np.argsort(-sure[members], kind="stable")][: max(1, round(keep * len(members)))]] = True
    return chosen


def _whitened(z: np.ndarray) -> np.ndarray:
    z = z.astype(float) - z.mean(0)
    axes, variance, _ = np.linalg.svd(z.T @ z / len(z))
    whitened: np.ndarray = z @ axes / np.sqrt(np.maximum(variance, 1e-4 * variance[0] + 1e-12))
    return whitened


def _mutual_graph(z: np.ndarray, neighbours: int) -> Any:
    """Build the symmetric graph of mutual nearest neighbours, rows normalised on both sides."""
    from scipy.sparse import coo_array, diags_array
    from sklearn.neighbors import NearestNeighbors

    z = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-9)
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
