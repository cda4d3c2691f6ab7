"""Pairs of equal class where one side alone has labels."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from bridgeae.autoencoder import Autoencoder, FoundLabels
from bridgeae.autoencoder.found_labels import MIN_SCORE
from bridgeae.autoencoder.framing import alike
from bridgeae.checks import check_choice, check_counts, check_fitted
from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.pairing import ClassPairing, UnpairedPairing
from bridgeae.progress import Progress
from bridgeae.protocols import Augment
from bridgeae.saving import trainable

MIN_SAMPLES = 20
"""Fewest samples of each side."""

_ALIGNMENTS = 3  # of sides of different kinds, whose agreement is their score
_DRAWN = 20  # pairs a sample that vote for its class


class OneSidedPairing:
    """Draw pairs of equal class where one side alone has labels: the classes of the other side are found.

    Where samples of both sides are of one kind, such as images with as many channels, a classifier of the labelled side
    is adapted to the other; see `bridgeae.autoencoder.label_transfer`. Other sides are aligned by the shape of their
    clouds; see `UnpairedPairing`. `found_` holds the classes, the confidence of each, and the score of the whole, and a
    low score warns. The classes of both sides have to be the same.

    Args:
        labelled: the side whose labels are read, "source" or "target", so that those of the other are ignored. None is
            the side that has some.
        rounds: how often found classes are trained on.
        passes: samples that each of these trainings sees, with repetitions.
        seed: of everything random.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, OneSidedPairing
        >>> rng, labels = np.random.default_rng(0), np.arange(200) % 4
        >>> centres = np.array([[0, 0], [9, 0], [0, 4], [2, 14]])
        >>> a, b = (centres[labels] + rng.normal(size=(200, 2)) for _ in range(2))
        >>> pairing = OneSidedPairing().fit(Domain(a, labels), Domain(b @ [[0, 1], [-1, 0]]))
        >>> bool((pairing.found_.labels == labels).mean() > 0.9)
        True
    """

    found_: FoundLabels | None = None
    _found_side: str | None = None

    def __init__(self, *, labelled: str | None = None, rounds: int = 3, passes: int = 50_000, seed: int = 0) -> None:
        check_choice("labelled", labelled, (None, "source", "target"))
        check_counts(rounds=rounds, passes=passes)
        self.labelled, self.rounds, self.passes, self.seed = labelled, rounds, passes, seed

    def check(self, source: Domain, target: Domain) -> None:
        """Raise InputError unless one side has labels of two classes at least, and both have enough samples."""
        known, unknown = self._in_order(source, target)
        if len(known.classes) < 2:
            raise InputError(f"the labelled side must have at least two classes, received {known.classes.tolist()}.")
        for n in (int(known.labelled.sum()), len(unknown)):
            if n < max(MIN_SAMPLES, 2 * len(known.classes)):
                raise InputError(
                    f"a side has {n} samples for {len(known.classes)} classes: to find those of one side, both need "
                    f"two samples a class, and {MIN_SAMPLES} in all."
                )

    def outline(self, source: Domain, target: Domain) -> tuple[Domain, Domain]:
        """Return both sides with some label for every sample, as `find_labels` will return them."""
        known, unknown = self._in_order(source, target)
        return self._named(source, target, np.resize(known.classes, len(unknown)))

    def find_labels(
        self,
        source: Domain,
        target: Domain,
        *,
        sides: tuple[Autoencoder | None, Autoencoder | None] = (None, None),
        augment: Augment | None = None,
        progress: Progress | None = None,
    ) -> tuple[Domain, Domain]:
        """Find the classes of the side without labels, and return both sides with labels. Sets `found_`.

        Args:
            source: samples.
            target: samples.
            sides: their autoencoders; the encoder of the labelled one is the classifier's architecture.
            augment: of source samples; None is that of the adapter.
            progress: where to show progress.

        Raises:
            InputError: see `check`.
        """
        self.check(source, target)
        known, unknown = self._in_order(source, target)
        name = "target" if known is source else "source"
        if not self._was_found(name, unknown):
            side = sides[0] if known is source else sides[1]
            found = self._found(known, unknown, side, augment if known is source else None, progress)
            if not found.sure:
                warnings.warn(
                    f"the classes found for `{name}` are not sure: score {found.score:.2f}, below {MIN_SCORE}. Check "
                    "some of them, or give a few labels.",
                    stacklevel=3,
                )
            source, target = self._named(source, target, found.labels)
            self.found_, self._found_side = found, name
        return source, target

    def fit(self, source: Domain, target: Domain) -> OneSidedPairing:
        """Pair by the classes that `find_labels` found, or find them in these latents. Raises what `check` raises."""
        source, target = self.find_labels(source, target)
        self._pairs = ClassPairing(missing="drop").fit(source, target)
        return self

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw `size` index pairs, every class equally often; see `bridgeae.protocols.Pairing`."""
        check_fitted(self, "_pairs")
        return self._pairs.sample(size, rng)

    def _found(
        self, known: Domain, unknown: Domain, side: Autoencoder | None, augment: Augment | None, progress: Any
    ) -> FoundLabels:
        known = known.labelled_part("source")
        if side is None or not alike(known.sample_shape, unknown.sample_shape):
            return align_labels(known, unknown, seed=self.seed)
        from bridgeae.autoencoder.label_transfer import transfer_labels

        options = {"rounds": self.rounds, "passes": self.passes, "seed": self.seed, "progress": progress}
        return transfer_labels(known, unknown, _architecture(side), adapter=side.adapter, augment=augment, **options)

    def _in_order(self, source: Domain, target: Domain) -> tuple[Domain, Domain]:
        """Return the side whose labels are read, and the other."""
        return (source, target) if self._known_side(source, target) == "source" else (target, source)

    def _known_side(self, source: Domain, target: Domain) -> str:
        """Return the name of the side whose labels are read. Raises InputError where that is not clear."""
        sides = {"source": source, "target": target}
        named = [name for name, side in sides.items() if side.labelled.any() and not self._was_found(name, side)]
        if self.labelled is None and len(named) == 2:
            raise InputError('both sides have labels: pass `labelled`, "source" or "target", or pairing="class".')
        known = self.labelled or (named[0] if named else "source")
        if known not in named:
            raise InputError(f"`{known}` has no labels, and finding those of the other side needs them.")
        return known

    def _was_found(self, name: str, side: Domain) -> bool:
        """Return whether the labels of a side are those that were found for it."""
        if self.found_ is None or name != self._found_side or side.labels is None:
            return False
        return np.array_equal(side.labels, self.found_.labels)

    def _named(self, source: Domain, target: Domain, labels: np.ndarray) -> tuple[Domain, Domain]:
        """Return both sides with these labels on the one that has none of its own."""
        if self._known_side(source, target) == "source":
            return source, replace(target, labels=labels)
        return replace(source, labels=labels), target


