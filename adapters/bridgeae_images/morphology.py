"""Small image operations in numpy, as `scipy.ndimage` does them: reading a photo needs no scipy."""

from __future__ import annotations

import numpy as np


def box_mean(image: np.ndarray) -> np.ndarray:
    """Return the mean over 3 x 3 pixels of (height, width, channels) float32; the border is mirrored."""
    for axis in (0, 1):
        lines = np.moveaxis(image.astype(float), axis, 0)
        padded = np.concatenate([lines[:1], lines, lines[-1:]])
        total = padded[:-2] + padded[1:-1] + padded[2:]
        image = np.moveaxis(total / 3, 0, axis).astype(image.dtype)
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
    starts = mask.copy()
    starts[:, 1:] &= ~mask[:, :-1]
    run = np.cumsum(starts).reshape(mask.shape) - 1  # neighbours in a row are a run
    touching = mask[1:] & mask[:-1]
    above, below = run[:-1][touching], run[1:][touching]
    least = np.arange(starts.sum())  # the first run of each run's component, as far as it is known
    while True:
        spread = least.copy()
        np.minimum.at(spread, above, least[below])
        np.minimum.at(spread, below, least[above])
        spread = spread[spread]
        if np.array_equal(spread, least):
            break
        least = spread
    found, number = np.unique(least, return_inverse=True)
    part = np.zeros(mask.shape, int)
    part[mask] = 1 + number[run[mask]]
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
