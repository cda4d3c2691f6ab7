"""Nearest rows, exactly and in numpy alone: what a model needs to run imports no scikit-learn and no scipy."""

from __future__ import annotations

import numpy as np

_VALUES_AT_ONCE = 2**22  # distances in memory together


def nearest(x: np.ndarray, known: np.ndarray, count: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return the distance and the index, both (n, count), of the nearest known rows of each row, nearest first.

    Args:
        x: (n, d).
        known: (m, d), at least `count` rows.
        count: neighbours of each row.
    """
    centre = np.mean(known, 0, np.float64)  # products of large values would hide small differences
    x, known = x - centre, known - centre
    step, length = max(1, _VALUES_AT_ONCE // max(1, len(known))), np.einsum("ij,ij->i", known, known)
    distances, indices = np.empty((len(x), count)), np.empty((len(x), count), int)
    for k in range(0, len(x), step):
        part = x[k : k + step]
        score = length - 2 * part @ known.T  # the squared distance, less what is the same for a row
        index = np.argpartition(score, count - 1, axis=1)[:, :count]
        apart = np.linalg.norm(part[:, None] - known[index], axis=2)
        order = np.argsort(apart, axis=1, kind="stable")
        distances[k : k + step] = np.take_along_axis(apart, order, 1)
        indices[k : k + step] = np.take_along_axis(index, order, 1)
    return distances, indices
