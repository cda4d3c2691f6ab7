"""Random changes that keep the meaning of an image: one batched affine warp, then brightness and colour."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

CHUNK = 4  # images changed at once: as many as fit into a core's cache
MAX_SHIFT, MAX_SHEAR = 0.08, 0.15  # share of the image's side; tangent of the angle
FLAT_SHARE = 0.3  # of the cut-out objects, which lose their texture


def warp(x: np.ndarray, maps: np.ndarray, *, padding: str = "edge", bend: np.ndarray | None = None) -> np.ndarray:
    """Resample images bilinearly through affine maps about their centres, and optionally bend them.

    Args:
        x: (n, size, size, 1 to 4) float32.
        maps: (n, 2, 3), from output to input: ``(x, y)_in = A (x, y)_out + b``, all in units of half the size.
        padding: values outside of the image, as `mode` of numpy.pad: "edge" or "constant" (zeros).
        bend: (n, 2, k, k) displacements (x, y) in the same units on a coarse grid, interpolated linearly; or None.

    Returns:
        (n, size, size, channels) float32.
    """
    n, size, _, channels = x.shape
    side, half = size + 2, size / 2
    lanes = 1 if channels == 1 else 4  # numpy moves a pixel of four floats fastest as one complex number
    pixels = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, lanes - channels)), mode=padding)  # type: ignore[call-overload]
    pixels = pixels.reshape(n, -1).view(np.complex128 if lanes == 4 else np.float32)
    steps = ((np.arange(size) + 0.5) / half - 1).astype(np.float32)
    across, down = np.tile(steps, size), np.repeat(steps, size)
    bends = None if bend is None else _upsample(bend, size)
    out = np.empty((n, size * size, lanes), np.float32)
    for k in range(0, n, CHUNK):
        m = maps[k : k + CHUNK, :, :, None].astype(np.float32)
        points = m[:, :, 0] * across + m[:, :, 1] * down + m[:, :, 2]
        points = points if bends is None else points + bends[k : k + CHUNK]
        points = np.clip(points * np.float32(half) + np.float32(half + 0.5), 0, side - 1.001)
        corner = points.astype(np.int32)
        out[k : k + CHUNK] = _interpolate(pixels[k : k + CHUNK], corner, points - corner, side, lanes)
    return out.reshape(n, size, size, lanes)[..., :channels]


def _interpolate(pixels: np.ndarray, corner: np.ndarray, part: np.ndarray, side: int, lanes: int) -> np.ndarray:
    """Interpolate bilinearly between the four pixels around each point.

    Args:
        pixels: (n, side * side) complex128 or float32, padded images.
        corner: (n, 2, points) int32, the pixel (x, y) at the upper left of each point.
        part: (n, 2, points) float32 in [0, 1), the distance of the point from it.
        side: side of the padded images.
        lanes: floats in an entry of `pixels`.

    Returns:
        (n, points, lanes) float32.
    """
    first = corner[:, 1] * side + corner[:, 0] + np.arange(len(corner), dtype=np.int32)[:, None] * side * side
    flat = pixels.reshape(-1)
    x, y = part[:, 0, :, None], part[:, 1, :, None]

    def row(offset: int) -> np.ndarray:
        left, right = (
            flat.take(first + o, mode="clip").view(np.float32).reshape(*first.shape, lanes)
            for o in (offset, offset + 1)
        )
        right -= left
        right *= x
        left += right
        return left

    top, bottom = row(0), row(side)
    bottom -= top
    bottom *= y
    top += bottom
    return top


def _upsample(bend: np.ndarray, size: int) -> np.ndarray:
    """Interpolate coarse displacements (n, 2, k, k) linearly: (n, 2, size * size) float32."""
    place = np.linspace(0, bend.shape[-1] - 1, size)
    hat = np.maximum(1 - np.abs(place[:, None] - np.arange(bend.shape[-1])), 0).astype(np.float32)
    return (hat @ bend.astype(np.float32) @ hat.T).reshape(len(bend), 2, -1)


def centring_maps(boxes: np.ndarray, size: int, fill: float | np.ndarray) -> np.ndarray:
    """Return maps (n, 2, 3) for `warp` that centre boxes and scale them.

    Args:
        boxes: (n, 4) top, left, bottom, right in pixels, half-open.
        size: side of the images.
        fill: share of the image's side that the longer side of each box (n,), or of all, takes.
    """
    top, left, bottom, right = boxes.T / size
    scale, zero = np.maximum(bottom - top, right - left) / fill, np.zeros(len(boxes))
    across = np.stack([scale, zero, left + right - 1], 1)
    return np.stack([across, np.stack([zero, scale, top + bottom - 1], 1)], 1)


def compose(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Return the maps (n, 2, 3) that apply `inner` and then `outer`, from output to input."""
    return np.concatenate([outer[:, :, :2] @ inner[:, :, :2], outer[:, :, :2] @ inner[:, :, 2:] + outer[:, :, 2:]], 2)


