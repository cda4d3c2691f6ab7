"""Random changes that leave an image's meaning: one batched affine warp, then light and colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

_CHUNK = 4  # images warped at once: what fits into a core's cache


def warp(x: np.ndarray, maps: np.ndarray, *, around: str = "edge", bend: np.ndarray | None = None) -> np.ndarray:
    """Resample images bilinearly through affine maps about their centres, and bent on top of that.

    Args:
        x: (n, size, size, 1 to 4) float32.
        maps: (n, 2, 3), from output to input: ``(x, y)_in = A (x, y)_out + b``, all in units of half the size.
        around: what lies outside of the image, as in numpy.pad: "edge" or "constant" (zeros).
        bend: (n, 2, k, k) displacements (x, y) in the same units on a coarse grid, interpolated linearly; or None.

    Returns:
        (n, size, size, channels) float32.
    """
    n, size, _, channels = x.shape
    side, half = size + 2, size / 2
    lanes = 1 if channels == 1 else 4  # a pixel of four floats is moved as one complex number, which numpy does fast
    pixels = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, lanes - channels)), mode=around)  # type: ignore[call-overload]
    pixels = pixels.reshape(n, -1).view(np.complex128 if lanes == 4 else np.float32)
    steps = ((np.arange(size) + 0.5) / half - 1).astype(np.float32)
    across, down = np.tile(steps, size), np.repeat(steps, size)
    bends = None if bend is None else _refine(bend, size)
    out = np.empty((n, size * size, lanes), np.float32)
    for k in range(0, n, _CHUNK):
        m = maps[k : k + _CHUNK, :, :, None].astype(np.float32)
        at = m[:, :, 0] * across + m[:, :, 1] * down + m[:, :, 2]
        at = at if bends is None else at + bends[k : k + _CHUNK]
        at = np.clip(at * np.float32(half) + np.float32(half + 0.5), 0, side - 1.001)
        whole = at.astype(np.int32)
        out[k : k + _CHUNK] = _between(pixels[k : k + _CHUNK], whole, at - whole, side, lanes)
    return out.reshape(n, size, size, lanes)[..., :channels]


def _between(pixels: np.ndarray, whole: np.ndarray, part: np.ndarray, side: int, lanes: int) -> np.ndarray:
    """Interpolate between the four pixels around each point: (n, points, lanes) float32."""
    first = whole[:, 1] * side + whole[:, 0] + np.arange(len(whole), dtype=np.int32)[:, None] * side * side
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


def _refine(bend: np.ndarray, size: int) -> np.ndarray:
    """Interpolate coarse displacements (n, 2, k, k) linearly: (n, 2, size * size) float32."""
    place = np.linspace(0, bend.shape[-1] - 1, size)
    hat = np.maximum(1 - np.abs(place[:, None] - np.arange(bend.shape[-1])), 0).astype(np.float32)
    return (hat @ bend.astype(np.float32) @ hat.T).reshape(len(bend), 2, -1)


def framing(boxes: np.ndarray, size: int, fill: np.ndarray) -> np.ndarray:
    """Return maps (n, 2, 3) for `warp` that centre boxes and show them at a given size.

    Args:
        boxes: (n, 4) top, left, bottom, right in pixels, half-open.
        size: side of the images.
        fill: (n,) share of the image's side that the box's longer side takes.
    """
    top, left, bottom, right = boxes.T / size
    scale, zero = np.maximum(bottom - top, right - left) / fill, np.zeros(len(boxes))
    across = np.stack([scale, zero, left + right - 1], 1)
    return np.stack([across, np.stack([zero, scale, top + bottom - 1], 1)], 1)


def compose(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Return the maps (n, 2, 3) that go through `inner` and then through `outer`, from output to input."""
    return np.concatenate([outer[:, :, :2] @ inner[:, :, :2], outer[:, :, :2] @ inner[:, :, 2:] + outer[:, :, 2:]], 2)


