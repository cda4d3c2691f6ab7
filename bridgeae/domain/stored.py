"""Samples that stay on disk, or behind an object of yours, and are read in portions when they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, prod
from typing import Any

import numpy as np

from bridgeae.errors import InputError

_PORTION_BYTES = 2**21  # of float32 read at once
_BLOCK_BYTES = 2**18  # of neighbours that are read and shuffled together
_BUFFER_BYTES = 2**24  # of blocks that are in memory, and shuffled, together


class StoredSamples:
    """Read samples in portions, as float32, when they are needed.

    A `Domain` makes one of a numpy memory map, an h5py dataset or a zarr array. An index, a slice, a mask or an array
    of indices gives those samples in memory. All else that arrays can do, such as ``x.mean()``, reads every sample.

    Training shuffles blocks of neighbours (256 KiB, or a chunk of the file), then the samples of 16 MiB of blocks:
    where neighbours are alike, such as samples sorted by class, write them to the file in random order.

    Args:
        source: a memory map, a dataset, a zarr array, or an object with a length whose slices ``source[i:j]`` are
            numeric arrays (j - i, *sample). It must not change as long as this lives.

    Raises:
        InputError: it is empty, not numeric or not finite.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, StoredSamples
        >>> class Waves:
        ...     def __len__(self):
        ...         return 1000
        ...     def __getitem__(self, rows):
        ...         return np.sin(np.arange(1000)[rows, None] * np.linspace(0, 1, 24))
        >>> Domain(StoredSamples(Waves()))
        Domain(1000 samples of shape (24,), unlabelled)
    """

    dtype = np.dtype(np.float32)

    def __init__(self, source: Any) -> None:
        declared = hasattr(source, "dtype") and hasattr(source, "shape")
        first = source if declared else np.asarray(source[0:1])
        self.shape: tuple[int, ...] = tuple(first.shape) if declared else (len(source), *first.shape[1:])
        check_numeric(first.dtype)
        check_samples_shape(self.shape)
        each = 4 * prod(self.shape[1:])
        chunk = (getattr(source, "chunks", None) or (1,))[0]
        self._block = chunk * max(1, _BLOCK_BYTES // (each * chunk))  # samples
        self._blocks = max(2, _BUFFER_BYTES // (each * self._block))  # in the buffer
        self._source, self._count = source, len(self)
        self._rows: np.ndarray | None = None  # of the source; None are all
        self._buffer: dict[int, np.ndarray] = {}
        check_finite(self)

    @property
    def ndim(self) -> int:
        """Axes, the first of which is that of samples."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Values of all samples."""
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes that all samples would take in memory."""
        return 4 * self.size

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[np.ndarray]:
        for part in portions(self):
            yield from part

    def __repr__(self) -> str:
        return f"StoredSamples({type(self._source).__name__}, shape {self.shape})"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self[:], name)

    def __getitem__(self, index: Any) -> np.ndarray:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            whole_blocks = stop - start >= self._block or isinstance(self._source, np.ndarray)
            if step == 1 and self._rows is None and whole_blocks:
                return self._read(start, max(start, stop))
            index = np.arange(start, stop, step)
        if isinstance(index, int | np.integer):
            return np.asarray(self[np.array([index])][0])
        if isinstance(index, tuple) or index is None or index is Ellipsis:
            return np.asarray(self[:][index])
        return self._gather(self._source_rows(index))

    def select(self, index: Any) -> StoredSamples:
        """Return the chosen samples, which stay where they are: an index array, a mask or a slice."""
        chosen = StoredSamples.__new__(StoredSamples)
        chosen.__dict__.update(self.__dict__)
        rows = self._source_rows(np.arange(len(self))[index] if isinstance(index, slice) else index)
        chosen._rows, chosen.shape = rows, (len(rows), *self.shape[1:])
        check_samples_shape(chosen.shape)
        return chosen

    def shuffled(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield the indices of all samples in random order, as many at a time as are in memory together."""
        if self.nbytes <= _BUFFER_BYTES:
            yield rng.permutation(len(self))
            return
        order = rng.permutation(ceil(len(self) / self._block)) * self._block
        for k in range(0, len(order), self._blocks):
            parts = [np.arange(b, min(b + self._block, len(self))) for b in order[k : k + self._blocks]]
            yield rng.permutation(np.concatenate(parts))

    def _source_rows(self, index: Any) -> np.ndarray:
        """Return the rows (k,) of the source that an index array or a mask of these samples means."""
        rows = np.asarray(index)
        if rows.dtype == bool and rows.shape == self.shape[:1]:
            rows = np.flatnonzero(rows)
        n = len(self)
        if rows.ndim != 1 or (rows.size and (rows.dtype.kind not in "iu" or rows.min() < -n or rows.max() >= n)):
            raise IndexError(f"an index of {n} samples must be whole numbers below that, or a mask.")
        rows = rows.astype(np.int64) % n
        if self._rows is not None:
            return self._rows[rows]
        return rows.astype(np.uint32) if n < 2**32 else rows

    def _gather(self, rows: np.ndarray) -> np.ndarray:
        """Return rows of the source in any order: of a memory map at once, otherwise out of whole blocks."""
        if isinstance(self._source, np.ndarray):
            return np.asarray(self._source[rows], np.float32)
        made = np.empty((len(rows), *self.shape[1:]), np.float32)
        block, place = np.divmod(rows.astype(np.int64), self._block)
        for number in np.unique(block).tolist():
            mine = block == number
            made[mine] = self._buffered(number)[place[mine]]
        return made

    def _buffered(self, number: int) -> np.ndarray:
        """Return a block of the source; those used last stay in memory."""
        block = self._buffer.pop(number, None)
        if block is None:
            start = number * self._block
            block = self._read(start, min(start + self._block, self._count))
            while len(self._buffer) >= self._blocks:
                del self._buffer[next(iter(self._buffer))]
        self._buffer[number] = block
        return block

    def _read(self, start: int, stop: int) -> np.ndarray:
        """Return neighbouring rows of the source."""
        part = np.asarray(self._source[start:stop], np.float32)
        if part.shape != (stop - start, *self.shape[1:]):
            raise InputError(
                f"`x` must give samples of shape {self.shape[1:]}, but rows {start} to {stop} have shape {part.shape}."
            )
        part = part.view()
        part.flags.writeable = False  # it may be the file itself
        return part


