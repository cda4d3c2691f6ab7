"""What cross-validation over pairs needs: their arrays, units, folds, and the weights of the candidates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bridgeae.autoencoder.standardising import learn_scaling
from bridgeae.linker.latents import Standardiser

_DRAWN = 4096  # pairs of a pairing that only draws
LEAVE_ONE_OUT = 40
"""Blocks of pairs up to which each is a fold of its own."""
_MIN_WEIGHT = 0.05
_BLOWN_UP = 15.0  # standard deviations beyond which a value hardly ever varies
_DOUBT = 0.5  # weight of the squared relative standard error of the gain over the mean
_WORTH = 0.002  # R2 that a sum of candidates must gain over the best one


def learn_units(x: np.ndarray, scale: str) -> Standardiser:
    """Learn from rows (n, d); `scale` is "one" for all values or "feature" for each. It is 1 where none varies."""
    spread = x.std(0)
    if scale == "one":
        spread = np.full(len(spread), np.sqrt(np.mean(spread**2)))
    least = 1e-6 * np.maximum(np.abs(x.mean(0)), spread.max() * 1e-6)
    return Standardiser(x.mean(0), np.where(spread > least, spread, 1.0))


def learn_target_units(y: np.ndarray) -> Standardiser:
    """Learn units in which errors count: by variance, and for the columns of a table each value alike as well.

    So R2 is what is minimised, and uniform R2 with it. Nearly dead pixels would drown all others in that.
    """
    variance = y.var(0)
    total = float(variance.sum()) or 1.0
    weight = np.full(len(variance), 1 / total)
    each = learn_units(y, "feature").apply(y)
    if np.abs(each).max() <= _BLOWN_UP or learn_scaling(y.astype(np.float32), "auto").kind == "feature":
        varies = variance > 1e-20 * total
        weight += np.where(varies, 1 / np.where(varies, variance, 1), 0) / len(variance)
    return Standardiser(y.mean(0), 1 / np.sqrt(weight))


def known_pairs(pairing: Any, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of all pairs, if the pairing lists them with equal weights, or of many that it draws."""
    if hasattr(pairing, "source_") and getattr(pairing, "weights", 0) is None:
        return pairing.source_, pairing.target_
    i, j = pairing.sample(max(_DRAWN, min(4 * n, 2 * _DRAWN)), rng)
    return i, j


def folds_of(block: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return the fold (n,) of each pair; pairs of one block stay together, and few blocks are left out one by one."""
    names, block = np.unique(block, return_inverse=True)
    if len(names) < 3:  # one patient, or all alike: the pairs themselves are split
        block, names = np.arange(len(block)), np.arange(len(block))
    count = len(names) if len(names) <= LEAVE_ONE_OUT else count
    return np.asarray((rng.permutation(len(names)) % count)[block])


def stack_weights(
    names: Sequence[str], made: Sequence[np.ndarray], y: np.ndarray
) -> tuple[np.ndarray, dict[str, float]]:
    """Return non-negative weights of candidates, and the cross-validated R2 of each and of the "choice".

    Where few pairs hardly show that the choice beats the mean, its weights shrink.

    Args:
        names: of the candidates.
        made: what each predicts (n, d') for pairs that it never saw, about zero.
        y: (n, d') the truth, about zero.
    """
    from scipy.optimize import nnls

    total = float((y**2).sum()) or 1.0
    gram = np.array([[float((a * b).sum()) for b in made] for a in made])
    cross = np.array([float((a * y).sum()) for a in made])

    def score(weights: np.ndarray) -> float:
        return float(2 * weights @ cross - weights @ gram @ weights) / total

    alone = np.eye(len(made))
    scores = {name: score(weights) for name, weights in zip(names, alone, strict=True)}
    used = np.ones(len(made), bool)
    for _ in range(2):
        root = np.linalg.cholesky(gram[np.ix_(used, used)] + 1e-9 * total * np.eye(int(used.sum())))
        weights = np.zeros(len(made))
        weights[used] = nnls(root.T, np.linalg.solve(root, cross[used]))[0]
        used = weights > _MIN_WEIGHT
        if not used.any():
            break
    weights = np.where(used, weights, 0)
    best = alone[int(np.argmax([scores[name] for name in names]))]
    if score(weights) < score(best) + _WORTH:
        weights = best
    weights = weights * _trusted(np.tensordot(weights, np.asarray(made), 1), y)
    return weights, scores | {"choice": score(weights)}


def r2_of(made: np.ndarray, y: np.ndarray) -> float:
    """Return the R2 of predictions (n, d') about zero."""
    return float(1 - ((made - y) ** 2).sum() / ((y**2).sum() or 1.0))


def _trusted(made: np.ndarray, y: np.ndarray) -> float:
    """Return the factor that shrinks predictions towards the mean where few pairs hardly show that they beat it.

    In the manner of James and Stein (1961): the less, the larger the gain over the mean beside its standard error.
    """
    gain = (y**2).sum(1) - ((y - made) ** 2).sum(1)
    if (total := float(gain.sum())) <= 0:
        return 0.0
    return max(0.0, 1 - _DOUBT * len(gain) * float(gain.var()) / total**2)