def align_labels(known: Domain, unknown: Domain, *, seed: int = 0) -> FoundLabels:
    """Find the classes of samples of another kind, by the shape of the two clouds; see `UnpairedPairing`.

    Several alignments vote. Their agreement is the score, and the share of votes the confidence of a sample.

    Args:
        known: labelled samples or latents.
        unknown: those of the other side, of any shape.
        seed: of the alignments.
    """
    from sklearn.neighbors import KNeighborsClassifier

    classes, votes = known.classes, []
    for k in range(_ALIGNMENTS):
        aligned = UnpairedPairing(clusters=len(classes), seed=seed + k).fit(Domain(known.x), Domain(unknown.x))
        i, j = aligned.sample(_DRAWN * len(unknown), np.random.default_rng(seed + k))
        flat = unknown.x.reshape(len(unknown), -1)
        reader = KNeighborsClassifier(min(_DRAWN, len(j))).fit(flat[j], known.known_labels()[i])
        p = np.zeros((len(unknown), len(classes)))
        p[:, np.searchsorted(classes, reader.classes_)] = reader.predict_proba(flat)
        votes.append(p)
    mean = np.mean(votes, 0)
    said = [vote.argmax(1) for vote in votes]
    agreement = np.mean([(said[a] == said[b]).mean() for a in range(len(said)) for b in range(a)])
    return FoundLabels(classes[mean.argmax(1)], mean.max(1), float(agreement))


def _architecture(side: Autoencoder) -> Any:
    """Return the encoder of a side, without the scaling of a trained one."""
    scaled = side.scaling_ is not None and side.scaling_.kind != "none"
    encoder = trainable(side.encoder)
    return encoder.layers[-1] if scaled else encoder
