"""Small image operations in numpy, as `scipy.ndimage` does them: reading a photo needs no scipy."""

from __future__ import annotations

import numpy as np


def box_mean(image: np.ndarray) -> np.ndarray:
    """Return the mean over 3 x 3 pixels of (height, width, channels) float32; the border is mirrored."""
    for axis in (0, 1):
        padded = np.pad(image.astype(float), [(int(a == axis),) * 2 for a in range(image.ndim)], "symmetric")
        n = image.shape[axis]
        total = np.sum([padded.take(np.arange(k, k + n), axis) for k in range(3)], axis=0)
        image = (total / 3).astype(image.dtype)
    return image


def dilated(mask: np.ndarray) -> np.ndarray:
    """Return a mask (height, width) and the four neighbours of its pixels."""
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown


def components(mask: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the number (height, width) of each pixel's component, from 1 on by their first pixel, and how many.

    Pixels of a component are neighbours in a row or column; 0 is outside the mask.
    """
    label = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        spread = _least_of_runs(_least_of_runs(label, mask).T, mask.T).T
        if np.array_equal(spread, label):
            break
        label = spread
    found, number = np.unique(label[mask], return_inverse=True)
    part = np.zeros(mask.shape, int)
    part[mask] = number + 1
    return part, len(found)


def depth(solid: np.ndarray) -> np.ndarray:
    """Return the distance (height, width) of each pixel of a mask to the nearest one outside; beyond the edge is out.

    The squared distance is the least of ``(distance in the column)^2 + (columns apart)^2`` (Saito and Toriwaki 1994).
    """
    found = np.zeros(solid.shape)
    rows, columns = (np.flatnonzero(solid.any(axis)) for axis in (1, 0))
    if not len(rows):
        return found
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    inside = np.pad(solid[part], 1)
    step = np.arange(len(inside))[:, None]
    above = step - np.maximum.accumulate(np.where(inside, 0, step), axis=0)
    last = len(inside) - 1
    below = np.minimum.accumulate(np.where(inside, last, step)[::-1], axis=0)[::-1] - step
    squared = np.minimum(above, below) ** 2
    apart = np.arange(inside.shape[1])
    apart = (apart[:, None] - apart) ** 2
    found[part] = np.sqrt([(row + apart).min(1) for row in squared])[1:-1, 1:-1]
    return found


def _least_of_runs(label: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return labels in which each run of a row has its least one."""
    before = np.pad(mask, ((0, 0), (1, 0)))[:, :-1]
    starts = np.flatnonzero((mask & ~before)[mask])
    if not len(starts):
        return label
    inside = label[mask]
    spread = np.zeros_like(label)
    spread[mask] = np.repeat(np.minimum.reduceat(inside, starts), np.diff([*starts, len(inside)]))
    return spread
