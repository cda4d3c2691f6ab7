"""Training pairs: rows of raw bins and rows of their segments.

A raw row holds (signal, smallest jump, mask), a segmented row (level, log spread, mask) of each bin, both in the
units of `pack`. Segments that differ by less than the smallest jump of the row are merged. Pairs come from simulation,
or from real profiles with the segments of some caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.profile import Profile, Segments
from bridgeae_copynumber.segmentation import GAP, LIMIT, SCALE, pack, without_small_jumps
from bridgeae_copynumber.training.noise import log_uniform
from bridgeae_copynumber.training.simulate import Simulated, simulate_array, simulate_cell

MIN_JUMP, LOCAL_BINS = 0.2, 40
"""Smallest jump of the rows, log2, and bins beyond which it falls: a part of the recipe of the shipped model."""
PRIOR_BINS = 5
"""Bins of spread 1 that shrink the spread of a segment towards 1."""
NO_MIN_JUMP_SHARE = 0.35
"""Share of simulated rows with a smallest jump of 0; the others have `MIN_JUMP`."""


def simulated_pairs(
    rng: np.random.Generator,
    n: int,
    *,
    length: int = 1024,
    tracks: np.ndarray | None = None,
    residuals: Sequence[np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of simulated samples: half arrays, half single cells, of many bin sizes.

    Args:
        rng: source of all randomness.
        n: rows.
        length: bins of a row.
        tracks: GC content and mappability for waves, see `simulate_array`.
        residuals: pools of noise of real profiles, each (r, m) float; a third of the arrays get noise from one of them.

    Returns:
        Raw rows and segmented rows, each (n, length, 3) float32.

    Example:
        >>> import numpy as np
        >>> from bridgeae_copynumber.training import simulated_pairs
        >>> raw, segmented = simulated_pairs(np.random.default_rng(0), 4, length=256)
        >>> raw.shape, segmented.shape
        ((4, 256, 3), (4, 256, 3))
    """
    pairs = [pair(_sample(rng, length, tracks, residuals), length, min_jump=_min_jump(rng)) for _ in range(n)]
    return np.stack([a for a, _ in pairs]), np.stack([b for _, b in pairs])


