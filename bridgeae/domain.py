"""The data of one modality in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np

from bridgeae.errors import InputError


@dataclass(frozen=True, eq=False)
class Domain:
    """Hold samples of one modality, with what is known about each.

    Args:
        x: (n, *sample) float32, finite; any numeric array is converted.
        labels: (n,) int or str, the class of each sample; the int -1 means unlabelled, as in scikit-learn.
        groups: (n,) int or str, what must not be torn apart by a split: person, patient, file.

    Raises:
        InputError: `x` is empty, not numeric, or not finite; `labels` or `groups` have another length.

    Example:
        >>> import numpy as np
        >>> Domain(np.zeros((4, 8)), labels=[0, 0, 1, 1]).classes.tolist()
        [0, 1]
    """

    x: np.ndarray
    labels: np.ndarray | None = None
    groups: np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", _samples(self.x))
        for name in ("labels", "groups"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _column(value, name, len(self.x)))

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        known = "unlabelled" if self.labels is None else f"{len(self.classes)} classes"
        return f"Domain({len(self)} samples of shape {self.sample_shape}, {known})"

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return self.x.shape[1:]

    @property
    def labelled(self) -> np.ndarray:
        """(n,) bool: whether a sample has a label."""
        if self.labels is None:
            return np.zeros(len(self), bool)
        return self.labels != -1 if self.labels.dtype.kind == "i" else np.ones(len(self), bool)

    @property
    def classes(self) -> np.ndarray:
        """Sorted distinct labels, without -1."""
        return np.unique(self.labels[self.labelled]) if self.labels is not None else np.empty(0, int)

    def select(self, index: np.ndarray | Sequence[int] | slice) -> Domain:
        """Take some samples (an index array, a boolean mask or a slice) with their labels and groups."""
        if isinstance(index, np.ndarray) and index.dtype == bool and index.all():
            return self  # all of them need no copy
        pick = lambda a: None if a is None else a[index]  # noqa: E731
        return replace(self, x=self.x[index], labels=pick(self.labels), groups=pick(self.groups))

    def digests(self) -> list[bytes]:
        """Return a digest of each sample's content: exact copies have equal ones."""
        return [blake2b(sample.tobytes(), digest_size=16).digest() for sample in self.x]

    def split(self, fraction: float, *, seed: int = 0) -> tuple[Domain, Domain]:
        """Split at random into a first part of about `fraction` of the samples and the rest, without leaks.

        Samples of one group, and samples that are exact copies of each other, stay on one side. Groups go to the first
        part in random order, but for those that are larger than what is left to fill.

        Args:
            fraction: share of the first part, between 0 and 1; a group that does not fit in may leave it smaller.
            seed: the same seed gives the same split.

        Raises:
            InputError: `fraction` is out of range, or a side would be left empty.
        """
        if not 0 < fraction < 1:
            raise InputError(f"`fraction` must lie between 0 and 1, received {fraction}.")
        block = self._blocks()
        sizes = np.bincount(block)
        first, room = np.zeros(len(sizes), bool), round(fraction * len(self))
        for k in np.random.default_rng(seed).permutation(len(sizes)):
            if sizes[k] <= room:
                first[k], room = True, room - sizes[k]
        if not first.any() or first.all():
            raise InputError(
                f"`fraction` {fraction} leaves one side empty: {len(self)} samples form only {len(sizes)} "
                "groups that must stay together."
            )
        return self.select(first[block]), self.select(~first[block])

    def _blocks(self) -> np.ndarray:
        """(n,) int: which indivisible block each sample is in (linked by an equal group or equal content)."""
        content = np.unique(self.digests(), return_inverse=True)[1]
        if self.groups is None:
            return content
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        group = np.unique(self.groups, return_inverse=True)[1] + content.max() + 1
        size = group.max() + 1
        edges = coo_array((np.ones(len(self)), (content, group)), shape=(size, size))
        return np.unique(connected_components(edges, directed=False)[1][content], return_inverse=True)[1]


Data = Domain | np.ndarray | tuple[np.ndarray, np.ndarray]


def as_domain(data: Data, name: str) -> Domain:
    """Take a Domain, an array of samples, or a pair (samples, labels), and return a Domain."""
    if isinstance(data, Domain):
        return data
    try:
        return Domain(*data) if isinstance(data, tuple) else Domain(data)
    except (InputError, TypeError) as error:
        raise InputError(f"`{name}`: {error}") from None


def shared_labels(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the labels that both hold, sorted; a number and a string are never the same."""
    alike = (a.dtype.kind == "U") == (b.dtype.kind == "U")
    return np.intersect1d(a, b) if alike else a[:0]


def _samples(x: object) -> np.ndarray:
    try:
        array = np.asarray(x, dtype=np.float32)
    except (TypeError, ValueError):
        raise InputError(
            "`x` must be a numeric array (n, *sample), received something ragged or not numeric."
        ) from None
    if array.ndim < 2 or array.size == 0:
        raise InputError(f"`x` must be a non-empty array (n, *sample), received shape {array.shape}.")
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array.reshape(len(array), -1))).any(1).sum())
        raise InputError(
            f"`x` must be finite: {bad} of {len(array)} samples hold NaN or infinite values. Drop or fill them first."
        )
    return array


def _column(value: object, name: str, n: int) -> np.ndarray:
    column = np.asarray(value)
    if column.shape != (n,):
        raise InputError(f"`{name}` must have shape ({n},), one a sample, received {column.shape}.")
    if column.dtype.kind in "OT" and all(isinstance(v, str) for v in column):  # as pandas has strings
        column = np.array(column.tolist())
    if column.dtype.kind in "fb" and (column == column.astype(np.int64)).all():
        column = column.astype(np.int64)
    if column.dtype.kind == "u":
        column = column.astype(np.int64)
    if column.dtype.kind not in "iU":
        raise InputError(f"`{name}` must be whole numbers or strings, received dtype {column.dtype}.")
    return column
