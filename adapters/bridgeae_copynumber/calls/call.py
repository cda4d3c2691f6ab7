"""The function `call_segments`: segments in; centred segments with states, probabilities and copies out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.calls.centring import autosomal, baseline
from bridgeae_copynumber.calls.description import describe, segment_bins
from bridgeae_copynumber.calls.genomes import Genome
from bridgeae_copynumber.calls.names import CENTRES, SEXES
from bridgeae_copynumber.calls.purity import (
    Solution,
    fit_purity_ploidy,
    mixed_ratio,
    relative_ratio,
    tumour_copies,
)
from bridgeae_copynumber.calls.sex import expected_levels, normal_copies, sex_levels
from bridgeae_copynumber.calls.states import HIGH, call_states
from bridgeae_copynumber.profile import Profile, Segments, as_profiles
from bridgeae_copynumber.segmentation import aligned
from bridgeae_copynumber.segmentation.noise import Z95, measure_noise

MIN_DEVIATION = 0.1
"""Least deviation of an amplification or a deep loss, log2."""
SEX_SPREAD = 0.15
"""Standard error of the normal level of X and Y, log2: references mix the sexes."""
PRIOR_NORMALS = 4.0
"""Normals that the sample's own noise counts for, beside those of a cohort."""
HIGH_PLOIDY, MANY_COPIES = 2.7, (5, 9)
"""Copies of an amplification in tumours of up to this ploidy, and of a higher one, as COSMIC has it."""


@dataclass(frozen=True)
class CalledSample:
    """Hold what was decided for one sample.

    Args:
        sample: its name.
        center: log2 ratio that was subtracted.
        sex: "female", "male" or "unknown".
        noise: standard deviation of a bin, log2.
        purity, ploidy: of the chosen solution; None where none was asked for, or nothing could be fitted.
        solutions: the likeliest purities and ploidies, best first.
    """

    sample: str
    center: float
    sex: str
    noise: float
    purity: float | None = None
    ploidy: float | None = None
    solutions: tuple[Solution, ...] = ()


@dataclass(frozen=True)
class Calls:
    """Hold called segments, the centred profiles, and what was decided for each sample, in the same order."""

    segments: Segments
    profiles: list[Profile]
    samples: list[CalledSample]


def call_segments(
    segments: Segments,
    profiles: Profile | Sequence[Profile],
    *,
    center: str = "mode",
    sex: str | None = None,
    genome: Genome | None = None,
    normals: Sequence[Profile] = (),
    purity_ploidy: str | tuple[float, float] | None = None,
) -> Calls:
    """Centre segments and call each one neutral, gain, loss, amplification or deep loss.

    Args:
        segments: of all profiles, as `segment` returns them.
        profiles: the profiles that were segmented, less the bias of a cohort if there is one.
        center: "mode" of the autosomes, "median", or "none".
        sex: "female" or "male" for all samples; inferred from X and Y by default.
        genome: gives the pseudoautosomal regions; other chromosomes than its own are refused.
        normals: normal samples in the same bins: where they differ, the intervals are wider.
        purity_ploidy: "fit", or (purity, ploidy), to add whole copies of the tumour cells.

    Raises:
        InputError: an option is out of range, or the segments are not those of the profiles.
    """
    _check(center, sex, purity_ploidy)
    many = as_profiles(profiles)
    for profile in many if genome else ():
        genome.check(profile)  # type: ignore[union-attr]
    normals = [aligned(normal, many[0]) for normal in normals] if many else []
    options = _Options(center, sex, genome, normals, purity_ploidy)
    described = dict(describe(segments, many).by_sample())
    called = [_call_one(described[p.sample], p, options) for p in many if p.sample in described]
    shifts = {fact.sample: np.float32(fact.center) for _, fact in called}
    return Calls(
        Segments.concatenate([part for part, _ in called]),
        [replace(p, log2=p.log2 - shifts.get(p.sample, np.float32(0))) for p in many],
        [fact for _, fact in called],
    )


class _Options(NamedTuple):
    """Options of `call_segments` that the work on one sample needs."""

    center: str
    sex: str | None
    genome: Genome | None
    normals: Sequence[Profile]
    purity_ploidy: str | tuple[float, float] | None


