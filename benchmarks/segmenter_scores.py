"""Scores of a segmentation, which `segmenters.py` tabulates.

A segmentation of `n` bins is a mask ``starts (n,) bool``: whether a segment begins at a bin. The first bin of a
chromosome always is a start, and never is counted as a breakpoint.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Sample(NamedTuple):
    """One profile with its truth: value and level (n,) log2 ratio, state (n,), lengths (chromosomes,) in bins."""

    name: str
    value: np.ndarray
    level: np.ndarray
    state: np.ndarray
    lengths: np.ndarray

    @property
    def edges(self) -> np.ndarray:
        """Return the first bin of each chromosome, and n: (chromosomes + 1,) int64."""
        return np.concatenate([[0], np.cumsum(self.lengths)])

    @property
    def true_starts(self) -> np.ndarray:
        """Return the true segmentation by state, (n,) bool."""
        starts = np.diff(self.state, prepend=np.nan) != 0
        starts[self.edges[:-1]] = True
        return starts


def segment_means(value: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the mean of each bin's segment, (n,) float64."""
    first = np.flatnonzero(starts)
    size = np.diff(np.append(first, len(value)))
    return np.repeat(np.add.reduceat(value.astype(np.float64), first) / size, size)


def matched(true: np.ndarray, called: np.ndarray, tolerance: int) -> int:
    """Count one-to-one matches of two sorted lists of breakpoints, at most `tolerance` bins apart."""
    i = j = found = 0
    while i < len(true) and j < len(called):
        if abs(true[i] - called[j]) <= tolerance:
            found, i, j = found + 1, i + 1, j + 1
        elif true[i] < called[j]:
            i += 1
        else:
            j += 1
    return found


def breakpoint_score(samples: list[Sample], masks: list[np.ndarray], tolerance: int = 2) -> dict[str, float]:
    """Return precision, recall and F1 of breakpoints, and `mae`, the mean absolute error of levels over all bins.

    Breakpoints are matched one to one inside chromosomes; counts are summed over samples before dividing.
    """
    hits = true = called = bins = 0
    error = 0.0
    for sample, starts in zip(samples, masks, strict=True):
        for a, b in zip(sample.edges[:-1], sample.edges[1:], strict=True):
            t = np.flatnonzero(sample.true_starts[a + 1 : b])
            c = np.flatnonzero(starts[a + 1 : b])
            hits, true, called = hits + matched(t, c, tolerance), true + len(t), called + len(c)
        error += float(np.abs(segment_means(sample.value, starts) - sample.level).sum())
        bins += len(sample.value)
    precision, recall = hits / max(called, 1), hits / max(true, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    return {"f1": f1, "precision": precision, "recall": recall, "mae": error / bins}


def altered_runs(samples: list[Sample], masks: list[np.ndarray], jump: float = 0.225) -> dict[str, int]:
    """Count altered runs of karyotyped samples: true ones, found ones, and false calls.

    A called run is a stretch of neighbouring segments on one chromosome that all lie at least `jump` (half a trisomy)
    above the sample's median level, or all below. A true run is found if called bins of its direction cover at least
    half of it. A called run is false if fewer than half of its bins are altered in its direction.
    """
    found = true = false = 0
    for sample, starts in zip(samples, masks, strict=True):
        mean = segment_means(sample.value, starts)
        called = np.where(np.abs(mean - np.median(mean)) >= jump, np.sign(mean - np.median(mean)), 0)
        truth = np.sign(sample.state)
        for a, b in _runs(truth, sample.edges):
            true += 1
            found += bool(np.mean(called[a:b] == truth[a]) >= 0.5)
        for a, b in _runs(called, sample.edges):
            false += bool(np.mean(truth[a:b] == called[a]) < 0.5)
    return {"true": true, "found": found, "false": false}


def gains_found(samples: list[Sample], masks: list[np.ndarray], tolerance: int = 3) -> dict[str, int]:
    """Count the stress profiles with two bins at -20, and those in which both ends of the gain are found."""
    hard = [(s, m) for s, m in zip(samples, masks, strict=True) if s.value.min() < -10]
    return {"true": len(hard), "found": sum(both_ends(s, m, tolerance) for s, m in hard)}


def both_ends(sample: Sample, starts: np.ndarray, tolerance: int) -> bool:
    """Return whether every true breakpoint has a called one within `tolerance` bins."""
    called = np.flatnonzero(starts)
    return all(np.abs(called - t).min() <= tolerance for t in np.flatnonzero(sample.true_starts) if t > 0)


def label_errors(position: np.ndarray, starts: np.ndarray, regions: np.ndarray) -> int:
    """Count expert-labelled regions with the wrong number of breakpoints.

    Args:
        position: (n,) base pairs of the probes of one profile.
        starts: (n,) bool.
        regions: (regions, 4): start, end, fewest and most breakpoints.

    The position of a breakpoint is midway between its two neighbouring probes.
    """
    first = np.flatnonzero(starts)[1:]
    at = (position[first] + position[first - 1]) / 2
    count = np.array([((at > a) & (at < b)).sum() for a, b, *_ in regions])
    return int(((count < regions[:, 2]) | (count > regions[:, 3])).sum())


def _runs(sign: np.ndarray, edges: np.ndarray) -> list[tuple[int, int]]:
    """Return the (start, end) of each maximal stretch of equal, non-zero sign inside a chromosome."""
    cut = np.diff(sign, prepend=np.nan) != 0
    cut[edges[:-1]] = True
    first = np.flatnonzero(cut)
    ends = np.append(first[1:], len(sign))
    return [(int(a), int(b)) for a, b in zip(first, ends, strict=True) if sign[a] != 0]
