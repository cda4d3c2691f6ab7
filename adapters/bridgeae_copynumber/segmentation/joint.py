"""Breakpoints that cells of one individual share, each cell with its own signal.

A cell is compared with the weighted mean of the cells most like it, its pool. The pool has less noise, and gives
breakpoints and their steps; how many of its cells have each of them, and which, is estimated by expectation and
maximisation. That share is the prior of the cell itself, and its own bins decide: the log-odds of a breakpoint are
those of the share plus the log-likelihood ratio of the cell's own bins for the step against none. A breakpoint that
only the cell itself shows keeps its price, so that private events are not lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.profile import Profile
from bridgeae_copynumber.segmentation.breakpoints import CalledSegments, Evidence, SharedBreaks, call, choose

NEIGHBOURS = 40
"""Most cells of a pool."""
SOFTNESS = 0.3
"""Excess of a cell's squared distance over that of the nearest one at which its weight falls to 1/e, as a share."""
BLOCK = 5
"""Bins whose mean enters the distance between cells."""
PRIOR_SHARE, PRIOR_CELLS = 0.7, 2.0
"""Share of a pool's cells that have one of its breakpoints, before their bins are seen, and the cells it counts for."""
STEPS = 4
"""Steps of expectation and maximisation."""
MIN_LOG_ODDS = -3.0
"""Breakpoints of a pool that are less likely in a cell are left to the cell alone."""
ROWS = 256
"""Cells whose distances to all others are in memory at once."""


class Cohort(NamedTuple):
    """Cells of one individual in the same bins.

    Args:
        signal: (cells, n) float32, log2 ratio without outliers, NaN where missing.
        variance: (cells,) float64, of a bin, log2 squared: that of the mean of m bins is 1/m of it.
        neighbours: (cells, k) int64, the most similar other cells of each cell, nearest first.
        weights: (cells, k) float64, their weights in its pool, adding up to 1.
        offsets: (c + 1,) int64, first bin of each chromosome, and n.
    """

    signal: np.ndarray
    variance: np.ndarray
    neighbours: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray


def check_joint(profiles: Sequence[Profile]) -> None:
    """Raise InputError unless there are several profiles, all in the same bins."""
    if len(profiles) < 2:
        raise InputError(f"`joint` needs at least two cells or regions of one individual, received {len(profiles)}.")
    first = profiles[0]
    other = next((p for p in profiles if not first.same_bins(p)), None)
    if other is not None:
        raise InputError(
            f"`joint` needs samples in the same bins: {other.sample} has other bins than {first.sample}. Bin them "
            "in the same way, or segment each alone."
        )


def gather(evidence: Sequence[Evidence], present: Sequence[np.ndarray], offsets: np.ndarray) -> Cohort:
    """Return the cohort of some cells.

    Args:
        evidence: of each cell's bins with a value.
        present: (m,) int64 of each cell, the bins that have one.
        offsets: (c + 1,) int64, first bin of each chromosome, and n.
    """
    signal = np.full((len(evidence), int(offsets[-1])), np.nan, np.float32)
    variance = np.ones(len(evidence))
    for k, (seen, bins) in enumerate(zip(evidence, present, strict=True)):
        if len(bins):
            signal[k, bins], variance[k] = seen.noise()
    neighbours, weights = _neighbours(_blocks(signal, offsets))
    return Cohort(signal, variance, neighbours, weights, offsets)


def call_shared(
    cohort: Cohort,
    cell: int,
    evidence: Evidence,
    present: np.ndarray,
    *,
    penalty: float,
    min_bins: int,
    min_jump: float,
    model: str | Path,
) -> CalledSegments:
    """Call the segments of one cell of a cohort; options as in `call`."""
    pool, known = _pool(cohort, cell)
    edges = np.searchsorted(known, cohort.offsets)
    called = call(pool[known], np.diff(edges), penalty=penalty, min_bins=min_bins, min_jump=min_jump, model=model)
    shared = _shared_breaks(cohort, cell, known[called.starts], ~np.isin(called.starts, edges))
    at = np.searchsorted(present, shared.starts)
    use = np.append(np.diff(at) > 0, True)[: len(at)] & (at < len(present))
    use[use] = ~evidence.forced[at[use]]
    own = SharedBreaks(at[use], shared.log_odds[use], shared.gain[use])
    return choose(evidence, penalty=penalty, min_bins=min_bins, min_jump=min_jump, shared=own)


