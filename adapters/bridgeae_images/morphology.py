"""Small image operations in numpy, as `scipy.ndimage` does them: reading photos and drawing hands needs no scipy."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def box_mean(image: np.ndarray) -> np.ndarray:
    """Return the mean over 3 x 3 pixels of (height, width, channels) float32; the border is mirrored."""
    rows = np.concatenate([image[:1], image, image[-1:]])
    rows = (rows[:-2] + rows[1:-1] + rows[2:]) / 3
    columns = np.concatenate([rows[:, :1], rows, rows[:, -1:]], 1).reshape(len(image), -1)  # numpy is fast in long rows
    step = image.shape[2]
    return ((columns[:, : -2 * step] + columns[:, step:-step] + columns[:, 2 * step :]) / 3).reshape(image.shape)


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
    starts = _starts(mask)
    run = np.cumsum(starts).reshape(mask.shape) - 1  # neighbours in a row are a run
    met = _starts(mask[1:] & mask[:-1])  # where a run first touches one above
    first = list(range(starts.sum()))  # an earlier run of each run's component; the first one, itself
    for above, below in zip(run[:-1][met].tolist(), run[1:][met].tolist(), strict=True):
        while first[above] != above:
            first[above] = above = first[first[above]]
        while first[below] != below:
            first[below] = below = first[first[below]]
        first[max(above, below)] = min(above, below)
    for k, earlier in enumerate(first):
        first[k] = first[earlier]
    root = np.array(first, int)
    number = np.cumsum(root == np.arange(len(root)))[root]
    part = np.zeros(mask.shape, int)
    part[mask] = number[run[mask]]
    return part, int(number.max(initial=0))


def _starts(mask: np.ndarray) -> np.ndarray:
    """Return the pixels (height, width) of a mask that have none to their left."""
    starts = mask.copy()
    starts[:, 1:] &= ~mask[:, :-1]
    return starts


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
    step = np.arange(len(inside), dtype=np.int32)[:, None]
    above = step - np.maximum.accumulate(np.where(inside, 0, step), axis=0)
    below = np.minimum.accumulate(np.where(inside, step[-1], step)[::-1], axis=0)[::-1] - step
    squared = np.ascontiguousarray(np.minimum(above, below).T) ** 2
    column = np.arange(len(squared), dtype=np.int32)
    apart = (column[:, None] - column) ** 2
    nearest = np.stack([(squared + away[:, None]).min(0) for away in apart], 1)  # a column at a time, to save memory
    found[part] = np.sqrt(nearest)[1:-1, 1:-1]
    return found
