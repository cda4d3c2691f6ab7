"""Pairs that are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridgeae.checks import check_fitted
from bridgeae.domain import Domain, shared_labels
from bridgeae.errors import InputError


class GivenPairing:
    """Draw from pairs that are known: the same genome measured twice, an image and its caption.

    Args:
        source_index: (p,) int, the source sample of each pair; None pairs by name, see `shared_names`, and sample k
            with sample k where names do not tell.
        target_index: (p,) int, the target sample of each pair.
        weights: (p,) non-negative, how often a pair is drawn relative to the others; None means equally often.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, GivenPairing
        >>> a, b = Domain(np.zeros((3, 2))), Domain(np.zeros((3, 5)))
        >>> i, j = GivenPairing().fit(a, b).sample(6, np.random.default_rng(0))
        >>> bool((i == j).all())
        True

        Rows of two files in another order:

        >>> a, b = (Domain(np.zeros((3, 2)), names=names) for names in (["x", "y", "z"], ["z", "x", "new"]))
        >>> [index.tolist() for index in GivenPairing().pairs(a, b)]
        [[0, 2], [1, 0]]
    """

    def __init__(
        self,
        source_index: Sequence[int] | np.ndarray | None = None,
        target_index: Sequence[int] | np.ndarray | None = None,
        *,
        weights: Sequence[float] | np.ndarray | None = None,
    ) -> None:
        if (source_index is None) != (target_index is None):
            raise InputError("`source_index` and `target_index` must be given together, or neither.")
        self.source_index = source_index
        self.target_index = target_index
        self.weights = weights

    def check(self, source: Domain, target: Domain) -> None:
        """Raise InputError if pairs by position differ in number, or an index, `weights` or labels do not fit."""
        i, j, _ = self._pairs(source, target)
        check_labels_agree(source.select(i), target.select(j))

    def fit(self, source: Domain, target: Domain) -> GivenPairing:
        """Take the pairs. Raises what `check` raises."""
        self.source_, self.target_, self._cumulative = self._pairs(source, target)
        return self

    def pairs(self, source: Domain, target: Domain) -> tuple[np.ndarray, np.ndarray]:
        """Return the indices (p,) of the source and of the target samples of all pairs. Raises what `check` raises."""
        return self._pairs(source, target)[:2]

    def _pairs(self, source: Domain, target: Domain) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return the indices of both sides, and the cumulative weights of the pairs."""
        named = shared_names(source, target) if self.source_index is None else None
        if self.source_index is None and named is None and len(source) != len(target):
            raise InputError(
                f"`source` has {len(source)} samples and `target` {len(target)}: pairs by position need as many on "
                "both sides. Pass `source_index` and `target_index`, or `names` to both sides."
            )
        i, j = named or (
            _index(self.source_index, "source_index", len(source)),
            _index(self.target_index, "target_index", len(target)),
        )
        if len(i) != len(j):
            raise InputError(f"`source_index` and `target_index` must be equally long, received {len(i)} and {len(j)}.")
        return i, j, None if self.weights is None else _cumulative(self.weights, len(i))

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw `size` index pairs with replacement; see `bridgeae.protocols.Pairing`."""
        check_fitted(self, "source_")
        if self._cumulative is None:
            pair = rng.integers(0, len(self.source_), size)
        else:
            pair = np.searchsorted(self._cumulative, rng.random(size), side="right")
        return self.source_[pair], self.target_[pair]


def shared_names(source: Domain, target: Domain) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the indices of samples of equal names, (p,) each, in the source's order; None where names do not tell.

    They tell where both sides have a name for every sample, not the same ones in the same order, and share some.

    Raises:
        InputError: a name that both sides have stands twice on one of them, so that its partner is open.
    """
    a, b = source.names, target.names
    if a is None or b is None or np.array_equal(a, b):
        return None
    shared, i, j = np.intersect1d(a, b, return_indices=True)
    for side, names in (("source", a), ("target", b)):
        found, counts = np.unique(names[np.isin(names, shared)], return_counts=True)
        if counts.max(initial=1) > 1:
            raise InputError(
                f"`{side}` has {counts.max()} samples of the name {str(found[counts.argmax()])!r}, and pairs are found "
                "by name: give every sample its own, or leave names out to pair sample k with sample k."
            )
    order = np.argsort(i)
    return (i[order], j[order]) if len(i) else None


def check_labels_agree(source: Domain, target: Domain) -> None:
    """Raise InputError if samples that belong together have different labels, and the sides have classes in common."""
    known = source.labelled & target.labelled
    if not known.any():
        return
    a, b = (side.known_labels()[known] for side in (source, target))
    if len(shared_labels(a, b)) and (wrong := np.flatnonzero(a != b)).size:
        k = wrong[0]
        raise InputError(
            f"the labels of {len(wrong)} of {len(a)} given pairs disagree, such as {a[k]} and {b[k]}: check the order "
            'of the samples, pass pairing="class" to pair by label, or leave the labels out.'
        )


def _index(index: Sequence[int] | np.ndarray | None, name: str, n: int) -> np.ndarray:
    if index is None:
        return np.arange(n)
    array = np.asarray(index)
    if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "iu":
        raise InputError(f"`{name}` must be a non-empty list of whole numbers, received {array.dtype} {array.shape}.")
    if array.min() < 0 or array.max() >= n:
        raise InputError(f"`{name}` must lie in 0..{n - 1}, received {array.min()}..{array.max()}.")
    return array.astype(np.int64)


def _cumulative(weights: Sequence[float] | np.ndarray, n: int) -> np.ndarray:
    array = np.asarray(weights, dtype=float)
    if array.shape != (n,) or not np.isfinite(array).all() or array.min() < 0 or array.sum() == 0:
        raise InputError(f"`weights` must be {n} finite non-negative numbers with a positive sum.")
    total = np.cumsum(array)
    return total / total[-1]
