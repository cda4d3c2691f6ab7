"""Pairings beyond equal class: optimal transport within a class, and nearest neighbours in a shared feature."""

from __future__ import annotations

import numpy as np

from bridgeae.domain import Domain
from bridgeae.errors import InputError, NotFittedError
from bridgeae.pairing.by_class import ClassPairing

_AXES = 8  # principal axes of a class that are matched; what lies beyond is mostly noise


class TransportPairing:
    """Draw pairs of equal class that optimal transport puts together, so that what varies within a class carries over.

    Random pairs of a class teach a deterministic linker the class mean. Here each class of both sides is moved into its
    own whitened principal axes, and a minimum-cost assignment (Kuhn 1955) there decides who belongs to whom: near
    samples get near partners, and the whole class is used on either side.

    Args:
        size: samples of a class assigned at once, at most; cost grows with its third power.
        rounds: assignments a class, each on other random samples.
        seed: of these samples.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, TransportPairing
        >>> z = np.random.default_rng(0).normal(size=(40, 2)) * [3, 1]
        >>> source, target = Domain(z, np.zeros(40, int)), Domain(10 * z, np.zeros(40, int))
        >>> i, j = TransportPairing(rounds=1).fit(source, target).sample(8, np.random.default_rng(0))
        >>> bool((i == j).all())
        True
    """

    def __init__(self, *, size: int = 512, rounds: int = 4, seed: int = 0) -> None:
        if size < 1 or rounds < 1:
            raise InputError(f"`size` and `rounds` must be positive, received {size} and {rounds}.")
        self.size, self.rounds, self.seed = size, rounds, seed

    def fit(self, source: Domain, target: Domain) -> TransportPairing:
        """Take both sides; the assignment itself waits for the first draw.

        A bridge fits its pairing on samples before training and on latents after it: only the latter are assigned.

        Raises:
            InputError: a side has no labels, or a class is on one side only.
        """
        self.classes_ = ClassPairing().fit(source, target).classes_
        self._sides = source, target
        self._pairs: list[tuple[np.ndarray, np.ndarray]] | None = None
        return self

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw `size` index pairs, every class equally often; see `bridgeae.protocols.Pairing`."""
        if not hasattr(self, "classes_"):
            raise NotFittedError("`fit(source, target)` must come before `sample` on this TransportPairing.")
        if self._pairs is None:
            draw = np.random.default_rng(self.seed)
            self._pairs = [self._assign(c, draw) for c in self.classes_]
        which = np.resize(rng.permutation(len(self._pairs)), size)
        place = rng.random(size)
        i, j = np.empty(size, np.int64), np.empty(size, np.int64)
        for k, (left, right) in enumerate(self._pairs):
            chosen = which == k
            pick = (place[chosen] * len(left)).astype(np.int64)
            i[chosen], j[chosen] = left[pick], right[pick]
        return i, j

    def _assign(self, label: object, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        from scipy.optimize import linear_sum_assignment
        from scipy.spatial.distance import cdist

        members = [np.flatnonzero(side.labels == label) for side in self._sides]
        axes = min(_AXES, *(len(m) - 1 for m in members), *(int(np.prod(s.sample_shape)) for s in self._sides))
        a, b = (_whitened(side.x[m], axes) for side, m in zip(self._sides, members, strict=True))
        size = min(self.size, *(len(m) for m in members))
        left, right = [], []
        for _ in range(self.rounds):
            i, j = (rng.permutation(len(m))[:size] for m in members)
            rows, columns = linear_sum_assignment(cdist(a[i], b[j], "sqeuclidean"))
            left.append(members[0][i[rows]])
            right.append(members[1][j[columns]])
        return np.concatenate(left), np.concatenate(right)


class NearestPairing:
    """Draw pairs that are near each other in a feature both sides have: an age, a position, class probabilities.

    Args:
        source_feature: (n,) or (n, d), the feature of each source sample, in the order of the source.
        target_feature: (m,) or (m, d), the same feature of each target sample, in the same units.
        neighbours: nearest target samples of each source sample between which a draw chooses.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, NearestPairing
        >>> a, b = Domain(np.zeros((3, 2))), Domain(np.zeros((4, 5)))
        >>> pairing = NearestPairing([1.0, 5.0, 9.0], [8.0, 2.0, 4.0, 100.0], neighbours=1).fit(a, b)
        >>> i, j = pairing.sample(20, np.random.default_rng(0))
        >>> sorted({(int(p), int(q)) for p, q in zip(i, j)})
        [(0, 1), (1, 2), (2, 0)]
    """

    def __init__(self, source_feature: object, target_feature: object, *, neighbours: int = 5) -> None:
        self.source_feature = _feature(source_feature, "source_feature")
        self.target_feature = _feature(target_feature, "target_feature")
        if self.source_feature.shape[1] != self.target_feature.shape[1]:
            raise InputError(
                f"`source_feature` has {self.source_feature.shape[1]} values a sample and `target_feature` "
                f"{self.target_feature.shape[1]}: a shared feature has as many on both sides."
            )
        if not 1 <= neighbours <= len(self.target_feature):
            raise InputError(f"`neighbours` must lie in 1..{len(self.target_feature)}, received {neighbours}.")
        self.neighbours = neighbours

    def fit(self, source: Domain, target: Domain) -> NearestPairing:
        """Find the neighbours.

        Raises:
            InputError: a feature has not one row for each sample.
        """
        for name, side in (("source", source), ("target", target)):
            rows = len(getattr(self, f"{name}_feature"))
            if rows != len(side):
                raise InputError(
                    f"`{name}_feature` has {rows} rows for {len(side)} samples of the {name}: need one each."
                )
        if not hasattr(self, "nearest_"):
            from scipy.spatial import cKDTree

            nearest = cKDTree(self.target_feature).query(self.source_feature, self.neighbours)[1]
            self.nearest_ = nearest.reshape(len(source), self.neighbours)
        return self

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw `size` index pairs, every source sample equally often; see `bridgeae.protocols.Pairing`."""
        if not hasattr(self, "nearest_"):
            raise NotFittedError("`fit(source, target)` must come before `sample` on this NearestPairing.")
        i = rng.integers(0, len(self.nearest_), size)
        return i, self.nearest_[i, rng.integers(0, self.neighbours, size)]


def _whitened(z: np.ndarray, axes: int) -> np.ndarray:
    """Return the scores (n, axes) of latents on their principal axes, unit variance, skewed to the right."""
    z = z.reshape(len(z), -1) - z.reshape(len(z), -1).mean(0)
    if axes == 0:
        return np.zeros((len(z), 1))
    scores = z @ np.linalg.svd(z.T @ z)[0][:, :axes]
    scores /= np.maximum(scores.std(0), 1e-6)
    skewed: np.ndarray = scores * np.where((scores**3).sum(0) < 0, -1, 1)
    return skewed


def _feature(value: object, name: str) -> np.ndarray:
    feature = np.asarray(value, dtype=float)
    feature = feature[:, None] if feature.ndim == 1 else feature
    if feature.ndim != 2 or not len(feature) or not np.isfinite(feature).all():
        raise InputError(f"`{name}` must be finite numbers (n,) or (n, d), received shape {feature.shape}.")
    return feature
