"""Breakpoints of one sample: network, exact choice among candidates, placement, merging of small jumps."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.segmentation.dynamic_programming import best_breakpoints
from bridgeae_copynumber.segmentation.min_jump import MIN_JUMP, without_small_jumps
from bridgeae_copynumber.segmentation.network import MODEL, run_network
from bridgeae_copynumber.segmentation.noise import measure_steps
from bridgeae_copynumber.segmentation.packing import pack
from bridgeae_copynumber.segmentation.placement import place
from bridgeae_copynumber.segmentation.prices import PRICE_AT_EVEN_ODDS, breakpoint_prices

NETWORK_SHARE = 0.68
"""Share of the smallest jump that the network is given. The exact limit comes after it."""
NOISE_FACTOR = 1.5
"""Factor on the measured noise: winsorising makes it smaller, and a part of the waves passes for segments."""
MIN_WEIGHT = 0.01
"""Smallest weight of a bin, next to the median of the sample."""
CANDIDATE_LOGIT = -2.0
"""A bin may start a segment from these log-odds on, a probability of 12 %."""
PEAK_LOGIT = -4.5
"""The same for bins likelier than both neighbours: the place of a breakpoint is often uncertain."""
MAX_DEVIATION = 1.4
"""Deviation from the network's level, in its scale, at which bins are winsorised."""
MAX_PAIR_DEVIATION = 3.7
"""The same for two bins that agree, where the network sees a possible segment of just these two."""
MAX_RISE = 5.0
"""Most that related samples add to the log-odds at which a breakpoint is placed."""
CHOSEN_ODDS_FACTOR = 4.5
"""Factor on the odds of a breakpoint that `best_breakpoints` chose, counted on simulated samples."""
LAGS = 12
_BARTLETT = 1 - np.arange(1, LAGS + 1) / (LAGS + 1)
_BARTLETT_ERROR = float(np.sqrt(_BARTLETT @ _BARTLETT))  # standard error of the sum for white noise, times sqrt(n)


class CalledSegments(NamedTuple):
    """Segments of one sample.

    Args:
        starts: (k,) int64, first bins, chromosome starts included.
        confidence: (k,) float32 in [0, 1], probability that both ends lie within two bins of a true breakpoint.
    """

    starts: np.ndarray
    confidence: np.ndarray


class Evidence(NamedTuple):
    """What the network sees in one sample, in units of its noise.

    Args:
        signal: (n,) float32, the bins.
        level, logit, scale: (n,) float32, as in `NetworkOutput`; chromosome starts have log-odds of -20.
        forced: (n,) bool, chromosome starts.
        centre: log2 ratio at signal 0.
        sigma: standard deviation of the noise, log2.
        weight: (n,) float, of the bins next to their median, or 1.
    """

    signal: np.ndarray
    level: np.ndarray
    logit: np.ndarray
    scale: np.ndarray
    forced: np.ndarray
    centre: float
    sigma: float
    weight: np.ndarray | float = 1.0

    def noise(self) -> tuple[np.ndarray, float]:
        """Return the bins without outliers, (n,) float32, log2, and the variance of one of many bins' mean, log2^2."""
        deviation = np.clip((self.signal - self.level) / self.scale, -MAX_DEVIATION, MAX_DEVIATION)
        variance = _variance_inflation(deviation) * float(np.mean(self.scale**2)) * self.sigma**2
        return (self.level + deviation * self.scale) * self.sigma + self.centre, variance


class SharedBreaks(NamedTuple):
    """Breakpoints of related samples, as one sample sees them.

    Args:
        starts: (k,) int64, increasing, first bins of segments.
        log_odds: (k,) float64, that the sample has the breakpoint, its own bins included.
        gain: (k,) float64, by which the breakpoint lowers the cost in `best_breakpoints`.
    """

    starts: np.ndarray
    log_odds: np.ndarray
    gain: np.ndarray

    def prices(self, penalty: float) -> np.ndarray:
        """Return prices at which a breakpoint pays just if its log-odds are positive, (k,) float64."""
        return np.maximum(self.gain - 2 * self.log_odds, 0) + (penalty - 1) * PRICE_AT_EVEN_ODDS


