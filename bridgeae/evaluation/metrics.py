"""Figures that say how good a translation is: right, varied, and like the real thing."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.errors import InputError

COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)
"""Shares of the samples, the most confident ones, for which it is told how many answers are right."""


def wilson_interval(successes: float, n: int, *, z: float = 1.96) -> tuple[float, float]:
    """Return the Wilson score interval of a share (Wilson 1927), 95 % by default.

    Example:
        >>> from bridgeae.evaluation.metrics import wilson_interval
        >>> low, high = wilson_interval(117, 120)
        >>> round(low, 3), round(high, 3)
        (0.929, 0.991)
    """
    if not 0 <= successes <= n or n < 1:
        raise InputError(f"`successes` must lie in 0..`n` and `n` be positive, received {successes} of {n}.")
    share, width = successes / n, 1 + z * z / n
    centre = share + z * z / (2 * n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, float((centre - half) / width)), min(1.0, float((centre + half) / width))


def share(right: np.ndarray) -> dict[str, Any]:
    """Count how many of (n,) bool are True: `n`, `right`, `accuracy` and its `interval` (95 %, Wilson).

    Example:
        >>> import numpy as np
        >>> from bridgeae.evaluation.metrics import share
        >>> share(np.array([True, True, False, True]))["accuracy"]
        0.75
    """
    n, k = len(right), int(np.sum(right))
    return {"n": n, "right": k, "accuracy": k / n, "interval": list(wilson_interval(k, n))} if n else {"n": 0}


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float | None:
    """Return the Frechet distance between two sets of features, as Gaussians (Heusel et al. 2017).

    None where a set has fewer than two samples, and so no spread.

    Args:
        a: (n, d) features of one set.
        b: (m, d) features of the other.
    """
    if min(len(a), len(b)) < 2:
        return None
    a, b = a.reshape(len(a), -1).astype(float), b.reshape(len(b), -1).astype(float)
    ca, cb = np.atleast_2d(np.cov(a.T)), np.atleast_2d(np.cov(b.T))
    # the eigenvalues of ca @ cb are real and non-negative: their roots sum to the trace of its matrix root
    root = np.sqrt(np.maximum(np.linalg.eigvals(ca @ cb).real, 0)).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca) + np.trace(cb) - 2 * root)


def class_spread(x: np.ndarray, labels: np.ndarray) -> float | None:
    """Return the within-class standard deviation of the values, mean over values and classes.

    None where no class has two samples.

    Args:
        x: (n, *sample); classes of a single sample are left out.
        labels: (n,) class of each sample.
    """
    spreads = [x[labels == c].std(0).mean() for c in np.unique(labels) if (labels == c).sum() > 1]
    return float(np.mean(spreads)) if spreads else None


def matched_sample(labels: np.ndarray, real_labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw indices of real samples that have the same number of each class as `labels`.

    Without replacement where there are enough. Raises `InputError` where a class has no real sample.
    """
    chosen = []
    for c, count in zip(*np.unique(labels, return_counts=True), strict=True):
        pool = np.flatnonzero(real_labels == c)
        if not len(pool):
            raise InputError(f"class {c} has no real sample to compare with.")
        chosen.append(rng.choice(pool, count, replace=count > len(pool)))
    return np.concatenate(chosen)


def confusion(truth: np.ndarray, called: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Count (true class, called class) pairs: (k, k) int64, rows are the truth, in the order of `classes`."""
    table = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(table, (np.searchsorted(classes, truth), np.searchsorted(classes, called)), 1)
    return table
