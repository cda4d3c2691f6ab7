"""Metrics of translations: accuracy with its interval, diversity, and Frechet distance."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.errors import InputError

_Z = 1.96  # of a 95 % interval


def wilson_interval(successes: float, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share (Wilson 1927).

    Example:
        >>> from bridgeae.evaluation import wilson_interval
        >>> low, high = wilson_interval(117, 120)
        >>> round(low, 3), round(high, 3)
        (0.929, 0.991)
    """
    if not 0 <= successes <= n or n < 1:
        raise InputError(f"`successes` must lie in 0..`n` and `n` be positive, received {successes} of {n}.")
    share, width = successes / n, 1 + _Z * _Z / n
    centre = share + _Z * _Z / (2 * n)
    half = _Z * np.sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n))
    return max(0.0, float((centre - half) / width)), min(1.0, float((centre + half) / width))


def share(right: np.ndarray) -> dict[str, Any]:
    """Return `n`, `right`, `accuracy` and its `interval` (95 %, Wilson) of (n,) bool.

    Example:
        >>> import numpy as np
        >>> from bridgeae.evaluation import share
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
    spreads = [x[labels == c].std(0, dtype=float).mean() for c in np.unique(labels) if (labels == c).sum() > 1]
    return float(np.mean(spreads)) if spreads else None


def equal_parts(
    labels: np.ndarray, real_labels: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Choose translations and as many real samples, class by class, that are compared with the same other real samples.

    Args:
        labels: (n,) classes of the translations.
        real_labels: (m,) classes of the real samples.
        rng: source of the choice.

    Returns:
        (translations, twins, reference): indices of translations, of as many real samples of each class, and of the
        other real samples. At most half of the real samples of a class are twins.

    Raises:
        InputError: a class has no real sample.
    """
    chosen, twins = [], []
    for c in np.unique(labels):
        ours, real = (rng.permutation(np.flatnonzero(column == c)) for column in (labels, real_labels))
        if not len(real):
            raise InputError(f"class {c} has no real sample to compare with.")
        count = min(len(ours), len(real) // 2)
        chosen.append(ours[:count])
        twins.append(real[:count])
    reference = np.setdiff1d(np.flatnonzero(np.isin(real_labels, labels)), np.concatenate(twins))
    return np.concatenate(chosen), np.concatenate(twins), reference


def confusion(truth: np.ndarray, predicted: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the confusion matrix (k, k) int64: rows are true classes, columns predicted ones."""
    table = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(table, (np.searchsorted(classes, truth), np.searchsorted(classes, predicted)), 1)
    return table
