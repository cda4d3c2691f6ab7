"""Pairs of equal class that optimal transport puts together."""

from __future__ import annotations

import numpy as np

from bridgeae.checks import check_counts, check_fitted
from bridgeae.domain import Domain
from bridgeae.pairing.axes import principal_axes
from bridgeae.pairing.by_class import ClassPairing

_MAX_AXES = 8  # principal axes of a class that are matched; those beyond are mostly noise


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
        check_counts(size=size, rounds=rounds)
        self.size, self.rounds, self.seed = size, rounds, seed

    def check(self, source: Domain, target: Domain) -> None:
        """Raise InputError if a side has no labels, or a class is on one side only."""
        ClassPairing().check(source, target)

    def fit(self, source: Domain, target: Domain) -> TransportPairing:
        """Assign samples to each other, class by class. Raises what `check` raises."""
        self.check(source, target)
        self.classes_ = source.classes
        rng = np.random.default_rng(self.seed)
        self._pairs = [self._assign(label, source, target, rng) for label in self.classes_]
        return self

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw `size` index pairs, every class equally often; see `bridgeae.protocols.Pairing`."""
        check_fitted(self, "classes_")
        which = np.resize(rng.permutation(len(self._pairs)), size)
        place = rng.random(size)
        i, j = np.empty(size, np.int64), np.empty(size, np.int64)
        for k, (left, right) in enumerate(self._pairs):
            chosen = which == k
            pick = (place[chosen] * len(left)).astype(np.int64)
            i[chosen], j[chosen] = left[pick], right[pick]
        return i, j

    def _assign(
        self, label: object, source: Domain, target: Domain, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the pairs of one class, from several rounds of assignments."""
        from scipy.optimize import linear_sum_assignment
        from scipy.spatial.distance import cdist

        members = [np.flatnonzero(side.labels == label) for side in (source, target)]
        axes = min(_MAX_AXES, *(len(m) - 1 for m in members), *(int(np.prod(s.sample_shape)) for s in (source, target)))
        a, b = (_whitened(side.x[m], axes) for side, m in zip((source, target), members, strict=True))
        size = min(self.size, *(len(m) for m in members))
        left, right = [], []
        for _ in range(self.rounds):
            i, j = (rng.permutation(len(m))[:size] for m in members)
            rows, columns = linear_sum_assignment(cdist(a[i], b[j], "sqeuclidean"))
            left.append(members[0][i[rows]])
            right.append(members[1][j[columns]])
        return np.concatenate(left), np.concatenate(right)


def _whitened(z: np.ndarray, axes: int) -> np.ndarray:
    """Return the scores (n, axes) of latents on their principal axes, unit variance, skewed to the right."""
    if axes == 0:
        return np.zeros((len(z), 1))
    scores = principal_axes(z, axes)
    scores /= np.maximum(scores.std(0), 1e-6)
    return np.asarray(scores * np.where((scores**3).sum(0) < 0, -1, 1))
