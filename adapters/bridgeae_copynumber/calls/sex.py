"""Sex of a sample, and the levels that are normal on its sex chromosomes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.calls.centring import weighted_median
from bridgeae_copynumber.calls.genomes import Genome, bare
from bridgeae_copynumber.calls.names import SEXES
from bridgeae_copynumber.profile import Segments

MIN_BINS = 5
"""Fewest bins of a chromosome that tell of the sex."""
ABSENT = -2.0
"""Log2 ratio below which chromosome Y is absent: what is left there are reads of other chromosomes."""


class SexLevels(NamedTuple):
    """Sex of a sample, and log2 ratios that are normal for it.

    Args:
        sex: "female", "male", or "unknown" where neither X nor Y has bins.
        x: normal level of X outside the pseudoautosomal regions.
        y: normal level of Y; None where it is absent.
    """

    sex: str
    x: float
    y: float | None


_PATTERNS = (
    SexLevels("female", 0.0, None),
    SexLevels("male", -1.0, -1.0),
    SexLevels("male", -1.0, 0.0),
    SexLevels("male", 0.0, 0.0),
    SexLevels("female", 1.0, None),
)
"""Levels of X and Y by the sexes of sample and reference: a diploid reference first, then pools, then a male one."""


def sex_levels(segments: Segments, sex: str | None = None, genome: Genome | None = None) -> SexLevels:
    """Return the sex of one sample whose autosomes are centred on 0, from the levels of X and Y.

    The pattern of levels that lies nearest is taken, so that data whose reference has the sample's own sex are not
    called lost or gained. Of a male without Y (lost in many tumours), X alone decides.

    Args:
        segments: of one sample, less its baseline.
        sex: "female" or "male" where it is known.
        genome: its pseudoautosomal regions are left out.

    Raises:
        InputError: `sex` is neither.
    """
    if sex is not None and sex not in SEXES:
        raise InputError(f"`sex` must be female or male, received {sex!r}.")
    x, y = (_level(segments, on) for on in _outside_par(segments, genome))
    if x is None and y is None:
        return SexLevels(sex or "unknown", -1.0 if sex == "male" else 0.0, -1.0 if sex == "male" else None)
    patterns = [p for p in _PATTERNS if sex is None or p.sex == sex]
    return min(patterns, key=lambda p: _distance(p, x, y))


def expected_levels(segments: Segments, levels: SexLevels, genome: Genome | None = None) -> np.ndarray:
    """Return the normal log2 ratio of each segment, (n,) float64; NaN where nothing is expected, as on a female Y."""
    on_x, on_y = _outside_par(segments, genome)
    expected = np.where(on_x, levels.x, 0.0)
    expected[on_y] = np.nan if levels.y is None else levels.y
    if genome is not None:
        expected[_on(segments, "Y") & ~on_y] = np.nan  # aligners put these reads on X
    return expected


def normal_copies(segments: Segments, levels: SexLevels, genome: Genome | None = None) -> np.ndarray:
    """Return the copies of each segment in normal cells of the sex, (n,) float64."""
    on_x, on_y = _outside_par(segments, genome)
    copies = np.full(len(segments), 2.0)
    copies[on_x] = 1.0 if levels.sex == "male" else 2.0
    copies[on_y] = 1.0 if levels.sex == "male" else 0.0
    return copies


def _outside_par(segments: Segments, genome: Genome | None) -> tuple[np.ndarray, np.ndarray]:
    """Return masks of the segments on X and on Y, (n,) bool, without those in pseudoautosomal regions."""
    on_x, on_y = _on(segments, "X"), _on(segments, "Y")
    if genome is not None:
        outside = ~genome.in_par(segments.chrom, (segments.start + segments.end) // 2)
        on_x, on_y = on_x & outside, on_y & outside
    return on_x, on_y


def _on(segments: Segments, name: str) -> np.ndarray:
    names = {c: bare(c) == name for c in dict.fromkeys(segments.chrom.tolist())}
    return np.array([names[c] for c in segments.chrom.tolist()], bool)


def _level(segments: Segments, on: np.ndarray) -> float | None:
    """Return the median level of the segments of a sex chromosome (a mask), or None where they have too few bins."""
    if segments.n_bins[on].sum() < MIN_BINS:
        return None
    return weighted_median(segments.mean[on].astype(np.float64), segments.n_bins[on].astype(np.float64))


def _distance(pattern: SexLevels, x: float | None, y: float | None) -> float:
    """Return how far the levels of a sample are from a pattern; an absent Y tells less than X and a present Y."""
    off = 0.0 if x is None else abs(x - pattern.x)
    if y is None:
        return off
    if pattern.y is None:
        return off + max(y - ABSENT, 0.0)
    return off + (0.5 if y < ABSENT else abs(y - pattern.y))
