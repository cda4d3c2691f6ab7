"""Samples of two sides brought to one shape and framing, so that one network can read both."""

from __future__ import annotations

import numpy as np

from bridgeae.checks import Shape

_MAX_CHANNELS = 4  # a longer last axis belongs to the grid
_PLAIN_SHARE = 0.5  # of the border, which is background where objects stand before a plain one
_PLAIN_RANGE = 0.05  # values this near to the background, as a share of all values' range, are background
_MAX_CHANGE, _MAX_SHIFT = 0.15, 0.08  # of the matrix, and of an axis' length, by `jiggled`
_MAX_ZOOM = 2.0  # of one side; where framings differ more, they have no common object


def alike(a: Shape, b: Shape) -> bool:
    """Return whether samples of two shapes are of one kind: vectors of one length, or grids with as many channels."""
    if len(a) == 1 or len(a) != len(b):
        return a == b
    return _channels(a) == _channels(b)


def framed_alike(x: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the samples of both sides in the shape of the first, objects at one place and of one mean size.

    Where both sides have a plain background, their mean spread about the centre is made equal along each axis of the
    grid: the side with the larger objects is zoomed out. Other grids are resized, and vectors stay as they are.

    Args:
        x: (n, *sample) float32.
        other: (m, *other_sample) float32, of a shape that is `alike`.
    """
    if x.ndim == 2:
        return x, other
    sides = [side if _channels(side.shape[1:]) else side[..., None] for side in (x, other)]
    boxes = [box for side in sides if (box := _box(side)) is not None]
    if len(boxes) < 2 or _zoom(boxes) > _MAX_ZOOM:
        boxes = [np.tile([[0.5], [1.0]], sides[0].ndim - 2)] * 2
    spread = np.minimum(boxes[0][1], boxes[1][1])
    shape = sides[0].shape[1:]
    made = [_resampled(side, box, spread, shape) for side, box in zip(sides, boxes, strict=True)]
    return made[0].reshape(x.shape), made[1].reshape(len(other), *x.shape[1:])


def jiggled(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return randomly shifted, zoomed, turned and sheared copies of samples on a grid; vectors stay as they are.

    Args:
        x: (n, *sample) float32.
        rng: source of randomness.
    """
    from scipy.ndimage import affine_transform

    if x.ndim == 2:
        return x
    grids = x if _channels(x.shape[1:]) else x[..., None]
    sizes = np.array(grids.shape[1:-1])
    middle, out = (sizes - 1) / 2, np.empty_like(grids)
    for k in range(len(x)):
        change = np.eye(len(sizes)) + rng.uniform(-_MAX_CHANGE, _MAX_CHANGE, (len(sizes), len(sizes)))
        offset = middle - change @ middle + rng.uniform(-_MAX_SHIFT, _MAX_SHIFT, len(sizes)) * sizes
        for channel in range(grids.shape[-1]):
            affine_transform(
                grids[k, ..., channel], change, offset, output=out[k, ..., channel], order=1, mode="nearest"
            )
    return out.reshape(x.shape)


def _channels(shape: Shape) -> int:
    """Return the number of channels of a grid's sample, 0 where its last axis is no channel."""
    last = shape[-1] or 0
    return last if last <= _MAX_CHANNELS else 0


def _zoom(boxes: list[np.ndarray]) -> float:
    """Return the largest ratio of two sides' spreads."""
    ratio = boxes[0][1] / boxes[1][1]
    return float(np.maximum(ratio, 1 / ratio).max())


def _background(x: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return the median of each channel at the border, and whether that is a plain background."""
    axes = range(1, x.ndim - 1)
    border = np.concatenate([np.take(x, [0, -1], axis).reshape(-1, x.shape[-1]) for axis in axes])
    level = np.median(border, 0)
    plain = np.abs(border - level) <= _PLAIN_RANGE * (x.max() - x.min())
    return level, bool(plain.mean() >= _PLAIN_SHARE)


def _box(x: np.ndarray) -> np.ndarray | None:
    """Return centre and spread (2, axes) of what stands out from the background, in lengths of an axis, or None."""
    level, plain = _background(x)
    mass = np.abs(x - level).mean((0, -1))
    if not plain or not mass.any():
        return None
    box = []
    for axis, length in enumerate(mass.shape):
        weight = mass.sum(tuple(k for k in range(mass.ndim) if k != axis)) / mass.sum()
        place = (np.arange(length) + 0.5) / length
        centre = weight @ place
        box.append((centre, np.sqrt(weight @ (place - centre) ** 2)))
    return np.maximum(np.transpose(box), 1e-6)


def _resampled(x: np.ndarray, box: np.ndarray, spread: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return samples in a shape, their box's centre in the middle and its spread changed to the wanted one."""
    from scipy.ndimage import affine_transform

    sizes, wanted = np.array(x.shape[1:-1]), np.array(shape[:-1])
    zoom = box[1] / spread
    step, offset = zoom * sizes / wanted, (box[0] + zoom * (0.5 / wanted - 0.5)) * sizes - 0.5
    if np.allclose(step, 1, atol=0.02) and np.allclose(offset, 0, atol=0.5):
        return x
    level, plain = _background(x)
    out = np.empty((len(x), *shape), np.float32)
    for k, channel in np.ndindex(len(x), shape[-1]):
        affine_transform(
            x[k, ..., channel],
            step,
            offset,
            tuple(wanted),
            out[k, ..., channel],
            order=1,
            mode="constant" if plain else "nearest",
            cval=float(level[channel]),
        )
    return out
