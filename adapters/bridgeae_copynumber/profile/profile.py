"""The two nouns of segmentation, columns as numpy arrays: `Profile`, the bins of a sample, and `Segments`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.profile.arrays import run_offsets, set_columns


@dataclass(frozen=True, eq=False)
class Profile:
    """Hold the bins of one sample, in genome order.

    Positions are base pairs, 0-based half-open. Within a chromosome bins are sorted. They may overlap by one
    base, or by less than half of the narrower one, as CNVkit's do; bins of width one may share a position, as array
    probes do. Names are kept.

    Args:
        sample: the name of the sample or cell.
        chrom: (n,) str; the bins of a chromosome are contiguous.
        start, end: (n,) int64, positions of the first base of each bin and after its last base.
        log2: (n,) float32, log2 ratio; NaN marks a bin without a value.
        notes: decisions and omissions of a reader, in plain sentences.
        weight: (n,) float32 from 0 on, how far each bin is to be trusted, as CNVkit gives it; or None.
        depth: (n,) float32, reads that cover a base; or None.
        gene: (n,) str objects, the genes of each bin, separated by commas; or None.

    Raises:
        InputError: columns of unequal length, no bins, infinite values, bins unsorted, overlapping or duplicated.

    Example:
        >>> p = Profile("S1", ["chr1", "chr1"], [0, 50], [50, 100], [0.1, float("nan")])
        >>> len(p), int(p.missing.sum())
        (2, 1)
    """

    sample: str
    chrom: np.ndarray
    start: np.ndarray
    end: np.ndarray
    log2: np.ndarray
    notes: tuple[str, ...] = ()
    weight: np.ndarray | None = None
    depth: np.ndarray | None = None
    gene: np.ndarray | None = None

    def __post_init__(self) -> None:
        self._check_columns()
        self._check_chromosomes()
        self._check_positions()

    def __len__(self) -> int:
        return len(self.chrom)

    def __repr__(self) -> str:
        bins = f"{len(self)} bins on {len(self.names)} chromosomes"
        return f"Profile({self.sample}: {bins}, {self.missing.sum()} missing)"

    @property
    def missing(self) -> np.ndarray:
        """Return a mask of the bins without a value, (n,) bool."""
        return np.isnan(self.log2)

    @cached_property
    def offsets(self) -> np.ndarray:
        """Return (chromosomes + 1,) int64: chromosome `k` holds the bins ``offsets[k]:offsets[k + 1]``."""
        return run_offsets(self.chrom)

    @property
    def names(self) -> np.ndarray:
        """Return the names of the chromosomes, (chromosomes,) str, in the order of the file."""
        return self.chrom[self.offsets[:-1]]

    @property
    def bins_present(self) -> np.ndarray:
        """Return (c,) int64: the bins with a value of each chromosome that has any."""
        counts = np.add.reduceat((~self.missing).astype(np.int64), self.offsets[:-1])
        return counts[counts > 0]

    def with_values(self, log2: np.ndarray, **others: str | tuple[str, ...]) -> Profile:
        """Return a profile of the same bins with other values, whose positions are not checked again.

        Args:
            log2: (n,) float, log2 ratio; NaN marks a bin without a value.
            others: `sample` and `notes` of the new profile; by default as here.

        Raises:
            InputError: `log2` has another length, or infinite values.
        """
        other = copy(self)
        other.__dict__.update(log2=log2, **others)
        other._check_columns()
        return other

    def same_bins(self, other: Profile) -> bool:
        """Return whether another profile has bins at the same positions, in the same order."""
        columns = ("chrom", "start", "end")
        return len(self) == len(other) and all(np.array_equal(getattr(self, c), getattr(other, c)) for c in columns)

    def _check_columns(self) -> None:
        if not isinstance(self.sample, str) or not self.sample:
            raise InputError(f"`sample` must be a non-empty name, received {self.sample!r}.")
        lengths = set_columns(self, _BIN_COLUMNS)
        if len(set(lengths.values())) > 1 or not len(self.chrom):
            raise InputError(
                f"`Profile` of {self.sample} needs equally long columns with at least one bin, received {lengths}."
            )
        if len(infinite := np.flatnonzero(np.isinf(self.log2))):
            raise InputError(
                f"`log2` must be finite or missing: sample {self.sample} has {len(infinite)} infinite values, "
                f"the first at {self._place(infinite[0])}. Write NA where a bin has no value."
            )

    def _check_chromosomes(self) -> None:
        names = self.names.tolist()
        if "" in names:
            raise InputError(f"`chrom` must name a chromosome for every bin: sample {self.sample}, some have none.")
        if (split := first_duplicate(names)) is not None:
            raise InputError(
                f"`chrom` must be contiguous: sample {self.sample}, chromosome {split} comes back after another one. "
                "Sort the bins, or read with `sort=True`. A sample that is in the file twice looks the same."
            )

    def _check_positions(self) -> None:
        empty = np.flatnonzero((self.end <= self.start) | (self.start < 0))
        if len(empty):
            raise InputError(
                f"`start` and `end` must satisfy 0 <= start < end: sample {self.sample}, bin {self._place(empty[0])}. "
                "Check which columns hold the positions."
            )
        touching = self.start[1:] < self.end[:-1]
        touching[self.offsets[1:-1] - 1] = False  # neighbours on different chromosomes
        if not touching.any():
            return
        width = self.end - self.start
        narrow, wide = np.minimum(width[1:], width[:-1]), np.maximum(width[1:], width[:-1])
        unsorted = self.start[1:] < self.start[:-1]
        overlap = self.end[:-1] - self.start[1:]
        bad = touching & (unsorted | ((overlap > 1) & (2 * overlap > narrow) & (wide > 1)))
        if bad.any():
            i = int(np.flatnonzero(bad)[0])
            same = self.start[i + 1] == self.start[i] and self.end[i + 1] == self.end[i]
            kind = "duplicated" if same else "unsorted" if unsorted[i] else "overlapping"
            raise InputError(
                f"`start` and `end` hold {kind} bins: sample {self.sample}, {self._place(i + 1)} follows "
                f"{self._place(i)}, {int(bad.sum())} such pairs. Sort by chromosome and start, or read with "
                "`sort=True`; keep one row a bin and sample. For overlapping probes give one position column instead."
            )

    def _place(self, i: int) -> str:
        return f"{self.chrom[i]}:{self.start[i]}-{self.end[i]}"


@dataclass(frozen=True, eq=False)
class Segments:
    """Hold the segments of any number of samples, one row a segment.

    Positions are base pairs, 0-based half-open: from the start of the first bin with a value to the end of the last.

    Args:
        sample, chrom: (n,) str.
        start, end: (n,) int64.
        n_bins: (n,) int64, bins with a value in the segment.
        mean: (n,) float32, log2 ratio (the mean or the median of the raw bins).
        confidence: (n,) float32 in [0, 1]; NaN where unknown.
        copy_number: (n,) int64, or None when no ploidy was given or fitted.
        gene: (n,) str objects, the genes of each segment, separated by commas. This column and the following ones are
            None until `describe` or `call_segments` adds them.
        weight: (n,) float32, sum of the weights of its bins.
        depth: (n,) float32, mean depth of its bins.
        ci_lo, ci_hi: (n,) float32, 95 % confidence interval of the mean, log2.
        call: (n,) str, one of `bridgeae_copynumber.calls.STATES`.
        probability: (n,) float32 in [0, 1], that the call is right.

    Raises:
        InputError: columns of unequal length, or of the wrong type.

    Example:
        >>> s = Segments(["S1"], ["chr1"], [0], [100], [2], [0.58], [0.9], [3])
        >>> len(Segments.concatenate([s, s]))
        2
    """

    sample: np.ndarray
    chrom: np.ndarray
    start: np.ndarray
    end: np.ndarray
    n_bins: np.ndarray
    mean: np.ndarray
    confidence: np.ndarray
    copy_number: np.ndarray | None = None
    gene: np.ndarray | None = None
    weight: np.ndarray | None = None
    depth: np.ndarray | None = None
    ci_lo: np.ndarray | None = None
    ci_hi: np.ndarray | None = None
    call: np.ndarray | None = None
    probability: np.ndarray | None = None

    def __post_init__(self) -> None:
        lengths = set_columns(self, _SEGMENT_COLUMNS)
        if len(set(lengths.values())) > 1:
            raise InputError(f"`Segments` needs equally long columns, received {lengths}.")

    def __len__(self) -> int:
        return len(self.chrom)

    def __repr__(self) -> str:
        return f"Segments({len(self)} segments of {len(self.samples)} samples)"

    @property
    def samples(self) -> list[str]:
        """Return the sample names, in order of appearance."""
        return list(dict.fromkeys(self.sample.tolist()))

    def select(self, index: np.ndarray | slice) -> Segments:
        """Return some of the rows, by an index array, a boolean mask or a slice."""
        columns = (getattr(self, name) for name in _SEGMENT_COLUMNS)
        return Segments(*(None if c is None else c[index] for c in columns))  # type: ignore[arg-type]

    def by_sample(self) -> Iterator[tuple[str, Segments]]:
        """Yield (sample, its segments), in order of appearance."""
        names, code = np.unique(self.sample, return_inverse=True)
        order = np.argsort(code, kind="stable")
        blocks = np.split(order, np.flatnonzero(np.diff(code[order])) + 1)
        for block in sorted(blocks, key=lambda b: int(b[0]) if len(b) else 0):
            if len(block):
                yield str(names[code[block[0]]]), self.select(block)

    def levels(self, profile: Profile) -> np.ndarray:
        """Return the mean of the segment that each bin of a profile lies in.

        Returns:
            (n,) float32, log2 ratio; NaN for bins without a value.

        Raises:
            InputError: `n_bins` do not add up to the bins of the profile: it is not the one that was segmented.
        """
        level = np.full(len(profile), np.nan, np.float32)
        mine = self.select(self.sample == profile.sample)
        present = ~profile.missing
        for name, a, b in zip(profile.names, profile.offsets[:-1], profile.offsets[1:], strict=True):
            here = mine.select(mine.chrom == name)
            bins = a + np.flatnonzero(present[a:b])
            if here.n_bins.sum() != len(bins):
                raise InputError(
                    f"`profile` {profile.sample} has {len(bins)} bins with a value on {name}, its segments "
                    f"{here.n_bins.sum()}. Give the profile that was segmented."
                )
            level[bins] = np.repeat(here.mean, here.n_bins)
        return level

    @staticmethod
    def concatenate(parts: Sequence[Segments]) -> Segments:
        """Join segments of several samples; a column that may be None is kept when every part has it."""
        if not parts:
            return Segments(*([] for _ in range(7)))  # type: ignore[arg-type]
        if len(parts) == 1:
            return parts[0]
        names = [name for name in _SEGMENT_COLUMNS if all(getattr(p, name) is not None for p in parts)]
        return Segments(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


_BIN_COLUMNS = {
    "chrom": np.str_, "start": np.int64, "end": np.int64, "log2": np.float32,
    "weight": np.float32, "depth": np.float32, "gene": np.object_,
}  # fmt: skip
_SEGMENT_COLUMNS = {
    "sample": np.str_, "chrom": np.str_, "start": np.int64, "end": np.int64,
    "n_bins": np.int64, "mean": np.float32, "confidence": np.float32, "copy_number": np.int64,
    "gene": np.object_, "weight": np.float32, "depth": np.float32, "ci_lo": np.float32, "ci_hi": np.float32,
    "call": np.str_, "probability": np.float32,
}  # fmt: skip


def as_profiles(profiles: Profile | Iterable[Profile], name: str = "profiles") -> list[Profile]:
    """Return one profile or a sequence of them as a list; InputError about the argument `name` if it is neither."""
    one = isinstance(profiles, Profile) or not isinstance(profiles, Iterable)
    many: list[Profile] = [profiles] if one else list(profiles)  # type: ignore[list-item, arg-type]
    wrong = next((type(p).__name__ for p in many if not isinstance(p, Profile)), None)
    if wrong is not None:
        raise InputError(f"`{name}` must be one `Profile` or several, received {wrong}. `read` makes them from a file.")
    return many


def first_duplicate(names: Iterable[str]) -> str | None:
    """Return the first name that occurs more than once."""
    return next((name for name, count in Counter(names).items() if count > 1), None)


def plain_name(name: str) -> str:
    """Return the name of a chromosome in lower case, without chr, by which files of two conventions are matched."""
    return name.lower().removeprefix("chr")