def call(
    values: np.ndarray,
    lengths: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    penalty: float = 1.0,
    min_bins: int = 2,
    min_jump: float = MIN_JUMP,
    model: str | Path = MODEL,
) -> CalledSegments:
    """Call the segments of one sample.

    A breakpoint must pay its price twice: in the exact choice, as if the noise of neighbouring bins were all, and then
    with the noise that the sample's own segments show over lengths such as theirs, waves included.

    Args:
        values: (n,) float, log2 ratio, finite, chromosomes end to end.
        lengths: (c,) int, bins of each chromosome, adding up to n; empty chromosomes are left out.
        weights: (n,) float from 0 on, how far each bin is to be trusted, in any unit.
        penalty: factor on the price of a breakpoint; more gives fewer segments.
        min_bins: smallest number of bins of a segment.
        min_jump: smallest step between the means of neighbouring segments, log2. It guards against bias that
            neighbouring probes share, which one sample alone cannot tell from a small gain. Such bias averages out, so
            the limit falls with the square root of the bins for segments beyond `min_jump.LOCAL_BINS`. The network
            gets two thirds of it as an input; segments that still differ by less are merged. 0 keeps every
            breakpoint that the noise allows.
        model: the network, an ONNX file.

    Raises:
        InputError: `values` are not finite or do not fit `lengths`, or an option is out of range.
        MissingFileError, FileFormatError: `model` is absent, or no ONNX file.
    """
    values = np.asarray(values, np.float64)
    lengths = np.asarray(lengths, np.int64)
    lengths = lengths[lengths > 0]
    _check(values, lengths, penalty, min_bins, min_jump)
    _check_weights(weights, len(values))
    if not len(values):
        return CalledSegments(np.zeros(0, np.int64), np.zeros(0, np.float32))
    evidence = observe(values, lengths, weights=weights, min_jump=min_jump, model=model)
    return choose(evidence, penalty=penalty, min_bins=min_bins, min_jump=min_jump)


def observe(
    values: np.ndarray, lengths: np.ndarray, *, weights: np.ndarray | None = None, min_jump: float, model: str | Path
) -> Evidence:
    """Return what the network sees in one sample; arguments as in `call`, no chromosome empty."""
    packed = pack(values, lengths, min_jump=NETWORK_SHARE * min_jump)
    level, logit, scale = run_network(packed.x, model=model)
    forced = np.zeros(len(values), bool)
    forced[np.cumsum(lengths) - lengths] = True
    logit[forced] = -20
    return Evidence(packed.signal, level, logit, scale, forced, packed.centre, packed.sigma, _relative(weights))


def choose(
    evidence: Evidence, *, penalty: float, min_bins: int, min_jump: float, shared: SharedBreaks | None = None
) -> CalledSegments:
    """Choose the segments of one sample; arguments as in `call`, and what related samples say of breakpoints."""
    signal, level, logit, scale, forced, _, sigma, weight = evidence
    candidate = _candidates(logit) | forced
    if shared is not None:
        candidate[shared.starts] = True
    starts = np.flatnonzero(candidate)
    prices = penalty * breakpoint_prices(logit, starts)
    if shared is not None:
        at = np.searchsorted(starts, shared.starts)
        prices[at] = np.minimum(prices[at], shared.prices(penalty))
        logit = logit.copy()
        logit[shared.starts] += np.clip(shared.log_odds, 0, MAX_RISE)
    deviation = _winsorized((signal - level) / scale, starts)
    signal = level + deviation * scale
    precision = weight / (_variance_inflation(deviation) * scale * scale)
    chosen = best_breakpoints(signal, precision, starts, prices, forced[starts], min_bins=min_bins)
    prices = NOISE_FACTOR * prices[np.searchsorted(starts, chosen)]
    if shared is not None:
        prices[np.isin(chosen, shared.starts)] = 0  # a wave is not shared
    starts = place(chosen, forced[chosen], signal, precision, logit, min_bins=min_bins)
    del deviation, precision, candidate
    signal *= sigma
    noise = measure_steps(signal, starts, growth=4)
    starts = without_small_jumps(signal, starts, forced, min_jump, prices=prices, noise=noise)
    return CalledSegments(starts, _confidence(logit, starts, forced))


def _relative(weights: np.ndarray | None) -> np.ndarray | float:
    """Return weights next to their median, (n,) float of at least `MIN_WEIGHT`, or 1."""
    if weights is None or not (middle := float(np.median(weights))) > 0:
        return 1.0
    return np.maximum(weights / middle, MIN_WEIGHT)


def _candidates(logit: np.ndarray) -> np.ndarray:
    """Return a mask of the bins at which a segment may start, (n,) bool."""
    candidate = logit > CANDIDATE_LOGIT
    middle = logit[1:-1]
    candidate[1:-1] |= (middle > PEAK_LOGIT) & (middle >= logit[:-2]) & (middle >= logit[2:])
    return candidate