def _blocks(signal: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Return means of `BLOCK` bins times the root of their number, centred, (cells, b) float32."""
    starts = np.concatenate([np.arange(a, b, BLOCK) for a, b in pairwise(offsets)])
    count = np.diff(np.append(starts, signal.shape[1]))
    missing = np.isnan(signal)
    if missing.any():
        known = np.maximum((~missing).sum(0), 1)
        typical = np.where(missing, 0, signal).sum(0) / known
        signal = np.where(missing, typical, signal)
    mean = np.add.reduceat(signal, starts, axis=1) / count
    centred = (mean - np.median(mean, axis=1, keepdims=True)) * np.sqrt(count)
    return centred.astype(np.float32)


def _neighbours(blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the most similar cells of each cell and their weights, (cells, k) int64 and float64.

    Weights fall with the squared distance beyond that of the nearest cell. At low depth noise makes all cells about
    as far, and many share the weight; at high depth other clones lie farther, and get none.
    """
    cells = len(blocks)
    k = min(NEIGHBOURS, cells - 1)
    square = np.einsum("ij,ij->i", blocks, blocks)
    neighbours, nearest = np.empty((cells, k), np.int64), np.empty((cells, k))
    for begin in range(0, cells, ROWS):
        rows = np.arange(begin, min(begin + ROWS, cells))
        distance = square[rows, None] + square - 2 * blocks[rows] @ blocks.T
        distance[rows - begin, rows] = np.inf
        near = np.argpartition(distance, k - 1, axis=1)[:, :k]
        value = np.take_along_axis(distance, near, axis=1)
        order = np.argsort(value, axis=1, kind="stable")
        neighbours[rows] = np.take_along_axis(near, order, axis=1)
        nearest[rows] = np.take_along_axis(value, order, axis=1)
    least = np.maximum(nearest[:, :1], 1e-6)
    weights = np.exp(-np.maximum(nearest - least, 0) / (SOFTNESS * least))
    return neighbours, weights / weights.sum(1, keepdims=True)


def _pool(cohort: Cohort, cell: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted mean of a cell's neighbours, (n,) float64, and the bins that have one, (m,) int64."""
    rows, weights = cohort.signal[cohort.neighbours[cell]], cohort.weights[cell]
    pool = weights @ rows
    if np.isfinite(pool).all():
        return pool, np.arange(len(pool))
    found = np.isfinite(rows)
    share = weights @ found
    pool = weights @ np.where(found, rows, 0) / np.maximum(share, 1e-12)
    return pool, np.flatnonzero(share > 1e-6)


def _shared_breaks(cohort: Cohort, cell: int, starts: np.ndarray, free: np.ndarray) -> SharedBreaks:
    """Return the breakpoints of a cell's pool, and the log-odds that the cell has them.

    Args:
        cohort: all cells.
        cell: the cell.
        starts: (k,) int64, first bins of the pool's segments.
        free: (k,) bool, those that start no chromosome.
    """
    cells = np.append(cohort.neighbours[cell], cell)
    step, precision = (x[:, free[1:]] for x in _steps(cohort.signal[cells], cohort.variance[cells], starts))
    odds = _log_odds(step, precision, cohort.weights[cell])
    likely = odds > MIN_LOG_ODDS
    gain = step[-1] ** 2 * precision[-1]
    return SharedBreaks(starts[free][likely], odds[likely], gain[likely])


def _steps(signal: np.ndarray, variance: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the step between neighbouring segments in each cell, and one over its variance, (cells, k - 1) float64.

    A cell without a bin in one of the two segments has a step of precision 0.
    """
    known = np.isfinite(signal)
    total = np.add.reduceat(np.where(known, signal, 0), starts, axis=1, dtype=np.float64)
    count = np.add.reduceat(known, starts, axis=1, dtype=np.float64)
    mean = total / np.maximum(count, 1)
    both = count[:, 1:] * count[:, :-1] / np.maximum(count[:, 1:] + count[:, :-1], 1)
    return np.diff(mean, axis=1), both / variance[:, None]


def _log_odds(step: np.ndarray, precision: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the log-odds that the last cell has each breakpoint that its pool has, (k,) float64.

    Args:
        step: (cells + 1, k) float64, step of each cell of the pool, and of the cell itself.
        precision: (cells + 1, k) float64, one over the variance of each step.
        weights: (cells,) float64, of the cells of the pool.
    """
    weights = weights / weights.max()
    size, share = weights @ step[:-1] / weights.sum(), np.full(step.shape[1], PRIOR_SHARE)
    for _ in range(STEPS):
        prior = np.log(share / (1 - share))
        has = 1 / (1 + np.exp(-np.clip(prior + _ratio(step[:-1], size, precision[:-1]), -30, 30)))
        share = (weights @ has + PRIOR_SHARE * PRIOR_CELLS) / (weights.sum() + PRIOR_CELLS)
        mass = weights[:, None] * has * precision[:-1]
        size = (mass * step[:-1]).sum(0) / np.maximum(mass.sum(0), 1e-12)
    odds: np.ndarray = np.log(share / (1 - share)) + _ratio(step[-1], size, precision[-1])
    return odds


def _ratio(step: np.ndarray, size: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Return the log-likelihood ratio of steps of a known size against none."""
    return (step * size - size * size / 2) * precision