def _call_one(segments: Segments, profile: Profile, options: _Options) -> tuple[Segments, CalledSample]:
    present, starts = segment_bins(segments, profile)
    noise = measure_noise(profile.log2[present].astype(np.float64), starts)
    error = _with_normals(noise.standard_error(segments.n_bins), present, starts, options.normals)
    shift = np.float32(baseline(segments, error, options.center))
    mean = segments.mean - shift
    segments = replace(segments, mean=mean, ci_lo=mean - Z95 * error, ci_hi=mean + Z95 * error)
    levels = sex_levels(segments, options.sex, options.genome)
    fact = CalledSample(profile.sample, float(shift), levels.sex, float(np.sqrt(noise.variance[0])))
    normal = normal_copies(segments, levels, options.genome)
    expected = expected_levels(segments, levels, options.genome)
    high = (HIGH, -HIGH)
    if options.purity_ploidy is not None:
        segments, fact, high = _with_copies(segments, fact, error, normal, expected, options.purity_ploidy)
    doubt = np.hypot(error, np.where(autosomal(segments.chrom), 0, SEX_SPREAD))
    states = call_states(mean - expected, doubt, segments.n_bins, high)
    return replace(segments, call=states.call, probability=states.probability), fact


def _with_copies(
    segments: Segments,
    fact: CalledSample,
    error: np.ndarray,
    normal: np.ndarray,
    expected: np.ndarray,
    asked: str | tuple[float, float],
) -> tuple[Segments, CalledSample, tuple[float, float]]:
    """Return segments with whole copies, the solution, and the levels beyond which calls are high.

    A sample without a fit is taken as pure and diploid.
    """
    autosomes = autosomal(segments.chrom)
    use = segments.select(autosomes)
    solutions = tuple(fit_purity_ploidy(use.mean, use.n_bins, error[autosomes])) if isinstance(asked, str) else ()
    best = solutions[0][:2] if solutions else None if isinstance(asked, str) else asked
    purity, ploidy = best or (1.0, 2.0)
    ratio = relative_ratio(segments.mean, segments.n_bins, autosomes)
    ratio *= normal / 2 / 2 ** np.nan_to_num(expected)
    copies = tumour_copies(ratio, purity, ploidy, normal)
    unit = float(np.log2(np.average(2.0 ** use.mean.astype(np.float64), weights=use.n_bins)))
    enough = MANY_COPIES[ploidy > HIGH_PLOIDY]
    many, none = unit + np.log2(mixed_ratio(np.array([enough - 0.5, 0.5]), purity, np.array(ploidy)))
    fact = replace(fact, purity=best[0] if best else None, ploidy=best[1] if best else None, solutions=solutions)
    return (
        replace(segments, copy_number=copies),
        fact,
        (max(float(many), MIN_DEVIATION), min(float(none), -MIN_DEVIATION)),
    )


def _with_normals(error: np.ndarray, present: np.ndarray, starts: np.ndarray, normals: Sequence[Profile]) -> np.ndarray:
    """Return standard errors that are no smaller than the spread of normal samples over the bins of each segment."""
    if len(normals) < 2:
        return error
    log2 = np.array([p.log2[present] - np.nanmedian(p.log2) for p in normals], np.float64)
    known = np.isfinite(log2)
    count = np.maximum(np.add.reduceat(known, starts, axis=1, dtype=np.float64), 1)
    mean = np.add.reduceat(np.where(known, log2, 0), starts, axis=1) / count
    spread = mean.var(0, ddof=1)
    freedom = len(normals) - 1
    shrunk = (freedom * spread + PRIOR_NORMALS * error**2) / (freedom + PRIOR_NORMALS)
    return np.sqrt(np.maximum(error**2, shrunk))


def _check(center: str, sex: str | None, purity_ploidy: str | tuple[float, float] | None) -> None:
    if center not in CENTRES:
        raise InputError(f"`center` must be one of {', '.join(CENTRES)}, received {center!r}.")
    if sex is not None and sex not in SEXES:
        raise InputError(f"`sex` must be female or male, received {sex!r}.")
    if isinstance(purity_ploidy, str) and purity_ploidy != "fit":
        raise InputError(f'`purity_ploidy` must be "fit" or (purity, ploidy), received {purity_ploidy!r}.')
    if isinstance(purity_ploidy, tuple):
        purity, ploidy = purity_ploidy
        if not (0 < purity <= 1 and 0 < ploidy < 100):
            raise InputError(
                f"`purity_ploidy` must be a purity above 0 and up to 1 and a positive ploidy, received {purity_ploidy}."
            )
