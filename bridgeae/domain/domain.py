"""The data of one modality, in memory or on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.checks import check_installed
from bridgeae.domain.stored import StoredSamples, as_stored, check_finite, check_numeric, check_samples_shape
from bridgeae.errors import InputError


@dataclass(frozen=True, eq=False)
class Domain:
    """Hold samples of one modality, with what is known about each.

    Args:
        x: (n, *sample) float32, finite; any numeric array is converted. Read-only. A numpy memory map, an h5py dataset
            and a zarr array stay on disk, see `StoredSamples`.
        labels: (n,) int or str, the class of each sample. Unlabelled are -1, as in scikit-learn, None and NaN, which
            are kept as -1 among numbers and as "" among strings.
        groups: (n,) int or str, what a split must keep together: person, patient, file.
        names: (n,) str, what each sample is called in outputs; numbers are converted.

    Raises:
        InputError: `x` is empty, not numeric, or not finite; a column has another length.

    Example:
        >>> import numpy as np
        >>> Domain(np.zeros((4, 8)), labels=[0, 0, 1, 1]).classes.tolist()
        [0, 1]
    """

    x: np.ndarray
    labels: np.ndarray | None = None
    groups: np.ndarray | None = None
    names: np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "x", _samples(self.x))
        for name in ("labels", "groups", "names"):
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, _column(value, name, len(self.x)))

    @classmethod
    def of_sequences(cls, sequences: Sequence[np.ndarray], **columns: Any) -> Domain:
        """Return a domain of sequences of unequal length, padded with zeros at the end to the longest.

        Start the encoder with ``keras.layers.Masking()``: recurrent and attention layers then skip the padding.

        Args:
            sequences: n arrays ``(length, channels)``, or ``(length,)`` for one channel.
            columns: labels, groups and names, see `Domain`.

        Raises:
            InputError: they hold something else than numbers, or differ in their channels.
        """
        try:
            parts = [np.asarray(part, np.float32) for part in sequences]
        except (TypeError, ValueError):
            must = "`sequences` must hold numbers (length, channels): make letters into numbers, such as one-hot rows."
            raise InputError(must) from None
        parts = [part[:, None] if part.ndim == 1 else part for part in parts]
        shapes = {part.shape[1:] for part in parts}
        if len(shapes) != 1 or any(part.ndim != 2 for part in parts):
            raise InputError(
                f"`sequences` must be arrays (length, channels) of equal channels, received {shapes or 'none'}."
            )
        x = np.zeros((len(parts), max(map(len, parts)), *shapes.pop()), np.float32)
        for row, part in zip(x, parts, strict=True):
            row[: len(part)] = part
        return cls(x, **columns)

    def __len__(self) -> int:
        return len(self.x)

    def __repr__(self) -> str:
        known = "unlabelled" if self.labels is None else f"{len(self.classes)} classes"
        return f"{type(self).__name__}({len(self)} samples of shape {self.sample_shape}, {known})"

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return self.x.shape[1:]

    @property
    def labelled(self) -> np.ndarray:
        """(n,) bool: whether a sample has a label."""
        if self.labels is None:
            return np.zeros(len(self), bool)
        return self.labels != ("" if self.labels.dtype.kind == "U" else -1)

    @property
    def classes(self) -> np.ndarray:
        """Sorted distinct labels, without that of unlabelled samples."""
        return np.unique(self.labels[self.labelled]) if self.labels is not None else np.empty(0, int)

    def labelled_part(self, name: str) -> Domain:
        """Return the samples that have a label. Raises InputError, with `name` for the argument, if none has."""
        if not self.labelled.any():
            raise InputError(f"`{name}` needs labels.")
        return self.select(self.labelled)

    def known_labels(self) -> np.ndarray:
        """Return the labels (n,) of a domain that has them. Raises InputError otherwise."""
        if self.labels is None:
            raise InputError("these samples have no labels.")
        return self.labels

    def select(self, index: np.ndarray | Sequence[int] | slice) -> Domain:
        """Return the chosen samples (an index array, a boolean mask or a slice) with their columns."""
        if isinstance(index, np.ndarray) and index.dtype == bool and index.all():
            return self  # all of them need no copy
        chosen = {name: held[index] for name, held in vars(self).items() if isinstance(held, np.ndarray)}
        if isinstance(self.x, StoredSamples):
            chosen["x"] = self.x.select(index)
        return replace(self, **chosen)

    def shuffled(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield the indices of all samples in random order, as many at a time as are in memory together."""
        return self.x.shuffled(rng) if isinstance(self.x, StoredSamples) else iter([rng.permutation(len(self))])

    def digests(self) -> list[bytes]:
        """Return a digest of each sample's content: exact copies have equal ones."""
        return [blake2b(sample.tobytes(), digest_size=16).digest() for sample in self.x]

    def split(self, fraction: float, *, seed: int = 0) -> tuple[Domain, Domain]:
        """Split at random into a first part of about `fraction` of the samples and the rest, without leaks.

        Samples of one group, and exact copies of each other, stay on one side. Groups fill the first part in random
        order, which `seed` decides; a group larger than the room that is left goes to the rest.

        Raises:
            InputError: `fraction` is not between 0 and 1, or a side would be empty.
        """
        if not 0 < fraction < 1:
            raise InputError(f"`fraction` must lie between 0 and 1, received {fraction}.")
        block = self.blocks()
        sizes = np.bincount(block)
        first, room = np.zeros(len(sizes), bool), round(fraction * len(self))
        for k in np.random.default_rng(seed).permutation(len(sizes)):
            if sizes[k] <= room:
                first[k], room = True, room - sizes[k]
        if not first.any() or first.all():
            groups = f"{len(self)} samples form only {len(sizes)} groups that must stay together"
            least = ceil(100 * sizes.min() / len(self)) / 100
            raise InputError(
                f"`fraction` {fraction} leaves one side empty: {groups}. The smallest group is {least:.2f} of them."
            )
        return self.select(first[block]), self.select(~first[block])

    def blocks(self) -> np.ndarray:
        """Return the indivisible block of each sample (n,): samples linked by an equal group or equal content."""
        content = np.unique(self.digests(), return_inverse=True)[1]
        if self.groups is None:
            return content
        check_installed("scipy")
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        group = np.unique(self.groups, return_inverse=True)[1] + content.max() + 1
        edges = coo_array((np.ones(len(self)), (content, group)), shape=(group.max() + 1, group.max() + 1))
        return connected_components(edges, directed=False)[1][content]


