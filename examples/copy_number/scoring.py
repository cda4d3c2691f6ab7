"""Score called segments against known ones: breakpoints within two bins, and levels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bridgeae_copynumber import Profile, Segments
from bridgeae_copynumber.training import simulate_array, simulate_cell

TOLERANCE = 2  # bins
SIMULATED_BIN = 500_000  # base pairs


class Sample(NamedTuple):
    """A profile with its truth; all columns are of the bins that have a value.

    profile: the raw bins; value, level: (n,) log2 ratio; starts: (n,) bool, whether a true segment begins at a bin;
    chromosomes: (c + 1,) int, the first bin of each chromosome, and n.
    """

    profile: Profile
    value: np.ndarray
    level: np.ndarray
    starts: np.ndarray
    chromosomes: np.ndarray


def simulated(kind: str, n: int | None = None, seed: int = 1) -> list[Sample]:
    """Simulate 40 arrays (kind "array") or 12 single cells ("sc"); return the first `n`, or all."""
    rng = np.random.default_rng([seed, 20_03])
    draws = [
        simulate_array(rng) if kind == "array" else simulate_cell(rng) for _ in range(40 if kind == "array" else 12)
    ]
    samples = []
    for k, draw in enumerate(draws[:n]):
        names = [f"chr{name}" for name in (*range(1, 23), "X", "Y")][: len(draw.lengths)]
        start = np.concatenate([np.arange(n_bins) for n_bins in draw.lengths]) * SIMULATED_BIN
        chrom = np.repeat(names, draw.lengths)
        profile = Profile(f"{kind}{k}", chrom, start, start + SIMULATED_BIN, draw.log2)
        samples.append(_sample(profile, draw.level, draw.state))
    return samples


def given(profile: Profile, segments: Segments) -> Sample:
    """Return a profile with the segments that are its truth."""
    level = segments.levels(profile)[~profile.missing]
    return _sample(profile, level, level)


def _sample(profile: Profile, level: np.ndarray, state: np.ndarray) -> Sample:
    present = ~profile.missing
    chromosomes = np.append(0, np.cumsum(profile.bins_present))
    starts = np.diff(state, prepend=np.nan) != 0
    starts[chromosomes[:-1]] = True
    return Sample(profile, profile.log2[present], level, starts, chromosomes)


def score(samples: list[Sample], called: Segments) -> dict[str, float]:
    """Return F1, precision and recall of breakpoints, and `mae`, the mean absolute error of levels.

    Breakpoints are matched one to one inside chromosomes; counts are summed over samples before dividing. The first bin
    of a chromosome is no breakpoint.
    """
    by_sample = dict(called.by_sample())
    hits = true = found = bins = 0
    error = 0.0
    for sample in samples:
        sizes = by_sample[sample.profile.sample].n_bins
        first = np.append(0, np.cumsum(sizes)[:-1])
        starts = np.zeros(len(sample.value), bool)
        starts[first] = True
        for a, b in zip(sample.chromosomes[:-1], sample.chromosomes[1:], strict=True):
            t, c = (np.flatnonzero(mask[a + 1 : b]) for mask in (sample.starts, starts))
            hits, true, found = hits + _matches(t, c), true + len(t), found + len(c)
        means = np.add.reduceat(sample.value.astype(np.float64), first) / sizes
        error += float(np.abs(np.repeat(means, sizes) - sample.level).sum())
        bins += len(sample.value)
    precision, recall = hits / max(found, 1), hits / max(true, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    scores = {"f1": f1, "precision": precision, "recall": recall, "mae": error / bins}
    return {name: round(value, 4) for name, value in scores.items()}


def _matches(true: np.ndarray, called: np.ndarray) -> int:
    """Count one-to-one matches of two sorted lists of breakpoints, at most `TOLERANCE` bins apart."""
    i = j = count = 0
    while i < len(true) and j < len(called):
        if abs(true[i] - called[j]) <= TOLERANCE:
            count, i, j = count + 1, i + 1, j + 1
        elif true[i] < called[j]:
            i += 1
        else:
            j += 1
    return count
