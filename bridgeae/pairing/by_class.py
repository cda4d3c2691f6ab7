"""Rules that say which source sample belongs with which target sample, by drawing index pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridgeae.domain import Domain
from bridgeae.errors import InputError, NotFittedError


class ClassPairing:
    """Draw pairs of equal class, every class equally often, however many samples each side has of it.

    Nothing is copied or stacked: two sorted index tables are kept, and a draw costs a few array operations.

    Args:
        missing: what to do with a class that only one side has: "error" refuses it by name, "drop" leaves it out.

    Example:
        >>> import numpy as np
        >>> from bridgeae import ClassPairing, Domain
        >>> source = Domain(np.zeros((5, 2)), labels=[0, 0, 0, 1, 1])
        >>> target = Domain(np.zeros((3, 7)), labels=[1, 0, 1])
        >>> i, j = ClassPairing().fit(source, target).sample(4, np.random.default_rng(0))
        >>> bool((source.labels[i] == target.labels[j]).all())
        True
    """

    def __init__(self, *, missing: str = "error") -> None:
        if missing not in ("error", "drop"):
            raise InputError(f'`missing` must be "error" or "drop", received {missing!r}.')
        self.missing = missing

    def fit(self, source: Domain, target: Domain) -> ClassPairing:
        """Index the classes of both sides; unlabelled samples are never drawn.

        Raises:
            InputError: a side has no labels, no class is shared, or a class is on one side only.
        """
        for name, side in (("source", source), ("target", target)):
            if not side.labelled.any():
                raise InputError(f"`{name}` has no labels, and pairing by class needs them on both sides.")
        if (source.classes.dtype.kind == "U") != (target.classes.dtype.kind == "U"):
            raise InputError(
                f"labels must be of one kind: `source` has {source.classes.dtype}, `target` {target.classes.dtype}."
            )
        shared = np.intersect1d(source.classes, target.classes)
        only = {
            "source": np.setdiff1d(source.classes, shared).tolist(),
            "target": np.setdiff1d(target.classes, shared).tolist(),
        }
        if not len(shared):
            raise InputError(f"no class is on both sides: `source` has {only['source']}, `target` {only['target']}.")
        if self.missing == "error" and (only["source"] or only["target"]):
            said = " and ".join(f"{classes} only in `{side}`" for side, classes in only.items() if classes)
            remedy = 'Drop these samples, or pass ClassPairing(missing="drop"), in a run file `pairing: class-drop`.'
            raise InputError(f"classes {said}. {remedy}")
        self.classes_ = shared
        self._source = _members(source, shared)
        self._target = _members(target, shared)
        return self

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw `size` index pairs; in any leading part of them, class counts differ by one at most.

        Args:
            size: how many pairs.
            rng: the same state gives the same pairs.

        Returns:
            (i, j): two (size,) int64 arrays, indices into the source and the target.
        """
        _need_fit(self, "classes_")
        which = np.resize(rng.permutation(len(self.classes_)), size)
        return _draw(self._source, which, rng), _draw(self._target, which, rng)


class GivenPairing:
    """Draw from pairs that are known: the same genome measured twice, an image and its caption.

    Args:
        source_index: (p,) int, the source sample of each pair; None means sample k belongs with sample k.
        target_index: (p,) int, the target sample of each pair.
        weights: (p,) non-negative, how often a pair is drawn relative to the others; None means equally often.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, GivenPairing
        >>> a, b = Domain(np.zeros((3, 2))), Domain(np.zeros((3, 5)))
        >>> i, j = GivenPairing().fit(a, b).sample(6, np.random.default_rng(0))
        >>> bool((i == j).all())
        True
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

    def fit(self, source: Domain, target: Domain) -> GivenPairing:
        """Check the pairs against both sides.

        Raises:
            InputError: the sides differ in length and no indices were given, an index is out of range, or `weights`
                do not fit.
        """
        if self.source_index is None and len(source) != len(target):
            raise InputError(
                f"`source` has {len(source)} samples and `target` {len(target)}: pairs by position need as many on "
                "both sides. Pass `source_index` and `target_index`."
            )
        self.source_ = _index(self.source_index, "source_index", len(source))
        self.target_ = _index(self.target_index, "target_index", len(target))
        if len(self.source_) != len(self.target_):
            raise InputError(
                f"`source_index` and `target_index` must be equally long, received {len(self.source_)} and "
                f"{len(self.target_)}."
            )
        self._cumulative = None if self.weights is None else _cumulative(self.weights, len(self.source_))
        return self

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw `size` index pairs with replacement; see `bridgeae.protocols.Pairing`."""
        _need_fit(self, "source_")
        if self._cumulative is None:
            pair = rng.integers(0, len(self.source_), size)
        else:
            pair = np.searchsorted(self._cumulative, rng.random(size), side="right")
        return self.source_[pair], self.target_[pair]


def _members(side: Domain, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sample indices sorted by class, and where each class starts and how many it has."""
    assert side.labels is not None
    index = np.flatnonzero(np.isin(side.labels, classes) & side.labelled)
    index = index[np.argsort(side.labels[index], kind="stable")]
    count = np.unique(side.labels[index], return_counts=True)[1]
    return index, np.cumsum(count) - count, count


def _draw(
    members: tuple[np.ndarray, np.ndarray, np.ndarray], which: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    index, start, count = members
    return index[start[which] + (rng.random(len(which)) * count[which]).astype(np.int64)]


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


def _need_fit(pairing: object, attribute: str) -> None:
    if not hasattr(pairing, attribute):
        raise NotFittedError(f"`fit(source, target)` must come before `sample` on this {type(pairing).__name__}.")