def sample_affine(
    n: int, rng: np.random.Generator, *, rotation: float, zoom: Sequence[float], flip: bool
) -> np.ndarray:
    """Draw random affine maps for `warp`.

    Args:
        n: number of maps.
        rng: source of randomness.
        rotation: largest angle in either direction, degrees.
        zoom: smallest and largest magnification.
        flip: whether to mirror half of the images.

    Returns:
        (n, 2, 3) float64.
    """
    angle = np.deg2rad(rng.uniform(-rotation, rotation, n))
    scale = 1 / np.exp(rng.uniform(np.log(zoom[0]), np.log(zoom[1]), (n, 1)) + rng.uniform(-0.05, 0.05, (n, 2)))
    shear = rng.uniform(-MAX_SHEAR, MAX_SHEAR, n)
    mirror = np.where(flip & (rng.random(n) < 0.5), -1.0, 1.0)
    cos, sin = np.cos(angle), np.sin(angle)
    a = np.stack([np.stack([cos, shear * cos - sin], 1), np.stack([sin, shear * sin + cos], 1)], 1)
    a *= scale[:, :, None]
    a[:, :, 0] *= mirror[:, None]
    return np.concatenate([a, rng.uniform(-2 * MAX_SHIFT, 2 * MAX_SHIFT, (n, 2, 1))], 2)


def jitter_colour(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change brightness, contrast, tint and tone of images (n, size, size, channels) in [0, 1] at random."""
    return _channels_last(_jitter_planes(_channels_first(x), rng))


def jitter_cut_out(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change the look of cut-out objects inside their masks at random, but never their outline.

    Colours change as in `jitter_colour`; objects are sharpened or blurred and get a dark outline; some lose their
    texture, so that a network learns to use the shape too.

    Args:
        x: (n, size, size, channels + 1) float32, colours already multiplied by the mask in the last channel.
        rng: source of randomness.
    """
    parts = [_jitter_chunk(x[k : k + CHUNK], rng) for k in range(0, len(x), CHUNK)]
    return np.concatenate(parts)


def _jitter_chunk(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    def uniform(low: float, high: float) -> np.ndarray:
        return rng.uniform(low, high, (len(x), 1, 1, 1)).astype(np.float32)

    planes = _channels_first(x)
    colour, mask, blurred = planes[:, :-1], planes[:, -1:], _box_blur(planes)
    detail = colour - blurred[:, :-1] / np.maximum(blurred[:, -1:], 0.1)
    colour = _jitter_planes(colour + uniform(-1.0, 1.5) * detail, rng)
    colour *= 1 - uniform(0, 1.5) * (1 - blurred[:, -1:])
    colour = np.where(uniform(0, 1) < FLAT_SHARE, uniform(0.2, 0.8), colour)
    planes[:, :-1] = np.clip(colour, 0, 1) * mask
    return _channels_last(planes)


def _jitter_planes(planes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    n, channels = planes.shape[:2]
    shade, tint = rng.normal(0, 0.15, (n, 1, 1, 1)), rng.normal(0, 0.07, (n, channels, 1, 1))
    gain = np.exp(shade + tint * (channels > 1)).astype(np.float32)
    bias = rng.normal(0, 0.05, (n, 1, 1, 1)).astype(np.float32)
    tone = rng.uniform(-0.5, 0.5, (n, 1, 1, 1)).astype(np.float32)
    lit = np.clip(planes * gain + bias, 0, 1)
    lit += tone * lit * (1 - lit)  # the shape of a gamma curve without its powers, which are slow
    return lit


def _channels_first(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2))  # numpy is slow if its innermost axis has three entries


def _channels_last(planes: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1))


def blur(x: np.ndarray, std: float) -> np.ndarray:
    """Blur images (n, size, size, channels) by a Gaussian with a standard deviation of `std` sides of the image."""
    matrix = _gaussian(x.shape[1], std * x.shape[1])
    return _channels_last(matrix @ _channels_first(x) @ matrix.T)


@lru_cache(maxsize=8)
def _gaussian(size: int, sigma: float) -> np.ndarray:
    """Return the matrix (size, size) float32 that blurs a line of pixels; those at its ends go on beyond them."""
    radius = int(4 * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    matrix = np.zeros((size, size))
    for offset, weight in zip(range(-radius, radius + 1), weights / weights.sum(), strict=True):
        np.add.at(matrix, (np.arange(size), np.clip(np.arange(size) + offset, 0, size - 1)), weight)
    return matrix.astype(np.float32)


def _box_blur(planes: np.ndarray) -> np.ndarray:
    """Average over 3 x 3 pixels, with zeros outside of the image."""
    down = planes.copy()
    down[:, :, 1:] += planes[:, :, :-1]
    down[:, :, :-1] += planes[:, :, 1:]
    both = down.copy()
    both[..., 1:] += down[..., :-1]
    both[..., :-1] += down[..., 1:]
    both *= np.float32(1 / 9)
    return both