Data = Domain | np.ndarray | tuple[np.ndarray, np.ndarray]
"""What can stand for a Domain: samples, or (samples, labels)."""


def as_domain(data: Data, name: str) -> Domain:
    """Return a Domain of a Domain, an array of samples, or a pair (samples, labels)."""
    if isinstance(data, Domain):
        return data
    try:
        return Domain(*data) if isinstance(data, tuple) else Domain(data)
    except (InputError, TypeError) as error:
        raise InputError(f"`{name}`: {error}") from None


def split_validation(domain: Domain, validation: Data | float | None, seed: int) -> tuple[Domain, Domain | None]:
    """Return training and validation samples, where `validation` is those samples or a share to hold out."""
    if validation is None:
        return domain, None
    if isinstance(validation, float):
        held_out, domain = domain.split(validation, seed=seed)
        return domain, held_out
    return domain, as_domain(validation, "validation_data")


def shared_labels(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the labels in both arrays, sorted; a number and a string are never the same."""
    alike = (a.dtype.kind == "U") == (b.dtype.kind == "U")
    return np.intersect1d(a, b) if alike else a[:0]


def check_shared(source: np.ndarray, target: np.ndarray, of: str, *, least: int = 1, advice: str = "") -> np.ndarray:
    """Return the classes in both label arrays. Raises InputError for fewer than `least`.

    In the message, `of` names the target, and `advice` ends it.
    """
    shared = shared_labels(source, target)
    if len(shared) < least:
        need = "share no class" if least == 1 else f"share {len(shared)} of at least {least} classes"
        classes = f"{np.unique(source).tolist()} and {np.unique(target).tolist()}"
        raise InputError(f"`source` and {of} {need}: {classes}. Label both sides alike{advice}.")
    return shared


def _samples(x: object) -> np.ndarray:
    """Return samples as a read-only float32 array, or raise InputError that says how to make one."""
    if (stored := as_stored(x)) is not None:
        return stored  # type: ignore[return-value]
    if advice := _advice(x):
        raise InputError(f"`x` must be a numeric array (n, *sample), received {advice}.")
    try:
        given = np.asarray(x)
        array = given if given.dtype.kind in "cmM" else given.astype(np.float32, copy=False).view()
    except (TypeError, ValueError):
        raise InputError(f"`x` must be a numeric array (n, *sample), received {_not_numeric(x)}.") from None
    if given.dtype.kind in "cmM":
        check_numeric(given.dtype)
    check_samples_shape(array.shape)
    check_finite(array)
    array.flags.writeable = False
    return array


def _advice(x: object) -> str | None:
    """Return what `x` is and how it becomes an array, if it is of a known kind that numpy would read wrongly."""
    kind = f"{type(x).__module__}.{type(x).__name__}"
    if np.ma.is_masked(x):
        return "a masked array with masked values: drop these samples, or fill them with x.filled(value)"
    if hasattr(x, "toarray") and hasattr(x, "nnz"):
        return f"a sparse matrix ({kind}): pass x.toarray()"
    if hasattr(x, "as_numpy_iterator"):
        return f"a TensorFlow dataset ({kind}): pass np.stack(list(x.as_numpy_iterator()))"
    if getattr(x, "requires_grad", False):
        return f"a tensor that records gradients ({kind}): pass x.detach()"
    if hasattr(x, "__next__"):
        return f"an iterator ({kind}): pass np.stack(list(x))"
    return None


def _not_numeric(x: object) -> str:
    """Return what keeps `x` from being an array of numbers, and what to do."""
    if isinstance(x, str | Path):
        return f"{str(x)!r}: read a file with the `read` of an adapter first"
    if hasattr(x, "columns") or (isinstance(x, np.ndarray) and x.ndim == 2):
        table = np.asarray(x, dtype=object)
        columns = list(getattr(x, "columns", range(table.shape[1])))
        text = [
            str(c) for c, v in zip(columns, table.T, strict=True) if any(isinstance(value, str | bytes) for value in v)
        ]
        return f"a table with columns of text: {', '.join(text)}. Drop them, or pass one of them as `labels`"
    try:
        Domain.of_sequences(x)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "something ragged or not numeric"
    return "sequences of unequal length: pass Domain.of_sequences(x), which pads them"


def _column(value: object, name: str, n: int) -> np.ndarray:
    values = np.asarray(value, dtype=object if isinstance(value, list | tuple) else None)
    if values.shape != (n,):
        raise InputError(f"`{name}` must have shape ({n},), one a sample, received {values.shape}.")
    column = values
    if values.dtype.kind in "OTf":
        unknown = np.array([v is None or type(v).__name__ == "NAType" or v != v for v in values.tolist()])
        if name == "groups" and unknown.any():
            raise InputError("`groups` must be known for every sample: give those without one a group of their own.")
        column = _plain(values.tolist(), unknown)
    if column.dtype.kind == "u" or (column.dtype.kind in "fb" and (column == column.astype(np.int64)).all()):
        column = column.astype(np.int64)
    if column.dtype.kind not in "iU":
        hint = " Use -1 or None where a label is not known." if name == "labels" else ""
        raise InputError(f"`{name}` must be whole numbers or strings, received dtype {column.dtype}.{hint}")
    return column.astype(str) if name == "names" else column


def _plain(values: list[Any], unknown: np.ndarray) -> np.ndarray:
    """Return a column of Python values as numbers or strings; unknown ones become -1, or "" among strings."""
    if not any(isinstance(v, str) for v in values):
        return np.asarray([-1 if skip else v for v, skip in zip(values, unknown, strict=True)])
    words = ["" if skip or (not isinstance(v, str) and v == -1) else v for v, skip in zip(values, unknown, strict=True)]
    return np.asarray(words, dtype=None if all(isinstance(v, str) for v in words) else object)
