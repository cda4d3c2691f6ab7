"""The function `segment`: profiles in, segments out. It prepares the bins and calls the breakpoints of each sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.profile import Profile, Segments, as_profiles, first_duplicate
from bridgeae_copynumber.segmentation.breakpoints import MIN_JUMP, call
from bridgeae_copynumber.segmentation.cohort import corrected_values
from bridgeae_copynumber.segmentation.copy_number import integer_copies
from bridgeae_copynumber.segmentation.network import MODEL

Centromeres = Mapping[str, tuple[int, int]]


def segment(
    profiles: Profile | Sequence[Profile],
    *,
    penalty: float = 1.0,
    min_bins: int = 2,
    min_jump: float = MIN_JUMP,
    level: str = "mean",
    cohort: Profile | Sequence[Profile] | str | None = None,
    centromeres: Centromeres | None = None,
    ploidy: float | str | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    model: str | Path = MODEL,
) -> Segments:
    """Call the segments of one or more samples.

    The segments of a sample do not depend on the other samples (unless `cohort` says so) or on the number of jobs.

    Args:
        profiles: one sample or several, with different names.
        penalty: factor on the price of a breakpoint; more gives fewer segments.
        min_bins: smallest number of bins of a segment.
        min_jump: smallest step between neighbouring segments, log2, lower for long segments. It guards against bias
            that neighbouring probes share. 0 keeps every breakpoint that the noise allows: use it to look for mosaic
            or low-purity events.
        level: "mean" or "median" of a segment's raw bins, for its value.
        cohort: normal samples measured in the same bins: a panel, whose median at each bin is subtracted, or one
            matched normal. They may have further bins.
            "leave-one-out" takes the other samples of `profiles` as the panel, for samples that share few events.
        centromeres: chromosome, named as in the profiles -> (start, end) in base pairs; no segment crosses them.
            `bridgeae_copynumber.io.read_centromeres` reads them from a file.
        ploidy: mean copies of the samples, or "fit", to add integer copy numbers; None adds none.
        jobs: processes that share the samples.
        progress: called with (samples done, all samples) after each sample.
        model: the network, an ONNX file; by default the one that comes with the package.

    Returns:
        The segments, sample by sample in the order given. Bins without a value belong to no segment.

    Raises:
        InputError: an option is out of range, two samples have one name, the cohort has other bins than a profile, the
            centromeres have other chromosomes, or a process was killed.
        MissingFileError, FileFormatError: `model` is absent, or no ONNX file.

    Example:
        >>> import numpy as np
        >>> log2 = np.where(np.arange(300) < 150, 0.0, 0.6) + np.random.default_rng(0).normal(0, 0.1, 300)
        >>> at = np.arange(300) * 10_000
        >>> segments = segment(Profile("S1", ["chr1"] * 300, at, at + 10_000, log2))
        >>> segments.n_bins.tolist()
        [150, 150]
    """
    samples = as_profiles(profiles)
    if (name := first_duplicate(p.sample for p in samples)) is not None:
        raise InputError(f"`profiles` hold sample {name} more than once. Segment them one by one, or rename it.")
    if level not in ("mean", "median"):
        raise InputError(f'`level` must be "mean" or "median", received {level!r}.')
    if jobs < 1:
        raise InputError(f"`jobs` must be at least 1, received {jobs}.")
    if centromeres:
        _check_centromeres(centromeres, {str(name) for p in samples for name in p.names})
    values = corrected_values(samples, cohort)
    options = _Options(penalty, min_bins, min_jump, model, level, centromeres or {}, ploidy)
    work = partial(_segment_one, options=options)
    if jobs == 1 or len(samples) < 2:
        return Segments.concatenate(_collect(map(work, samples, values), len(samples), progress))
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor  # takes time, and most calls need no processes

    try:
        with ProcessPoolExecutor(min(jobs, len(samples))) as pool:
            results = pool.map(work, samples, values, chunksize=min(4, -(-len(samples) // jobs)))
            return Segments.concatenate(_collect(results, len(samples), progress))
    except BrokenExecutor:
        raise InputError(
            f"`jobs` {jobs}: one of the processes was killed, perhaps for lack of memory. Use fewer jobs."
        ) from None


class _Options(NamedTuple):
    """Options of `segment` that the work on one sample needs."""

    penalty: float
    min_bins: int
    min_jump: float
    model: str | Path
    level: str
    centromeres: Centromeres
    ploidy: float | str | None


def _collect(results: Iterable[Segments], total: int, progress: Callable[[int, int], None] | None) -> list[Segments]:
    parts = []
    for part in results:
        parts.append(part)
        if progress:
            progress(len(parts), total)
    return parts


def _segment_one(profile: Profile, values: np.ndarray, *, options: _Options) -> Segments:
    present = np.flatnonzero(np.isfinite(values))
    values = values[present].astype(np.float64)
    edges = np.searchsorted(present, _arm_offsets(profile, options.centromeres))
    called = call(
        values,
        edges[1:] - edges[:-1],
        penalty=options.penalty,
        min_bins=options.min_bins,
        min_jump=options.min_jump,
        model=options.model,
    )
    ends = np.append(called.starts[1:], len(present))[: len(called.starts)]
    first, last, n_bins = present[called.starts], present[ends - 1], ends - called.starts
    if options.level == "mean":
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
        None if options.ploidy is None else integer_copies(mean, n_bins, options.ploidy),
    )


def _arm_offsets(profile: Profile, centromeres: Centromeres) -> np.ndarray:
    """Return (c + 1,) int: first bins of chromosomes or, with centromeres, of arms, and the number of bins."""
    cuts = []
    for a, b in pairwise(profile.offsets) if centromeres else ():
        if (name := str(profile.chrom[a])) in centromeres:
            middle = (profile.start[a:b] + profile.end[a:b]) // 2
            cuts.append(a + np.count_nonzero(middle < sum(centromeres[name]) // 2))
    return np.sort(np.append(profile.offsets, cuts)) if cuts else profile.offsets


def _check_centromeres(centromeres: Centromeres, names: set[str]) -> None:
    """Refuse invalid spans, and chromosomes with other names than the bins have."""
    if not isinstance(centromeres, Mapping):
        raise InputError(
            "`centromeres` must map chromosomes to (start, end), received "
            f"{type(centromeres).__name__}. `read_centromeres` reads them from a file."
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
