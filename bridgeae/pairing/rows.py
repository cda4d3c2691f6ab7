"""Whether two labelled sides are paired row by row, where nobody said so."""

from __future__ import annotations

import numpy as np

from bridgeae.domain import Domain

_MAX_SAMPLES = 500
_MIN_SAMPLES = 20
_PERMUTATIONS = 60
_EVIDENT = 6.0  # standard deviations


def rows_belong_together(source: Domain, target: Domain) -> bool:
    """Return whether sample k of one side evidently belongs with sample k of the other.

    It does where the labels are equal row by row and the samples share more than those: the dependence of rows within
    a class (linear HSIC, Gretton et al. 2005) is far beyond that of rows in another order within the class.
    """
    if len(source) != len(target) or len(source) < _MIN_SAMPLES:
        return False
    labels = source.known_labels()
    if not np.array_equal(labels, target.known_labels()):
        return False
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(source))[:_MAX_SAMPLES]
    labels = np.unique(labels[chosen], return_inverse=True)[1]
    a, b = (_similarity(side.x[chosen], labels) for side in (source, target))
    by_class = np.argsort(labels, kind="stable")
    a, b, labels = a[np.ix_(by_class, by_class)], b[np.ix_(by_class, by_class)], labels[by_class]
    others = []
    for _ in range(_PERMUTATIONS):
        order = np.lexsort((rng.random(len(labels)), labels))
        others.append(float((a * b[np.ix_(order, order)]).sum()))
    spread = float(np.std(others))
    return spread > 0 and (float((a * b).sum()) - float(np.mean(others))) / spread > _EVIDENT


def _similarity(x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return inner products (n, n) of samples, each value standardised, about the mean of their class."""
    flat = x.reshape(len(x), -1).astype(np.float64)
    for c in np.unique(labels):
        flat[labels == c] -= flat[labels == c].mean(0)
    scale = flat.std(0)
    flat = flat / np.where(scale > 1e-12, scale, 1)
    return np.asarray(flat @ flat.T)
