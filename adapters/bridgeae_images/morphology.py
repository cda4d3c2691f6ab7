"""Small image operations in numpy, as `scipy.ndimage` does them: reading photos and drawing hands needs no scipy."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def box_mean(image: np.ndarray) -> np.ndarray:
    """Return the mean over 3 x 3 pixels of (height, width, channels) float32; the border is mirrored."""
    for axis in (0, 1):
        lines = np.moveaxis(image.astype(float), axis, 0)
        padded = np.concatenate([lines[:1], lines, lines[-1:]])
        total = padded[:-2] + padded[1:-1] + padded[2:]
        image = np.moveaxis(total / 3, 0, axis).astype(image.dtype)
    return image


def gaussian_mean(image: np.ndarray, sigma: float) -> np.ndarray:
    """Return an image (height, width) under a Gaussian window, cut at four sigma; the border is mirrored."""
    reach = int(4 * sigma + 0.5)
    window = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return _under_window(image, window / window.sum(), "symmetric")


def wide_mean(image: np.ndarray, size: int, border: Literal["symmetric", "edge"] = "symmetric") -> np.ndarray:
    """Return the mean over `size` x `size` pixels of an image (height, width); an even window reaches up and left."""
    return _under_window(image, np.full(size, 1 / size), border)


def local_range(image: np.ndarray) -> np.ndarray:
    """Return the largest less the smallest of 3 x 3 pixels of an image (height, width)."""
    high = low = np.pad(image, 1, "edge")
    for _ in range(2):
        high = np.maximum(np.maximum(high[:-2], high[1:-1]), high[2:]).T
        low = np.minimum(np.minimum(low[:-2], low[1:-1]), low[2:]).T
    return high - low


def _under_window(image: np.ndarray, window: np.ndarray, border: Literal["symmetric", "edge"]) -> np.ndarray:
    """Return an image (height, width) weighted by a window (k,) along both axes."""
    before = len(window) // 2
    for _ in range(2):
        padded = np.pad(image.astype(float), ((before, len(window) - 1 - before), (0, 0)), border)
        image = (sliding_window_view(padded, len(window), 0) @ window).astype(image.dtype).T
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
