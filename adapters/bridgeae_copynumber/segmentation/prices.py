"""The price of a breakpoint: what the network says, how rare breakpoints are in the sample, and how many bins it has.

Prices are in units of the cost in `best_breakpoints`, twice a log-likelihood. The constants were chosen on simulations,
with the real sets in view; docs/experiments.md says how.
"""

from __future__ import annotations

import numpy as np

PRICE_AT_EVEN_ODDS = 2.7
PRICE_FALL_PER_LOGIT = 4.0
MIN_PRICE = 1.0
TRAINED_BINS = 100.0
"""Bins for each breakpoint in the simulation that trained the network."""
PRICE_PER_LOG_RARITY = 2.0
"""A breakpoint costs this much more for each factor of e by which breakpoints are rarer than in training."""
MAX_PRICE = 10.0
"""Highest price in a sample of up to `FEW_BINS` bins where breakpoints are as common as in training."""
FEW_BINS = 2000
MAX_PRICE_PER_LOG_BINS = 6.0
"""The highest price grows by this with the logarithm of the number of bins: more places are compared."""
ROUNDS = 3


def breakpoint_prices(logit: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the price of a breakpoint at some bins, (m,) float.

    The price falls with the network's log-odds. It rises where the sample has few breakpoints for its bins, since the
    network's odds are those of its training. A highest price makes sure that the network's doubt cannot veto a small
    step between long segments. It grows with the logarithm of the number of bins, as the modified BIC does (Zhang &
    Siegmund 2007, Biometrics 63:22).

    Args:
        logit: (n,) float, log-odds of a breakpoint at each bin of the sample.
        at: (m,) int, bins to price.
    """
    rare = max(PRICE_PER_LOG_RARITY * np.log(bins_per_breakpoint(logit) / TRAINED_BINS), 0.0)
    many = max(MAX_PRICE_PER_LOG_BINS * np.log(len(logit) / FEW_BINS), rare)
    prices = np.maximum(MIN_PRICE, PRICE_AT_EVEN_ODDS - PRICE_FALL_PER_LOGIT * logit[at]) + rare
    return np.asarray(np.minimum(prices, MAX_PRICE + many))


def bins_per_breakpoint(logit: np.ndarray) -> float:
    """Return about how many bins the sample has for each breakpoint.

    This is the adjustment of a classifier to new class shares by EM (Saerens, Latinne, Decaestecker 2002, Neural
    Computation 14:21), downwards only. It stops after `ROUNDS`: more would lose breakpoints of low contrast.

    Args:
        logit: (n,) float, log-odds of a breakpoint.
    """
    odds = np.exp(np.minimum(logit, 30.0))
    rarity = 1.0
    for _ in range(ROUNDS):
        share = _share(odds * rarity)
        rarity = min(1.0, share / (1 - share) * (TRAINED_BINS - 1))
    return 1 / share


def _share(odds: np.ndarray) -> float:
    """Return the share of bins that start a segment; one breakpoint is always assumed."""
    return min((float((odds / (1 + odds)).sum()) + 1) / len(odds), 0.5)