def as_stored(x: object) -> StoredSamples | None:
    """Return samples that stay where they are, or None for what is in memory."""
    if isinstance(x, StoredSamples):
        return x
    on_disk = type(x).__module__.partition(".")[0] in ("h5py", "zarr") and hasattr(x, "chunks")
    return StoredSamples(x) if isinstance(x, np.memmap) or on_disk else None


def portions(x: Any) -> Iterator[np.ndarray]:
    """Yield samples (n, *sample) a few megabytes at a time."""
    size = max(1, _PORTION_BYTES // (4 * prod(x.shape[1:])))
    for k in range(0, len(x), size):
        yield x[k : k + size]


def moments(x: Any, axes: tuple[int, ...] | None) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of samples over axes with the first among them, float64.

    Those of stored samples are put together from portions (Chan, Golub and LeVeque 1983).
    """
    if not isinstance(x, StoredSamples):
        return x.mean(axes, dtype=np.float64), x.std(axes, dtype=np.float64)
    count, mean, squares = 0, np.float64(0), np.float64(0)
    for part in portions(x):
        centre, spread = part.mean(axes, dtype=np.float64), part.var(axes, dtype=np.float64)
        total, away = count + len(part), centre - mean
        squares = squares + spread * len(part) + away**2 * count * len(part) / total
        mean, count = mean + away * len(part) / total, total
    return np.asarray(mean), np.asarray(np.sqrt(squares / count))


def some_of(x: Any, count: int) -> np.ndarray:
    """Return up to `count` samples, chosen at random but always the same, in memory."""
    rng = np.random.default_rng(0)
    if isinstance(x, StoredSamples) and count < len(x):
        return x[np.sort(rng.choice(len(x), count, replace=False))]
    return np.asarray(x[rng.permutation(len(x))[:count]])


def check_numeric(dtype: np.dtype) -> None:
    """Raise InputError unless values of a dtype are real numbers."""
    if dtype.kind in "cmM":
        raise InputError(
            f"`x` must hold real numbers, received dtype {dtype}: choose what to learn from, such as the absolute "
            "value, or days since a date."
        )
    if dtype.kind not in "buif":
        raise InputError(f"`x` must be a numeric array (n, *sample), received dtype {dtype}.")


def check_samples_shape(shape: tuple[int, ...]) -> None:
    """Raise InputError unless an array of this shape holds samples."""
    if len(shape) == 1 and shape[0]:
        raise InputError(
            f"`x` must have an axis of samples, received shape {shape}: pass x[None] for one sample, or x[:, None] "
            "for samples of one value."
        )
    if len(shape) < 2 or prod(shape) == 0:
        raise InputError(f"`x` must be a non-empty array (n, *sample), received shape {shape}.")


def check_finite(x: Any) -> None:
    """Raise InputError unless every value of samples is finite."""
    # a mask of all would cost memory
    if bad := sum(int((~np.isfinite(part.reshape(len(part), -1))).any(1).sum()) for part in portions(x)):
        raise InputError(
            f"`x` must be finite: {bad} of {len(x)} samples hold NaN or infinite values. Drop or fill them first."
        )
