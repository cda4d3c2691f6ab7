"""Simulated cells of one individual: a tree of clones with shared breakpoints, private ones, and exact truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.training.noise import correlated, log_uniform, sample_wave
from bridgeae_copynumber.training.simulate import MAX_COPIES, RATIO_FLOOR, chromosome_bins

PRIVATE_BINS = 30
"""Most bins of an event that one cell alone has, on average a third of it."""


class SimulatedClones(NamedTuple):
    """Cells of one individual.

    Args:
        log2: (cells, n) float32, the raw log2 ratio.
        level: (cells, n) float32, the log2 ratio without noise.
        state: (cells, n) int64, integer copies.
        clone: (cells,) int64, the clone of each cell.
        lengths: (c,) int64, bins of each chromosome, adding up to n.

    Example:
        >>> import numpy as np
        >>> from bridgeae_copynumber.training import chromosome_bins, simulate_clones
        >>> cohort = simulate_clones(np.random.default_rng(0), 6, lengths=chromosome_bins(5.0))
        >>> cohort.log2.shape == cohort.state.shape and len(cohort.clone) == 6
        True
    """

    log2: np.ndarray
    level: np.ndarray
    state: np.ndarray
    clone: np.ndarray
    lengths: np.ndarray

    @property
    def breakpoints(self) -> np.ndarray:
        """Return (cells, n) bool: bins that start a segment; chromosome starts are no breakpoints."""
        starts = np.diff(self.state, axis=1, prepend=self.state[:, :1]) != 0
        starts[:, np.cumsum(self.lengths)[:-1]] = False
        return starts

    @property
    def private(self) -> np.ndarray:
        """Return (cells, n) bool: the breakpoints that no other cell has within two bins."""
        starts = self.breakpoints
        near = starts.astype(np.int64)
        for k in (1, 2):
            near[:, k:] |= starts[:, :-k]
            near[:, :-k] |= starts[:, k:]
        return starts & (near.sum(0) == 1)


def simulate_clones(
    rng: np.random.Generator,
    cells: int = 40,
    *,
    lengths: Sequence[int] | np.ndarray | None = None,
    clones: int | None = None,
    depth: float | None = None,
    dispersion: float | None = None,
    wave: float | None = None,
    ploidy: int | None = None,
    shared: float | None = None,
    private: float | None = None,
) -> SimulatedClones:
    """Simulate cells of one individual; parameters that are None are sampled.

    A founder has events of its own. Clones descend from it one by one, each from a random earlier one, with further
    events; a cell adds private ones to those of its clone. An event adds or removes copies in a part of a chromosome,
    or in all of it. Half of the founders of even ploidy above 2 doubled their genome after their first events.

    Args:
        rng: source of all randomness.
        cells: number of cells.
        lengths: (c,) bins of each chromosome; default: human chromosomes in bins of 2 megabases.
        clones: number of clones, the founder's included; their sizes are uneven.
        depth: mean reads a bin.
        dispersion: variance of the reads beyond Poisson, relative to the square of their mean.
        wave: standard deviation of the smooth bias that is left, log2; half of its variance is common to all cells.
        ploidy: copies before any event, 1 to 4.
        shared: mean number of events of a clone beyond its parent's.
        private: mean number of events of a cell beyond its clone's.

    Raises:
        InputError: `cells` or `clones` is not positive, or `depth` is.

    Example:
        >>> cells = simulate_clones(np.random.default_rng(0), 5, lengths=[100, 80], clones=2)
        >>> cells.log2.shape
        (5, 180)
    """
    clones = int(rng.integers(1, 9)) if clones is None else clones
    depth = log_uniform(rng, 5, 200) if depth is None else depth
    if cells < 1 or clones < 1 or not depth > 0:
        raise InputError(
            f"`cells`, `clones` and `depth` must be positive, received {cells}, {clones} and {depth}: give more."
        )
    lengths = np.asarray(chromosome_bins(2.0) if lengths is None else lengths, np.int64)
    dispersion = log_uniform(rng, 0.001, 0.06) if dispersion is None else dispersion
    wave = rng.choice([0, rng.uniform(0, 0.12)]) if wave is None else wave
    ploidy = int(rng.choice([2, 2, 2, 3, 3, 4])) if ploidy is None else ploidy
    shared = log_uniform(rng, 3, 15) if shared is None else shared
    private = log_uniform(rng, 0.5, 5) if private is None else private
    genomes = _clones(rng, lengths, clones, ploidy, shared)
    share = rng.dirichlet(np.full(clones, 1.5))
    clone = np.sort(rng.choice(clones, cells, p=share))
    state = np.stack([_with_events(rng, genomes[k], lengths, rng.poisson(private), private=True) for k in clone])
    log2, level = _reads(rng, state, lengths, depth, dispersion, wave)
    return SimulatedClones(log2, level, state, clone, lengths)


def _clones(rng: np.random.Generator, lengths: np.ndarray, clones: int, ploidy: int, shared: float) -> np.ndarray:
    """Return the copies of each clone, (clones, n) int64."""
    doubled = ploidy == 4 and rng.random() < 0.5
    founder = np.full(int(lengths.sum()), 2 if doubled else ploidy)
    founder = _with_events(rng, founder, lengths, rng.poisson(2 * shared))
    if doubled:
        founder = _with_events(rng, np.minimum(2 * founder, MAX_COPIES), lengths, rng.poisson(shared))
    genomes = [founder]
    for _ in range(clones - 1):
        parent = genomes[rng.integers(len(genomes))]
        genomes.append(_with_events(rng, parent, lengths, 1 + rng.poisson(shared)))
    return np.stack(genomes)


def _with_events(
    rng: np.random.Generator, state: np.ndarray, lengths: np.ndarray, events: int, *, private: bool = False
) -> np.ndarray:
    """Return copies with events: from 2 bins to a whole chromosome, or short ones for a cell's private events."""
    state, ends = state.copy(), np.cumsum(lengths)
    for _ in range(events):
        k = int(rng.choice(len(lengths), p=lengths / lengths.sum()))
        longest = min(int(lengths[k]), PRIVATE_BINS) if private else int(lengths[k])
        bins = longest if rng.random() < 0.15 else min(int(np.ceil(log_uniform(rng, 2, max(longest, 3)))), longest)
        at = ends[k] - lengths[k] + rng.integers(lengths[k] - bins + 1)
        change = rng.choice([-1, -1, 1, 1, 1, 2])
        alive = state[at : at + bins] > 0
        state[at : at + bins] += change * alive  # what is lost does not come back
    return np.clip(state, 0, MAX_COPIES)


def _reads(
    rng: np.random.Generator, state: np.ndarray, lengths: np.ndarray, depth: float, dispersion: float, wave: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return log2 ratios of overdispersed reads with waves, and the same without noise, each (cells, n) float32."""
    common = sample_wave(rng, lengths, None)
    rho = rng.choice([0, 0, 0, rng.uniform(0, 0.6)])
    log2 = np.empty(state.shape, np.float32)
    mean = np.maximum(state.mean(1, keepdims=True), 0.1)
    for k, copies in enumerate(state):
        bias = 2.0 ** (wave * np.sqrt(0.5) * (common + sample_wave(rng, lengths, None)))
        bias *= np.exp(np.sqrt(dispersion) * correlated(rng.standard_normal(len(copies)), rho))
        own_depth = depth * np.exp(0.2 * rng.standard_normal())
        reads = rng.poisson(own_depth * (copies / mean[k] + 0.01) * bias)
        log2[k] = np.log2(np.maximum(reads / max(reads.mean(), 1e-9), RATIO_FLOOR))
    return log2, np.log2(np.maximum(state / mean, RATIO_FLOOR)).astype(np.float32)
