"""Profiles in, segments out: what `segment` does around the call of one sample's breakpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.profile import Profile, Segments, repeated, several
from bridgeae_copynumber.segmentation.breakpoints import MIN_JUMP, call
from bridgeae_copynumber.segmentation.copy_number import whole_copies
from bridgeae_copynumber.segmentation.network import MODEL

Cohort = Profile | Sequence[Profile] | str | None
Centromeres = Mapping[str, tuple[int, int]]


def segment(
    profiles: Profile | Sequence[Profile],
    *,
    penalty: float = 1.0,
    min_bins: int = 2,
    min_jump: float = MIN_JUMP,
    level: str = "mean",
    cohort: Cohort = None,
    centromeres: Centromeres | None = None,
    ploidy: float | str | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    model: str | Path = MODEL,
) -> Segments:
    """Call the segments of one or more samples.

    The same input gives the same segments, whatever else is segmented with it and however many jobs there are.

    Args:
        profiles: one sample or several, each with a name of its own.
        penalty: factor on the price of a breakpoint; more gives fewer segments.
        min_bins: fewest bins of a segment.
        min_jump: smallest step between neighbouring segments, log2; lower for long segments. 0 keeps every breakpoint
            that the noise allows: ask for it when looking for mosaic or low-purity events. See `calling.call`.
        level: "mean" or "median" of a segment's raw bins, for its value.
        cohort: normal samples measured in the same bins, whose median at each bin is taken off (a panel of normals);
            or "leave-one-out": the other samples of `profiles` serve as the panel, for samples with few events in
            common. None corrects nothing.
        centromeres: chromosome, named as in the profiles -> (start, end) in base pairs; no segment crosses them.
            `regions.read_centromeres` reads them from a file.
        ploidy: mean copies of the samples, or "fit", to add whole copy numbers; None adds none.
        jobs: processes that share the samples.
        progress: called with (samples done, samples in all).
        model: the network, an ONNX file; by default the one that comes with the package.

    Returns:
        The segments, sample by sample in the order given; bins without a value are in none of them.

    Raises:
        InputError: a knob is out of range, a sample is there twice, the cohort has other bins than a profile, the
            centromeres have other chromosomes, or a process was killed.
        MissingFileError, FileFormatError: `model` is not there, or no ONNX file.

    Example:
        >>> import numpy as np
        >>> log2 = np.where(np.arange(300) < 150, 0.0, 0.6) + np.random.default_rng(0).normal(0, 0.1, 300)
        >>> at = np.arange(300) * 10_000
        >>> segments = segment(Profile("S1", ["chr1"] * 300, at, at + 10_000, log2))
        >>> segments.n_bins.tolist()
        [150, 150]
    """
    samples = several(profiles)
    twice = repeated(p.sample for p in samples)
    if twice is not None:
        raise InputError(f"`profiles` hold sample {twice} more than once. Segment them one by one, or rename it.")
    if level not in ("mean", "median"):
        raise InputError(f'`level` must be "mean" or "median", received {level!r}.')
    if jobs < 1:
        raise InputError(f"`jobs` must be at least 1, received {jobs}.")
    if centromeres:
        _check_centromeres(centromeres, {str(name) for p in samples for name in p.names})
    values = _corrected(samples, cohort)
    knobs = {"penalty": penalty, "min_bins": min_bins, "min_jump": min_jump, "model": model}
    work = partial(_segment_one, knobs=knobs, level=level, centromeres=centromeres or {}, ploidy=ploidy)
    if jobs == 1 or len(samples) < 2:
        return Segments.concatenate(_gather(map(work, samples, values), len(samples), progress))
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

    try:
        with ProcessPoolExecutor(min(jobs, len(samples))) as pool:
            made = pool.map(work, samples, values, chunksize=min(4, -(-len(samples) // jobs)))
            return Segments.concatenate(_gather(made, len(samples), progress))
    except BrokenExecutor:
        raise InputError(
            f"`jobs` {jobs}: one of the processes was killed, perhaps for lack of memory. Use fewer jobs."
        ) from None


def _gather(made: Iterable[Segments], total: int, progress: Callable[[int, int], None] | None) -> list[Segments]:
    parts = []
    for part in made:
        parts.append(part)
        if progress:
            progress(len(parts), total)
    return parts


def _segment_one(
    profile: Profile,
    values: np.ndarray,
    *,
    knobs: dict,
    level: str,
    centromeres: Centromeres,
    ploidy: float | str | None,
) -> Segments:
    present = np.flatnonzero(np.isfinite(values))
    values = values[present].astype(np.float64)
    edges = np.searchsorted(present, _edges(profile, centromeres))
    called = call(values, edges[1:] - edges[:-1], **knobs)
    ends = np.append(called.starts[1:], len(present))[: len(called.starts)]
    first, last, n_bins = present[called.starts], present[ends - 1], ends - called.starts
    if level == "mean":
        mean = np.add.reduceat(values, called.starts) / n_bins if len(n_bins) else np.zeros(0)
    else:
        mean = np.array([np.median(part) for part in np.split(values, called.starts)[1:]])
    return Segments(
        np.full(len(first), profile.sample),
        profile.chrom[first],
        profile.start[first],
        profile.end[last],
        n_bins,
        mean.astype(np.float32),
        called.confidence,
        None if ploidy is None else whole_copies(mean, n_bins, ploidy),
    )


def _check_centromeres(centromeres: Centromeres, names: set[str]) -> None:
    """Refuse spans that are none, and chromosomes named in another way than `names`, those of the bins."""
    if not isinstance(centromeres, Mapping):
        raise InputError(
            "`centromeres` must map chromosomes to (start, end), received "
            f"{type(centromeres).__name__}. `regions.read_centromeres` reads them from a file."
        )
    for name, span in centromeres.items():
        if not (np.shape(span) == (2,) and 0 <= span[0] < span[1]):
            raise InputError(f"`centromeres` must give each chromosome (start, end), received {name}: {span}.")
    if not names & set(centromeres):
        raise InputError(
            f"`centromeres` names {', '.join(map(str, list(centromeres)[:3]))} and so on, none of the chromosomes "
            f"of the bins ({', '.join(sorted(names)[:3])} and so on). Use the names of the bins."
        )
    known = {_bare(name): name for name in names}
    for name in map(str, centromeres):
        if name not in names and _bare(name) in known:
            raise InputError(f"`centromeres` names {name}, the bins {known[_bare(name)]}. Use the names of the bins.")


def _bare(name: str) -> str:
    return name.lower().removeprefix("chr")


def _edges(profile: Profile, centromeres: Centromeres) -> np.ndarray:
    """(c + 1,) int: the bins at which chromosomes or, with centromeres, arms begin, and the number of bins."""
    cuts = []
    for a, b in pairwise(profile.offsets) if centromeres else ():
        if (name := str(profile.chrom[a])) in centromeres:
            middle = (profile.start[a:b] + profile.end[a:b]) // 2
            cuts.append(a + np.count_nonzero(middle < sum(centromeres[name]) // 2))
    return np.sort(np.append(profile.offsets, cuts)) if cuts else profile.offsets


def _corrected(samples: Sequence[Profile], cohort: Cohort) -> list[np.ndarray]:
    """Take the panel's median off each sample; (n,) float each, NaN where a bin has no value."""
    if cohort is None:
        return [p.log2 for p in samples]
    if isinstance(cohort, str) and cohort != "leave-one-out":
        raise InputError(f'`cohort` must be normal profiles or "leave-one-out", received {cohort!r}.')
    panel = samples if isinstance(cohort, str) else several(cohort, "cohort")
    if len(panel) < 3:
        raise InputError(f"`cohort` must hold at least 3 samples for a median, received {len(panel)}.")
    for p in [*samples, *panel]:
        _same_bins(panel[0], p)
    centred = np.array([p.log2 - np.nanmedian(p.log2) if (~p.missing).any() else p.log2 for p in panel])
    if not isinstance(cohort, str):
        bias = _median(centred)
        return [p.log2 - bias for p in samples]
    others = (np.delete(centred, k, axis=0) for k in range(len(panel)))
    return [p.log2 - _median(rest) for p, rest in zip(samples, others, strict=True)]


def _median(panel: np.ndarray) -> np.ndarray:
    """(n,) median over samples; 0 where none has a value, so that the bin stays as it was."""
    known = np.isfinite(panel)
    filled = np.sort(np.where(known, panel, np.inf), axis=0)
    count = known.sum(0)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, len(panel) - 1)
    middle = [np.take_along_axis(filled, k[None], axis=0)[0] for k in (low, high)]
    return np.where(count > 0, (middle[0] + middle[1]) / 2, 0.0)


def _same_bins(first: Profile, other: Profile) -> None:
    same = len(first) == len(other) and all(
        np.array_equal(getattr(first, name), getattr(other, name)) for name in ("chrom", "start", "end")
    )
    if not same:
        raise InputError(
            f"`cohort` must be measured in the same bins: {other.sample} has {len(other)} bins that differ from the "
            f"{len(first)} of {first.sample}. Use samples of one platform, binned in the same way."
        )
