"""From the bins of one sample to its breakpoints: the network, the exact programme, their places, the smallest jump."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.segmentation.dynamic_programming import best_breakpoints
from bridgeae_copynumber.segmentation.min_jump import MIN_JUMP, without_small_jumps
from bridgeae_copynumber.segmentation.network import MODEL, look
from bridgeae_copynumber.segmentation.packing import pack
from bridgeae_copynumber.segmentation.placement import placed

_PRICE, _PRICE_SLOPE, _LEAST = 2.7, 4.0, 1.0  # of a breakpoint: at log-odds 0, fall per unit of log-odds, the least
_CANDIDATE = -2.0  # log-odds from which a bin may start a segment, a probability of 12 %
_PEAK = -4.5  # the same for bins that are likelier than both neighbours: where a breakpoint lies is often unsure
_WINSOR = 1.4  # bins further than this from the network's level, in its scale, count as if at this distance
_PAIR = 3.7  # the same for two neighbours that agree, where the network gives a segment of just these two a chance
_LAGS = 12
_BARTLETT = 1 - np.arange(1, _LAGS + 1) / (_LAGS + 1)
_SPREAD = float(np.sqrt(_BARTLETT @ _BARTLETT))  # standard error of a sum so weighted over white noise, times sqrt(n)
_CHOSEN = 4.5  # factor of being chosen by the programme on the odds of a breakpoint, measured on simulated samples


class Called(NamedTuple):
    """Segments of one sample. starts: (k,) int64, first bins, chromosome starts included; confidence: (k,) float32 in
    [0, 1], the probability that both ends of the segment lie within two bins of a breakpoint."""

    starts: np.ndarray
    confidence: np.ndarray


def call(
    values: np.ndarray,
    lengths: np.ndarray,
    *,
    penalty: float = 1.0,
    min_bins: int = 2,
    min_jump: float = MIN_JUMP,
    model: str | Path = MODEL,
) -> Called:
    """Find the segments of one sample.

    Args:
        values: (n,) float, log2 ratio, finite, chromosomes end to end.
        lengths: (c,) int, bins of each chromosome, adding up to n; empty chromosomes are left out.
        penalty: factor on the price of a breakpoint; more gives fewer segments.
        min_bins: fewest bins of a segment.
        min_jump: smallest step between the means of neighbouring segments, log2. It guards against bias that
            neighbouring probes share, which no statistics of one sample can tell from a small gain; such bias averages
            out, so the limit falls with the square root of the bins of the segments beyond `jumps.LOCAL_BINS`. The
            network is told it, and segments that still differ by less are merged. 0 keeps every breakpoint that the
            noise allows.
        model: the network, an ONNX file.

    Raises:
        InputError: `values` are not finite or do not fit `lengths`, or a knob is out of range.
    """
    values = np.asarray(values, np.float64)
    lengths = np.asarray(lengths, np.int64)
    lengths = lengths[lengths > 0]
    _check(values, lengths, penalty, min_bins, min_jump)
    if not len(values):
        return Called(np.zeros(0, np.int64), np.zeros(0, np.float32))
    packed = pack(values, lengths, min_jump=min_jump)
    level, logit, scale = look(packed.x, model=model)
    forced = np.zeros(len(values), bool)
    forced[np.cumsum(lengths) - lengths] = True
    logit[forced] = -20
    starts = np.flatnonzero(_candidates(logit) | forced)
    distance = _winsorized((packed.signal - level) / scale, starts)
    signal = level + distance * scale
    weights = 1 / (_memory(distance) * scale * scale)
    prices = penalty * np.maximum(_LEAST, _PRICE - _PRICE_SLOPE * logit[starts])
    starts = best_breakpoints(signal, weights, starts, prices, forced[starts], min_bins=min_bins)
    starts = placed(starts, forced[starts], signal, weights, logit, min_bins=min_bins)
    if min_jump > 0:
        starts = without_small_jumps(signal * packed.sigma, starts, forced, min_jump)
    return Called(starts, _confidence(logit, starts, forced))


def _candidates(logit: np.ndarray) -> np.ndarray:
    """(n,) bool: the bins at which a segment may start."""
    chosen = logit > _CANDIDATE
    middle = logit[1:-1]
    chosen[1:-1] |= (middle > _PEAK) & (middle >= logit[:-2]) & (middle >= logit[2:])
    return chosen


def _winsorized(distance: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Pull outliers back to `_WINSOR`; two neighbours between candidates to what both reach, at most `_PAIR`.

    One bin far from the network's level is an outlier. Two that lie equally far may be a short segment that the
    network doubts, and cut down to the level of an outlier it could never pay for its two breakpoints.

    Args:
        distance: (n,) float, of bins from the network's level, in its scale.
        starts: (m,) int64, increasing, bins at which a segment may start.
    """
    winsorized = np.minimum(np.maximum(distance, -_WINSOR), _WINSOR)
    ends = np.concatenate([starts[1:], [len(distance)]])
    at = starts[ends - starts == 2]
    one, other = distance[at], distance[at + 1]
    both = np.minimum(np.abs(one), np.abs(other))
    agree = (one * other > 0) & (both > _WINSOR)
    at = at[agree]
    winsorized[at] = winsorized[at + 1] = np.copysign(np.minimum(both[agree], _PAIR), one[agree])
    return winsorized


def _memory(residual: np.ndarray) -> float:
    """How much less neighbours say that resemble each other: the ratio of long-run to short-run variance, less one
    standard error of it, at least 1."""
    n = len(residual)
    if n < 4 * _LAGS:
        return 1.0
    r = residual - residual.mean()
    variance = float(r @ r)
    if variance < 1e-9 * n:
        return 1.0
    covariance = np.correlate(r, r[:-_LAGS], "valid")[1:]
    return max(1.0, 1 + 2 * (float(_BARTLETT @ covariance) / variance - _SPREAD / n**0.5))


def _confidence(logit: np.ndarray, starts: np.ndarray, forced: np.ndarray) -> np.ndarray:
    """Give each segment the product over both ends of the probability of a breakpoint within two bins.

    Chromosome ends count as certain; a chromosome of one segment gets the probability that it has no breakpoint.

    Args:
        logit: (n,) float, log-odds of a breakpoint.
        starts: (k,) int64, segment starts.
        forced: (n,) bool, chromosome starts.
    """
    n = len(logit)
    missed = np.zeros(n + 1)  # running sum of minus the log probability that a bin is no breakpoint
    np.cumsum(np.log1p(np.exp(np.minimum(logit, 30))), out=missed[1:])
    none = np.exp(missed[np.maximum(starts - 2, 0)] - missed[np.minimum(starts + 3, n)])
    near = 1 - none / (none + _CHOSEN * (1 - none))
    fixed = forced[starts]
    near[fixed] = 1.0
    confidence = near * np.append(near[1:], 1.0)
    whole = np.flatnonzero(fixed & np.append(fixed[1:], True))
    confidence[whole] = np.exp(missed[starts[whole]] - missed[np.append(starts, n)[whole + 1]])
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
        raise InputError(f"`min_jump` must not be negative nor above 1e9, received {min_jump}.")
