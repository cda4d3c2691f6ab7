"""Pairs of equal class."""

from __future__ import annotations

import numpy as np

from bridgeae.checks import check_choice, check_fitted
from bridgeae.domain import Domain
from bridgeae.errors import InputError


class ClassPairing:
    """Draw pairs of equal class, every class equally often, however many samples each side has of it.

    Nothing is copied: two sorted index tables are kept, and a draw costs a few array operations.

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
        check_choice("missing", missing, ("error", "drop"))
        self.missing = missing

    def check(self, source: Domain, target: Domain) -> None:
        """Raise InputError if a side has no labels, no class is shared, or a class is on one side only."""
        for name, side in (("source", source), ("target", target)):
            if not side.labelled.any():
                raise InputError(f"`{name}` has no labels, and pairing by class needs them on both sides.")
        if (source.classes.dtype.kind == "U") != (target.classes.dtype.kind == "U"):
            raise InputError(
                f"labels must be of one kind: `source` has {source.classes.dtype}, `target` {target.classes.dtype}."
            )
        only = {
            "source": np.setdiff1d(source.classes, target.classes).tolist(),
            "target": np.setdiff1d(target.classes, source.classes).tolist(),
        }
        if len(only["source"]) == len(source.classes):
            raise InputError(f"no class is on both sides: `source` has {only['source']}, `target` {only['target']}.")
        if self.missing == "error" and (only["source"] or only["target"]):
            words = " and ".join(f"{classes} only in `{side}`" for side, classes in only.items() if classes)
            raise InputError(f'classes {words}. Drop these samples, or pass ClassPairing(missing="drop").')

    def fit(self, source: Domain, target: Domain) -> ClassPairing:
        """Index the classes of both sides; unlabelled samples are never drawn. Raises what `check` raises."""
        self.check(source, target)
        self.classes_ = np.intersect1d(source.classes, target.classes)
        self._source = _members(source, self.classes_)
        self._target = _members(target, self.classes_)
        return self

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw `size` index pairs; in any leading part of them, class counts differ by one at most.

        Args:
            size: how many pairs.
            rng: the same state gives the same pairs.

        Returns:
            (i, j): two (size,) int64 arrays, indices into the source and the target.
        """
        check_fitted(self, "classes_")
        which = np.resize(rng.permutation(len(self.classes_)), size)
        return _draw_members(self._source, which, rng), _draw_members(self._target, which, rng)


def _members(side: Domain, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sample indices sorted by class, the start of each class, and its size."""
    labels = side.known_labels()
    index = np.flatnonzero(np.isin(labels, classes) & side.labelled)
    index = index[np.argsort(labels[index], kind="stable")]
    count = np.unique(labels[index], return_counts=True)[1]
    return index, np.cumsum(count) - count, count


def _draw_members(
    members: tuple[np.ndarray, np.ndarray, np.ndarray], which: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    index, start, count = members
    return index[start[which] + (rng.random(len(which)) * count[which]).astype(np.int64)]