def affine(
    n: int,
    rng: np.random.Generator,
    *,
    rotation: float,
    zoom: Sequence[float],
    flip: bool,
    shift: float = 0.08,
    shear: float = 0.15,
) -> np.ndarray:
    """Draw affine maps for `warp`.

    Args:
        n: how many.
        rng: source of randomness.
        rotation: largest angle either way, degrees.
        zoom: smallest and largest magnification.
        flip: whether to mirror half of them.
        shift: largest shift either way, share of the size.
        shear: largest shear either way, tangent of the angle.

    Returns:
        (n, 2, 3) float64.
    """
    angle = np.deg2rad(rng.uniform(-rotation, rotation, n))
    scale = 1 / np.exp(rng.uniform(np.log(zoom[0]), np.log(zoom[1]), (n, 1)) + rng.uniform(-0.05, 0.05, (n, 2)))
    skew, side = rng.uniform(-shear, shear, n), np.where(flip & (rng.random(n) < 0.5), -1.0, 1.0)
    cos, sin = np.cos(angle), np.sin(angle)
    a = np.stack([np.stack([cos, skew * cos - sin], 1), np.stack([sin, skew * sin + cos], 1)], 1)
    a *= scale[:, :, None]
    a[:, :, 0] *= side[:, None]
    return np.concatenate([a, rng.uniform(-2 * shift, 2 * shift, (n, 2, 1))], 2)


def relight(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change brightness, contrast, tint and tone of images (n, size, size, channels) in [0, 1]."""
    return _channels_last(_relight(_channels_first(x), rng))


def retouch(x: np.ndarray, rng: np.random.Generator, *, flat: float = 0.3) -> np.ndarray:
    """Change the look of cut-out objects inside their masks, and never their outline.

    Light and colour, sharpening or blur, a dark outline; and for a share `flat` of them no texture at all, so that a
    network learns to read the shape too.

    Args:
        x: (n, size, size, channels + 1) float32, colours already multiplied by the mask in the last channel.
        rng: source of randomness.
        flat: share of the objects that lose their texture.
    """
    parts = [_retouch(x[k : k + _CHUNK], rng, flat) for k in range(0, len(x), _CHUNK)]
    return np.concatenate(parts)


def _retouch(x: np.ndarray, rng: np.random.Generator, flat: float) -> np.ndarray:
    draw = lambda low, high: rng.uniform(low, high, (len(x), 1, 1, 1)).astype(np.float32)  # noqa: E731
    planes = _channels_first(x)
    colour, mask, soft = planes[:, :-1], planes[:, -1:], _blur(planes)
    detail = colour - soft[:, :-1] / np.maximum(soft[:, -1:], 0.1)
    colour = _relight(colour + draw(-1.0, 1.5) * detail, rng)
    colour *= 1 - draw(0, 1.5) * (1 - soft[:, -1:])
    colour = np.where(draw(0, 1) < flat, draw(0.2, 0.8), colour)
    planes[:, :-1] = np.clip(colour, 0, 1) * mask
    return _channels_last(planes)


def _relight(planes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    n, channels = planes.shape[:2]
    shade, tint = rng.normal(0, 0.15, (n, 1, 1, 1)), rng.normal(0, 0.07, (n, channels, 1, 1))
    gain = np.exp(shade + tint * (channels > 1)).astype(np.float32)
    bias = rng.normal(0, 0.05, (n, 1, 1, 1)).astype(np.float32)
    tone = rng.uniform(-0.5, 0.5, (n, 1, 1, 1)).astype(np.float32)
    lit = np.clip(planes * gain + bias, 0, 1)
    lit += tone * lit * (1 - lit)  # a gamma curve's shape without its powers, which are slow
    return lit


def _channels_first(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2))  # numpy is slow where its innermost axis has three entries


def _channels_last(planes: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1))


def soften(x: np.ndarray, spread: float) -> np.ndarray:
    """Blur images (n, size, size, channels) by a Gaussian whose standard deviation is `spread` sides of the image."""
    sigma = spread * x.shape[1]
    softened: np.ndarray = ndimage.gaussian_filter(x, (0, sigma, sigma, 0), mode="nearest")
    return softened


def _blur(planes: np.ndarray) -> np.ndarray:
    """Average over 3 x 3 pixels, zeros outside."""
    down = planes.copy()
    down[:, :, 1:] += planes[:, :, :-1]
    down[:, :, :-1] += planes[:, :, 1:]
    both = down.copy()
    both[..., 1:] += down[..., :-1]
    both[..., :-1] += down[..., 1:]
    both *= np.float32(1 / 9)
    return both
