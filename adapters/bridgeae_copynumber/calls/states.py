"""Gain or loss of each segment, with the probability that it is right."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bridgeae_copynumber.calls.names import STATES

HIGH = 1.2
"""Gains beyond this log2 ratio are amplifications, losses beyond its negative are deep: in a pure diploid sample five
or more copies, and less than one."""
SPREAD = 0.03
"""Deviation of neutral segments that is no noise: waves and the error of the baseline, log2."""
INFLATION = 1.1
"""Factor on the standard error, as segments were chosen for their deviation; more for segments of few bins."""
FEW_BINS = 0.5
FREEDOM = 1.0
"""Degrees of freedom of a segment's mean, plus half its bins: means of few bins have outliers."""
GAIN_SCALE, LOSS_SCALE = 0.35, 0.5
"""Scales of the gamma distributions (shape 2) of true gains and losses, log2."""
PRIOR = np.array([6.0, 2.0, 2.0])
"""Neutral, gained and lost segments that are assumed beside those of the sample."""
_GRID = np.arange(0.03, 6.0, 0.03)
_ROUNDS = 10


class CalledStates(NamedTuple):
    """Calls of segments.

    Args:
        call: (n,) str, one of `STATES`.
        probability: (n,) float64, that the call is right; NaN where none was made.
    """

    call: np.ndarray
    probability: np.ndarray


def call_states(
    deviation: np.ndarray, error: np.ndarray, n_bins: np.ndarray, high: tuple[float, float] = (HIGH, -HIGH)
) -> CalledStates:
    """Call the state of each segment of one sample.

    Empirical Bayes: true levels are 0, or a gain or a loss of gamma-distributed size; the shares of the three are
    estimated from the sample (EM). Means lie about the true level as Student's t. The constants were chosen on
    simulated samples; `benchmarks/calls.py` prints how often calls of each probability are right on others.

    Args:
        deviation: (n,) float, mean of each segment less its normal level, log2; NaN where no level is normal.
        error: (n,) float, standard error of the mean.
        n_bins: (n,) int.
        high: level above which a gain is an amplification, and below which a loss is deep, log2.
    """
    known = np.isfinite(deviation)
    call, probability = np.full(len(deviation), "neutral", "<U13"), np.full(len(deviation), np.nan)
    if known.any():
        posterior = _posterior(deviation[known], error[known], n_bins[known], high)
        kind = posterior[:, :3].argmax(1)
        beyond = (kind > 0) & (posterior[:, 3] > 0.5)
        call[known] = np.array(STATES)[kind + 2 * beyond]
        side = np.take_along_axis(posterior, kind[:, None], 1)[:, 0]
        share = np.where(beyond, posterior[:, 3], 1 - posterior[:, 3])
        probability[known] = side * np.where(kind > 0, share, 1.0)
    return CalledStates(call, probability)


def _posterior(deviation: np.ndarray, error: np.ndarray, n_bins: np.ndarray, high: tuple[float, float]) -> np.ndarray:
    """Return (n, 4): probabilities of neutral, gain and loss, and of a high level given the likelier of the two."""
    scale = np.hypot(INFLATION * (1 + FEW_BINS / np.maximum(n_bins, 1)) * error, SPREAD)
    freedom = FREEDOM + n_bins / 2
    neutral = _student(deviation / scale, freedom) / scale
    sides = []
    for sign, size in ((1, GAIN_SCALE), (-1, LOSS_SCALE)):
        prior = _GRID * np.exp(-_GRID / size)
        z = (sign * deviation[:, None] - _GRID) / scale[:, None]
        sides.append(_student(z, freedom[:, None]) / scale[:, None] * prior / prior.sum())
    likelihood = np.stack([neutral, sides[0].sum(1), sides[1].sum(1)], 1) + 1e-300
    share = PRIOR / PRIOR.sum()
    for _ in range(_ROUNDS):
        posterior = likelihood * share
        posterior /= posterior.sum(1, keepdims=True)
        share = (posterior.sum(0) + PRIOR) / (len(posterior) + PRIOR.sum())
    side = np.where((deviation > 0)[:, None], sides[0], sides[1])
    limit = np.where(deviation > 0, high[0], -high[1])[:, None]
    beyond = (side * (limit < _GRID)).sum(1) / np.maximum(side.sum(1), 1e-300)
    return np.concatenate([posterior, beyond[:, None]], 1)


def _student(z: np.ndarray, freedom: np.ndarray) -> np.ndarray:
    """Return the density of Student's t, up to a factor."""
    return (1 + z * z / freedom) ** (-(freedom + 1) / 2)