def _winsorized(deviation: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return deviations cut at `MAX_DEVIATION`, or at `MAX_PAIR_DEVIATION` for two bins that agree.

    One bin far from the network's level is an outlier. Two bins between candidates that deviate in the same direction
    may be a short segment that the network doubts: cut like outliers, they could never pay for two breakpoints. Both
    then get the smaller of their deviations.

    Args:
        deviation: (n,) float, of bins from the network's level, in its scale.
        starts: (m,) int64, increasing, bins at which a segment may start.
    """
    winsorized = np.minimum(np.maximum(deviation, -MAX_DEVIATION), MAX_DEVIATION)
    ends = np.concatenate([starts[1:], [len(deviation)]])
    first = starts[ends - starts == 2]
    one, other = deviation[first], deviation[first + 1]
    smaller = np.minimum(np.abs(one), np.abs(other))
    agree = (one * other > 0) & (smaller > MAX_DEVIATION)
    first = first[agree]
    winsorized[first] = np.copysign(np.minimum(smaller[agree], MAX_PAIR_DEVIATION), one[agree])
    winsorized[first + 1] = winsorized[first]
    return winsorized


def _variance_inflation(residual: np.ndarray) -> float:
    """Return the ratio of long-run to short-run variance (Bartlett weights), less one standard error, at least 1.

    Autocorrelated bins hold less information than as many independent ones, so their weights are divided by this.
    """
    n = len(residual)
    if n < 4 * LAGS:
        return 1.0
    r = residual - residual.mean()
    variance = float(r @ r)
    if variance < 1e-9 * n:
        return 1.0
    covariance = np.correlate(r, r[:-LAGS], "valid")[1:]
    return max(1.0, 1 + 2 * (float(_BARTLETT @ covariance) / variance - _BARTLETT_ERROR / n**0.5))


def _confidence(logit: np.ndarray, starts: np.ndarray, forced: np.ndarray) -> np.ndarray:
    """Return for each segment the probability that a breakpoint lies within two bins of each of its ends.

    Chromosome ends count as certain. A chromosome of one segment gets the probability that it has no breakpoint.

    Args:
        logit: (n,) float, log-odds of a breakpoint.
        starts: (k,) int64, segment starts.
        forced: (n,) bool, chromosome starts.
    """
    n = len(logit)
    hazard = np.zeros(n + 1)  # running sum of -log(probability that a bin is no breakpoint)
    np.cumsum(np.log1p(np.exp(np.minimum(logit, 30))), out=hazard[1:])
    none = np.exp(hazard[np.maximum(starts - 2, 0)] - hazard[np.minimum(starts + 3, n)])
    near = 1 - none / (none + CHOSEN_ODDS_FACTOR * (1 - none))
    fixed = forced[starts]
    near[fixed] = 1.0
    confidence = near * np.append(near[1:], 1.0)
    alone = np.flatnonzero(fixed & np.append(fixed[1:], True))
    confidence[alone] = np.exp(hazard[starts[alone]] - hazard[np.append(starts, n)[alone + 1]])
    return confidence.astype(np.float32)


def _check(values: np.ndarray, lengths: np.ndarray, penalty: float, min_bins: int, min_jump: float) -> None:
    if values.ndim != 1 or lengths.sum() != len(values):
        raise InputError(
            f"`lengths` must add up to the {values.size} `values` of one sample, received {int(lengths.sum())}."
        )
    if not np.isfinite(values).all():
        bad = int((~np.isfinite(values)).sum())
        raise InputError(f"`values` must be finite, received {bad} NaN or infinite ones: leave missing bins out.")
    if not 0 < penalty <= 1e9:
        raise InputError(f"`penalty` must be positive and at most 1e9, received {penalty}.")
    if min_bins < 1:
        raise InputError(f"`min_bins` must be at least 1, received {min_bins}.")
    if not 0 <= min_jump <= 1e9:
        raise InputError(f"`min_jump` must be between 0 and 1e9, received {min_jump}.")


def _check_weights(weights: np.ndarray | None, n: int) -> None:
    if weights is None:
        return
    if np.shape(weights) != (n,) or not (np.isfinite(weights).all() and np.min(weights, initial=0) >= 0):
        raise InputError(f"`weights` must be {n} finite numbers from 0 on, one a value, received {np.shape(weights)}.")
