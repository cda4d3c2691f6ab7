"""The function `segment`: profiles in, segments out. It prepares the bins and calls the breakpoints of each sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.profile import Profile, Segments, as_profiles, first_duplicate, plain_name
from bridgeae_copynumber.segmentation.breakpoints import MIN_JUMP, CalledSegments, Evidence, call, observe
from bridgeae_copynumber.segmentation.cohort import Panel, corrected_values, weighted
from bridgeae_copynumber.segmentation.copy_number import integer_copies
from bridgeae_copynumber.segmentation.joint import Cohort, call_shared, check_joint, gather
from bridgeae_copynumber.segmentation.network import MODEL
from bridgeae_copynumber.segmentation.processes import spread

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
    joint: bool = False,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    model: str | Path = MODEL,
) -> Segments:
    """Call the segments of one or more samples.

    The segments of a sample do not depend on the other samples (unless `cohort` or `joint` says so) or on the number
    of jobs.

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
        joint: the samples are cells or regions of one individual, in the same bins: breakpoints of the most similar
            ones count for each other, as far as a sample's own bins agree. Private breakpoints stay.
        jobs: processes that share the samples.
        progress: called with (samples done, all samples) after each sample.
        model: the network, an ONNX file; by default the one that comes with the package.

    Returns:
        The segments, sample by sample in the order given. Bins without a value belong to no segment.

    Raises:
        InputError: an option is out of range, two samples have one name, the cohort or (`joint`) a sample has other
            bins, the centromeres have other chromosomes, or a process was killed.
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
        refuse_duplicate(name)
    options = Options(penalty, min_bins, min_jump, None if model == MODEL else model, level, centromeres or {}, ploidy)
    check_options(options, jobs)
    if centromeres:
        _check_centromeres(centromeres, {str(name) for p in samples for name in p.names})
    values = corrected_values(samples, cohort)
    samples = weighted(samples, cohort)
    if joint:
        if isinstance(cohort, str):
            raise InputError(f"`cohort` {cohort} subtracts what the samples share, which `joint` looks for. Give one.")
        parts = _segment_jointly(samples, values, options, jobs)
    else:
        parts = spread(_segment_one, samples, values, common=options, jobs=jobs)
    return Segments.concatenate(_collect(parts, len(samples), progress))


class Options(NamedTuple):
    """Options of `segment` that the work on one sample needs; without `model` that of the package at work is taken."""

    penalty: float = 1.0
    min_bins: int = 2
    min_jump: float = MIN_JUMP
    model: str | Path | None = None
    level: str = "mean"
    centromeres: Centromeres = {}  # noqa: RUF012
    ploidy: float | str | None = None

    def of_calls(self) -> dict[str, Any]:
        """Return the arguments of `call`."""
        of_calls = {name: getattr(self, name) for name in ("penalty", "min_bins", "min_jump")}
        return {**of_calls, "model": self.network}

    @property
    def network(self) -> str | Path:
        """Return the file of the network, wherever the package is installed."""
        return MODEL if self.model is None else self.model


def check_options(options: Options, jobs: int) -> None:
    """Raise InputError if an option is out of range whatever the samples are."""
    if options.level not in ("mean", "median"):
        raise InputError(f'`level` must be "mean" or "median", received {options.level!r}.')
    if jobs < 1:
        raise InputError(f"`jobs` must be at least 1, received {jobs}.")


def refuse_duplicate(sample: str) -> NoReturn:
    """Raise InputError for a second sample of one name."""
    raise InputError(f"`profiles` hold sample {sample} more than once. Segment them one by one, or rename it.")


def segment_each(
    profiles: Iterable[Profile],
    options: Options,
    panel: Panel | None = None,
) -> Iterator[Segments]:
    """Yield the segments of samples that come one by one, as `segment` returns them; errors as there.

    Args:
        profiles: the samples.
        options: as in `segment`.
        panel: normal samples whose median is subtracted.
    """
    for profile in profiles:
        if options.centromeres:
            _check_centromeres(options.centromeres, set(map(str, profile.names)))
        if panel is None:
            yield _segment_one(options, profile, profile.log2)
        else:
            yield _segment_one(options, panel.weighted(profile), panel.corrected(profile))


def _collect(results: Iterable[Segments], total: int, progress: Callable[[int, int], None] | None) -> list[Segments]:
    parts = []
    for part in results:
        parts.append(part)
        if progress:
            progress(len(parts), total)
    return parts


def _segment_one(options: Options, profile: Profile, values: np.ndarray) -> Segments:
    """Return the segments of one sample; its values are its log2 ratios, (n,) float, less the bias of a cohort."""
    present, found, lengths = _bins(profile, values, options)
    called = call(found, lengths, weights=_weights(profile, present), **options.of_calls())
    return _as_segments(profile, present, found, called, options)


def _segment_jointly(
    samples: Sequence[Profile], values: Sequence[np.ndarray], options: Options, jobs: int
) -> Iterator[Segments]:
    check_joint(samples)
    evidence = list(spread(_observe_one, samples, values, common=options, jobs=jobs))
    present = [np.flatnonzero(np.isfinite(v)) for v in values]
    cohort = gather(evidence, present, _arm_offsets(samples[0], options.centromeres))
    return spread(_segment_shared, range(len(samples)), samples, values, evidence, common=(options, cohort), jobs=jobs)


def _observe_one(options: Options, profile: Profile, values: np.ndarray) -> Evidence | None:
    present, found, lengths = _bins(profile, values, options)
    if not len(found):
        return None
    weights = _weights(profile, present)
    return observe(found, lengths, weights=weights, min_jump=options.min_jump, model=options.network)


def _segment_shared(
    common: tuple[Options, Cohort], cell: int, profile: Profile, values: np.ndarray, evidence: Evidence | None
) -> Segments:
    options, cohort = common
    if evidence is None:
        return _segment_one(options, profile, values)
    present, found, _ = _bins(profile, values, options)
    called = call_shared(cohort, cell, evidence, present, **options.of_calls())
    return _as_segments(profile, present, found, called, options)


def _bins(profile: Profile, values: np.ndarray, options: Options) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the bins with a value, (m,) int64, their values, (m,) float64, and how many each chromosome or arm has."""
    present = np.flatnonzero(np.isfinite(values))
    edges = np.searchsorted(present, _arm_offsets(profile, options.centromeres))
    lengths = edges[1:] - edges[:-1]
    return present, values[present].astype(np.float64), lengths[lengths > 0]


def _weights(profile: Profile, present: np.ndarray) -> np.ndarray | None:
    return None if profile.weight is None else profile.weight[present]


def _as_segments(
    profile: Profile, present: np.ndarray, values: np.ndarray, called: CalledSegments, options: Options
) -> Segments:
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
    known = {plain_name(name): name for name in names}
    for name in map(str, centromeres):
        if name not in names and plain_name(name) in known:
            raise InputError(
                f"`centromeres` names {name}, the bins {known[plain_name(name)]}. Use the names of the bins."
            )
