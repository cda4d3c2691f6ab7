"""Simulated copy-number profiles with exact truth.

`simulate_array` is for arrays and bulk sequencing (log2 ratio of a mixture of tumour and normal cells),
`simulate_cell` for low-pass sequencing of single cells (overdispersed read counts, integer copies). Both need numpy
only and sample every parameter that is not given, so that one call returns one plausible sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.training.noise import correlated, log_uniform, sample_noise, sample_wave

HUMAN_MEGABASES = np.array(
    [249, 243, 198, 191, 181, 171, 159, 146, 141, 136, 135, 134, 115, 107, 103, 90, 81, 78, 59, 63, 48, 51, 155]
)
"""Lengths of human chromosomes 1-22 and X, in millions of base pairs."""

MAX_COPIES = 8
RATIO_FLOOR = 0.05
"""Copy ratio of a bin without reads, so that its log2 ratio is finite."""
_RANGES = {
    "purity": (0, 1),
    "sigma": (0, 100),
    "tails": (1, np.inf),
    "autocorrelation": (0, 0.99),
    "outliers": (0, 1),
    "wave": (0, 100),
    "contrast": (0, 1),
    "floor": (-100, 0),
    "events": (0, 1000),
    "focal": (0, 1000),
    "subclonal": (0, 1000),
    "shortest": (1, 12),
    "ploidy": (1, 4),
    "depth": (0.01, 1e9),
    "dispersion": (0, 10),
    "bin_megabases": (1e-6, 1e6),
}
"""Lowest and highest value of each parameter."""


class Simulated(NamedTuple):
    """One simulated sample.

    Args:
        log2: (n,) float32, the raw log2 ratio.
        level: (n,) float32, the log2 ratio without noise.
        state: (n,) int64, integer copies of the main clone.
        lengths: (c,) int64, bins of each chromosome, adding up to n.

    Example:
        >>> sample = simulate_cell(np.random.default_rng(0), [40, 60], events=0, focal=0)
        >>> sample.state.shape, int(sample.breakpoints.sum())
        ((100,), 0)
    """

    log2: np.ndarray
    level: np.ndarray
    state: np.ndarray
    lengths: np.ndarray

    @property
    def breakpoints(self) -> np.ndarray:
        """Return (n,) bool: bins that start a segment; chromosome starts are no breakpoints."""
        starts = np.diff(self.level, prepend=self.level[:1]) != 0
        starts[np.cumsum(self.lengths)[:-1]] = False
        return starts


def chromosome_bins(bin_megabases: float) -> np.ndarray:
    """Return the number of bins of each human chromosome (1-22, X) at a bin size, (23,) int64.

    Example:
        >>> from bridgeae_copynumber.training import chromosome_bins
        >>> int(chromosome_bins(1.0).sum())
        3034
    """
    _check(bin_megabases=bin_megabases)
    return np.maximum(HUMAN_MEGABASES / bin_megabases, 1).astype(np.int64)


def simulate_array(
    rng: np.random.Generator,
    lengths: Sequence[int] | np.ndarray = (2000,),
    *,
    purity: float | None = None,
    sigma: float | None = None,
    tails: float | None = None,
    autocorrelation: float | None = None,
    outliers: float | None = None,
    wave: float | None = None,
    contrast: float | None = None,
    floor: float | None = None,
    events: float | None = None,
    focal: float | None = None,
    subclonal: float = 0.0,
    shortest: int = 3,
    tracks: np.ndarray | None = None,
    residuals: np.ndarray | None = None,
) -> Simulated:
    """Simulate one array or bulk profile; parameters that are None are sampled.

    Args:
        rng: source of all randomness.
        lengths: (c,) bins of each chromosome.
        purity: share of tumour cells, in (0, 1].
        sigma: robust standard deviation of the noise, log2; tails and outliers come on top.
        tails: degrees of freedom of Student's t; infinity is Gaussian.
        autocorrelation: of neighbouring bins, AR(1), in [0, 1).
        outliers: share of outlier bins, by 4 to 15 sigma; one in eight has a neighbour that is off by less.
        wave: amplitude of smooth waves, in sigma.
        contrast: factor on all levels, at most 1: saturation of arrays.
        floor: log2 level below which levels flatten softly: homozygous deletions never reach minus infinity.
        events: long events per 1,000 bins.
        focal: short events (at most 12 bins) per 1,000 bins.
        subclonal: events per 1,000 bins in which only a part of the tumour cells gains or loses a copy.
        shortest: smallest number of bins of an event.
        tracks: (t, m) float, GC content and mappability along a genome; waves then follow a window of them.
        residuals: (r, m) float, rows of noise of real profiles with unit robust deviation; used instead of t noise.

    Raises:
        InputError: a parameter is out of its range, or rows are empty or not finite.

    Example:
        >>> sample = simulate_array(np.random.default_rng(0), [500, 300], purity=0.7, sigma=0.2)
        >>> sample.log2.shape, int(sample.lengths.sum())
        ((800,), 800)
    """
    _check(purity=purity, sigma=sigma, tails=tails, autocorrelation=autocorrelation, outliers=outliers, wave=wave)
    _check(contrast=contrast, floor=floor, events=events, focal=focal, subclonal=subclonal, shortest=shortest)
    _check_rows(tracks=tracks, residuals=residuals)
    lengths = _as_lengths(lengths)
    n = int(lengths.sum())
    purity = rng.uniform(0.3, 1) if purity is None else purity
    sigma = log_uniform(rng, 0.04, 0.45) if sigma is None else sigma
    contrast = (rng.uniform(0.4, 1) if rng.random() < 0.3 else 1.0) if contrast is None else contrast
    floor = rng.uniform(-5.5, -1) if floor is None else floor
    events = log_uniform(rng, 1, 15) if events is None else events
    focal = (log_uniform(rng, 1, 12) if rng.random() < 0.75 else 0) if focal is None else focal
    state = copy_states(rng, lengths, base=2, events=events, focal=focal, shortest=shortest)
    ratio = purity * _with_subclones(rng, state, lengths, subclonal) / 2 + 1 - purity
    level = contrast * np.log2(np.maximum(ratio, 1e-9))
    level = floor + np.logaddexp(0, 4 * (level - floor)) / 4
    noise = sample_noise(rng, n, tails, autocorrelation, outliers, residuals)
    weak = rng.choice([0, 0, rng.uniform(0, 0.6)])  # log2 of little DNA is noisier
    noise *= np.exp(-weak * np.clip(level, -2, 1))
    noise[ratio < 0.25] *= rng.uniform(1, 3)
    amplitude = (rng.exponential(0.3) if rng.random() < 0.6 else 0.0) if wave is None else wave
    log2 = level + sigma * (noise + amplitude * sample_wave(rng, lengths, tracks))
    return Simulated(log2.astype(np.float32), level.astype(np.float32), state, lengths)


def simulate_cell(
    rng: np.random.Generator,
    lengths: Sequence[int] | np.ndarray | None = None,
    *,
    ploidy: int | None = None,
    depth: float | None = None,
    dispersion: float | None = None,
    autocorrelation: float | None = None,
    wave: float | None = None,
    events: float | None = None,
    focal: float | None = None,
    shortest: int = 3,
    tracks: np.ndarray | None = None,
) -> Simulated:
    """Simulate one single cell sequenced at low depth; parameters that are None are sampled.

    Args:
        rng: source of all randomness.
        lengths: (c,) bins of each chromosome; default: human chromosomes in bins of 500 kb.
        ploidy: the most common number of copies, 1 to 4.
        depth: mean reads a bin.
        dispersion: variance of the reads beyond Poisson, relative to the square of their mean.
        autocorrelation: of the amplification bias of neighbouring bins, in [0, 1).
        wave: standard deviation of the GC and mappability bias left after correction, log2.
        events: long events per 1,000 bins.
        focal: short events per 1,000 bins.
        shortest: smallest number of bins of an event.
        tracks: (t, m) float, GC content and mappability along a genome; waves then follow a window of them.

    Raises:
        InputError: a parameter is out of its range, or rows are empty or not finite.

    Example:
        >>> import numpy as np
        >>> from bridgeae_copynumber.training import simulate_cell
        >>> simulate_cell(np.random.default_rng(0), [200, 100], ploidy=2).log2.shape
        (300,)
    """
    _check(ploidy=ploidy, depth=depth, dispersion=dispersion, autocorrelation=autocorrelation, wave=wave)
    _check(events=events, focal=focal, shortest=shortest)
    _check_rows(tracks=tracks)
    lengths = _as_lengths(chromosome_bins(0.5) if lengths is None else lengths)
    n = int(lengths.sum())
    ploidy = int(rng.choice([2, 2, 2, 3, 3, 4])) if ploidy is None else ploidy
    depth = log_uniform(rng, 20, 1000) if depth is None else depth
    dispersion = log_uniform(rng, 0.001, 0.06) if dispersion is None else dispersion
    autocorrelation = rng.choice([0, 0, 0, rng.uniform(0, 0.6)]) if autocorrelation is None else autocorrelation
    wave = rng.choice([0, rng.uniform(0, 0.12)]) if wave is None else wave
    events = log_uniform(rng, 1, 15) if events is None else events
    focal = (log_uniform(rng, 1, 8) if rng.random() < 0.7 else 0) if focal is None else focal
    state = copy_states(rng, lengths, base=ploidy, events=events, focal=focal, shortest=shortest)
    bias = 2.0 ** (wave * sample_wave(rng, lengths, tracks))
    bias *= np.exp(np.sqrt(dispersion) * correlated(rng.standard_normal(n), autocorrelation))
    mean_state = max(state.mean(), 0.1)
    reads = rng.poisson(depth * (state / mean_state + 0.01) * bias)
    ratio = np.maximum(reads / max(reads.mean(), 1e-9), RATIO_FLOOR)
    level = np.log2(np.maximum(state / mean_state, RATIO_FLOOR))
    return Simulated(np.log2(ratio).astype(np.float32), level.astype(np.float32), state, lengths)


def copy_states(
    rng: np.random.Generator, lengths: np.ndarray, *, base: int, events: float, focal: float, shortest: int
) -> np.ndarray:
    """Sample integer copy numbers along a genome, (n,) int64 in 0..8.

    Long events cut chromosomes at uniform places; about half of the segments return to `base`. Short events of
    `shortest` to 12 bins then replace parts of them. `events` and `focal` are mean numbers per 1,000 bins.
    """
    n = int(lengths.sum())
    firsts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    cuts = rng.integers(0, n, rng.poisson(events * n / 1000))
    starts = np.unique(np.concatenate([firsts, cuts]))
    starts = starts[np.concatenate([[True], np.diff(starts) >= shortest]) | np.isin(starts, firsts)]
    weight = 0.55 ** np.abs(np.arange(MAX_COPIES + 1) - base)
    weight[0] *= 0.3
    states = rng.choice(MAX_COPIES + 1, len(starts), p=weight / weight.sum())
    states[rng.random(len(states)) < 0.3] = base
    state = np.repeat(states, np.diff(np.append(starts, n)))
    ends = np.cumsum(lengths)
    for at in rng.integers(0, n, rng.poisson(focal * n / 1000)):
        end = min(at + rng.integers(shortest, 13), ends[np.searchsorted(ends, at, side="right")])
        choice = rng.choice(MAX_COPIES + 1, p=weight / weight.sum())
        state[at:end] = choice if choice != state[at] else choice + rng.choice([-1, 1]) if choice else 1
    return np.minimum(state, MAX_COPIES).astype(np.int64)


def _with_subclones(rng: np.random.Generator, state: np.ndarray, lengths: np.ndarray, events: float) -> np.ndarray:
    """Return mean copies with subclonal events: 10 to 60 % of the cells gain or lose a copy in 10 to 200 bins."""
    copies = state.astype(float)
    ends = np.cumsum(lengths)
    for at in rng.integers(0, len(state), rng.poisson(events * len(state) / 1000)):
        end = min(at + int(log_uniform(rng, 10, 200)), ends[np.searchsorted(ends, at, side="right")])
        copies[at:end] += rng.choice([-1, 1]) * rng.uniform(0.1, 0.6)
    return np.maximum(copies, 0)


def _as_lengths(lengths: Sequence[int] | np.ndarray) -> np.ndarray:
    array = np.asarray(lengths)
    if array.ndim != 1 or len(array) == 0 or array.dtype.kind not in "iu" or (array < 1).any():
        raise InputError(f"`lengths` must be bins of each chromosome, all at least 1, received {lengths!r}.")
    return array.astype(np.int64)


def _check(**parameters: float | None) -> None:
    for name, value in parameters.items():
        low, high = _RANGES[name]
        if value is not None and not low <= value <= high:
            raise InputError(f"`{name}` must be between {low:g} and {high:g}, received {value!r}.")


def _check_rows(**rows: np.ndarray | None) -> None:
    for name, array in rows.items():
        if array is not None and not (np.ndim(array) == 2 and np.size(array) and np.isfinite(array).all()):
            raise InputError(
                f"`{name}` must be a filled (rows, bins) array of finite values, received shape {np.shape(array)}."
            )