def pair(sample: Simulated, length: int | None = None, *, min_jump: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a raw row and a segmented row of one sample, each (length, 3) float32, without jumps below `min_jump`.

    Example:
        >>> import numpy as np
        >>> from bridgeae_copynumber.training import pair, simulate_array
        >>> sample = simulate_array(np.random.default_rng(0), [200])
        >>> [row.shape for row in pair(sample, 256, min_jump=0.2)]
        [(256, 3), (256, 3)]
    """
    packed = pack(sample.log2, sample.lengths, length=length, min_jump=min_jump)
    level = (_merged(sample.level.astype(np.float64), sample.lengths, min_jump) - packed.centre) / packed.sigma
    signal = (sample.log2 - packed.centre) / packed.sigma
    segmented = np.zeros((len(packed.x), 3), np.float32)
    bins = packed.x[:, 2] > 0
    segmented[bins, 0] = np.clip(level, -LIMIT, LIMIT) / SCALE
    segmented[bins, 1] = _log_spread(signal - level, level, sample.lengths)
    segmented[bins, 2] = 1
    return packed.x, segmented


def profile_pairs(
    profiles: Sequence[Profile], segments: Segments, *, length: int = 1024
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows of real profiles and of their segments.

    Returns:
        Raw rows and segmented rows, each (n, length, 3) float32, and (n,) str, the sample of each. Every profile comes
        twice, with `MIN_JUMP` as the smallest jump and with 0.

    Raises:
        InputError: the segments do not fit the profiles, or there are none for a profile.

    Example:
        >>> from bridgeae_copynumber import Profile, Segments
        >>> from bridgeae_copynumber.training import profile_pairs
        >>> bins = Profile("tumour", ["chr1"] * 3, [0, 100, 200], [100, 200, 300], [0.5, 0.5, -1.0])
        >>> calls = Segments(["tumour"] * 2, ["chr1"] * 2, [0, 200], [200, 300], [2, 1], [0.5, -1.0], [0.9, 0.9])
        >>> raw, segmented, samples = profile_pairs([bins], calls, length=16)
        >>> raw.shape, samples.tolist()
        ((2, 16, 3), ['tumour', 'tumour'])
    """
    raw: list[np.ndarray] = []
    segmented: list[np.ndarray] = []
    names: list[str] = []
    for profile in profiles:
        level = segments.levels(profile)
        present = ~profile.missing
        unknown = np.zeros(int(present.sum()), np.int64)
        sample = Simulated(profile.log2[present], level[present], unknown, profile.bins_present)
        for min_jump in (0.0, MIN_JUMP):
            a, b = pair(sample, min_jump=min_jump)
            for begin in range(0, len(a), length):
                short = max(begin + length - len(a), 0)
                for row, rows in ((a, raw), (b, segmented)):
                    rows.append(np.pad(row[begin : begin + length], ((0, short), (0, 0))))
                names.append(profile.sample)
    if not raw:
        raise InputError("`profiles` must hold at least one profile with segments, received none.")
    return np.stack(raw), np.stack(segmented), np.array(names)


def _min_jump(rng: np.random.Generator) -> float:
    """Sample a smallest jump that a user may ask for, log2: 0 or `MIN_JUMP`.

    The network gets the smallest jump in units of the noise. With one default this tells it the noise level, which it
    may use where the user asks for a smallest jump, and only there.
    """
    return 0.0 if rng.random() < NO_MIN_JUMP_SHARE else MIN_JUMP


def _merged(level: np.ndarray, lengths: np.ndarray, min_jump: float) -> np.ndarray:
    """Return the level without jumps below `min_jump`, (n,) float: such neighbours are merged into their mean."""
    forced = np.zeros(len(level), bool)
    forced[np.cumsum(lengths) - lengths] = True
    starts = np.flatnonzero((np.diff(level, prepend=level[:1]) != 0) | forced)
    if min_jump > 0:
        starts = without_small_jumps(level, starts, forced, min_jump, local_bins=LOCAL_BINS)
    bins = np.diff(np.append(starts, len(level)))
    merged: np.ndarray = np.repeat(np.add.reduceat(level, starts) / bins, bins)
    return merged


def _sample(
    rng: np.random.Generator,
    length: int,
    tracks: np.ndarray | None,
    residuals: Sequence[np.ndarray] | None,
) -> Simulated:
    """Sample an array (50 %), a cell in small bins (30 %) or a cell in bins of megabases (20 %) that fills a row."""
    tracks = tracks if rng.random() < 0.5 else None
    quiet: dict[str, Any] = {"events": 0.0, "focal": 0.0} if rng.random() < 0.08 else {}
    kind = rng.random()
    if kind < 0.5:
        typical = log_uniform(rng, 20, 3000)
        noise = residuals[int(rng.integers(len(residuals)))] if residuals and rng.random() < 0.35 else None
        lengths = _chromosomes(rng, length, typical) if typical < 800 else np.array([length - GAP])
        subclonal = log_uniform(rng, 1, 5) if rng.random() < 0.25 and not quiet else 0.0
        shortest = 2 if rng.random() < 0.25 else 3
        return simulate_array(
            rng, lengths, tracks=tracks, residuals=noise, subclonal=subclonal, shortest=shortest, **quiet
        )
    if kind < 0.8:
        typical = log_uniform(rng, 40, 600)
        return simulate_cell(rng, _chromosomes(rng, length, typical), tracks=tracks, **quiet)
    return simulate_cell(
        rng,
        _chromosomes(rng, length, log_uniform(rng, 10, 50)),
        tracks=tracks,
        events=log_uniform(rng, 8, 80),
        focal=log_uniform(rng, 1, 30),
        shortest=1,
        depth=log_uniform(rng, 60, 3000),
        autocorrelation=rng.choice([0, rng.uniform(0, 0.7)]),
    )


def _chromosomes(rng: np.random.Generator, length: int, typical: float) -> np.ndarray:
    """Sample chromosome lengths that fill a row of `length` bins, with gaps, (c,) int64."""
    lengths = []
    left = length
    while left > 12 + GAP:
        bins = int(typical * np.exp(0.5 * rng.standard_normal()))
        lengths.append(max(min(bins, left - GAP), 4))
        left -= lengths[-1] + GAP
    return np.array(lengths or [length - GAP], np.int64)


def _log_spread(residual: np.ndarray, level: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the log of the winsorised deviation of each bin's segment, (n,) float, in sigma."""
    start = np.diff(level, prepend=np.nan) != 0
    start[np.cumsum(lengths)[:-1]] = True
    at = np.flatnonzero(start)
    bins = np.diff(np.append(at, len(level)))
    squares = np.add.reduceat(np.clip(residual, -4, 4) ** 2, at)
    spread: np.ndarray = np.repeat(0.5 * np.log((squares + PRIOR_BINS) / (bins + PRIOR_BINS)), bins)
    return spread
