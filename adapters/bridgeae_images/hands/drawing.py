"""Draw the limbs of a hand: a depth map, light and skin on it, a wall behind it, and a camera's flaws."""

from __future__ import annotations

from io import BytesIO
from typing import NamedTuple

import numpy as np
from PIL import Image

from bridgeae_images.hands.gestures import OTHER_SIGN, SIGNS, Gesture, other_gesture
from bridgeae_images.hands.skeleton import DIGIT_LIMBS, Limbs, hand_limbs
from bridgeae_images.morphology import gaussian_mean, local_range, wide_mean

SUPERSAMPLING = 2
SKIN, TAN = np.array([236, 192, 165]), np.array([0.72, 0.95, 1.0])  # the lightest skin; what darker skins absorb
SLEEVE_SHARE = 0.15  # of the hands
MIN_TIP = 0.012  # of the square of the palm's breadth: area in which a fingertip has to be seen


class _Surface(NamedTuple):
    """What the camera sees in each pixel: its depth, its limb, and how far along the limb it lies.

    Args:
        depth: (side, side) in pixels, -inf beside the hand.
        limb: (side, side) index of the nearest limb.
        along: (side, side) distance from the limb's start, in breadths of the palm.
        unit: pixels in the breadth of a palm.
    """

    depth: np.ndarray
    limb: np.ndarray
    along: np.ndarray
    unit: float


def synthetic_hand(sign: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return a picture of one hand that shows `sign`, in front of a plain wall with the hand's shadow.

    Args:
        sign: 0 to 5, or `OTHER_SIGN` for another sign.
        size: side of the picture in pixels.
        rng: source of pose, build, skin, light, wall and the camera's flaws.

    Returns:
        (size, size, 3) uint8.
    """
    gesture = other_gesture(rng) if sign == OTHER_SIGN else SIGNS[sign]
    side = size * SUPERSAMPLING
    surface = _surface(_placed(hand_limbs(gesture, rng), side, rng), side)
    while not _shows(surface, gesture):  # a hidden fingertip makes another sign of it
        surface = _surface(_placed(hand_limbs(gesture, rng), side, rng), side)
    mask = np.isfinite(surface.depth)
    soft = gaussian_mean(mask.astype(np.float32), 0.7)[..., None]
    picture = soft * _skin(surface, mask, rng) + (1 - soft) * _wall(mask, rng)
    return _photographed(picture, size, rng)


def _placed(limbs: Limbs, side: int, rng: np.random.Generator) -> tuple[Limbs, float]:
    """Scale and move a hand into a picture, in pixels, y downwards; the forearm may leave it. Return the scale too."""
    ends = np.concatenate([limbs.start[:-1, :2], limbs.end[:-1, :2]])
    low, high = ends.min(0) - 0.12, ends.max(0) + 0.12
    scale = side * rng.uniform(0.38, 0.85) / float((high - low).max())
    corner = (side - scale * (high - low)) * np.clip(rng.normal(0.5, 0.22, 2), -0.05, 1.05)
    axes, move = scale * np.array([1, -1, 1]), np.array([corner[0] - scale * low[0], corner[1] + scale * high[1], 0])
    return Limbs(limbs.start * axes + move, limbs.end * axes + move, limbs.radius * scale), scale


def _surface(placed: tuple[Limbs, float], side: int) -> _Surface:
    """Draw the limbs into a depth map."""
    limbs, unit = placed
    surface = _Surface(np.full((side, side), -np.inf), np.zeros((side, side), int), np.zeros((side, side)), unit)
    for k, (start, end, radius) in enumerate(zip(*limbs, strict=True)):
        low = np.maximum(np.minimum(start, end)[:2] - radius.max(), 0).astype(int)
        high = np.minimum(np.maximum(start, end)[:2] + radius.max() + 2, side).astype(int)
        if (high <= low).any():
            continue
        y, x = np.mgrid[low[1] : high[1], low[0] : high[0]].astype(float)
        bone = end - start
        share = ((x - start[0]) * bone[0] + (y - start[1]) * bone[1]) / max(bone[0] ** 2 + bone[1] ** 2, 1e-6)
        share = np.clip(share, 0, 1)
        height = np.full(x.shape, -np.inf)
        for t in (share, 0.0, 1.0):  # a bone that points at the camera shows its ends
            rest = (radius[0] + t * (radius[1] - radius[0])) ** 2
            rest = rest - (x - start[0] - t * bone[0]) ** 2 - (y - start[1] - t * bone[1]) ** 2
            ball = start[2] + t * bone[2] + np.sqrt(np.maximum(rest, 0))
            height = np.where(rest > 0, np.maximum(height, ball), height)
        window = np.s_[low[1] : high[1], low[0] : high[0]]
        nearer = height > surface.depth[window]
        along = share * np.hypot(*bone[:2]) / unit
        for plane, value in zip(surface[:3], (height, k, along), strict=True):
            plane[window] = np.where(nearer, value, plane[window])
    return surface


def _shows(surface: _Surface, gesture: Gesture) -> bool:
    """Return whether the tip of each raised finger, and of a thumb that is out, can be seen."""
    tips = [3 * k + 2 for k in (*gesture.raised, *([4] if gesture.thumb == "out" else []))]
    seen = np.bincount(surface.limb[np.isfinite(surface.depth)], minlength=DIGIT_LIMBS)
    return bool((seen[tips] > MIN_TIP * surface.unit**2).all())


def _skin(surface: _Surface, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the colours (side, side, 3) of the hand, and of a sleeve on some arms."""
    shade = _shade(surface, mask, rng)[..., None]
    skin = SKIN * rng.normal(1, 0.03, 3) * (1 - rng.uniform(0, 0.72) * TAN)
    patches = np.asarray(Image.fromarray(rng.normal(0, 1, (5, 5)).astype(np.float32)).resize(mask.shape))[..., None]
    colour = shade * skin * (1 + rng.normal(0, 0.05) * patches * np.array([0.6, -0.5, -0.5]))
    if rng.random() < SLEEVE_SHARE:
        begin, cloth = rng.uniform(0.3, 1.3), rng.uniform(15, 230) * rng.normal(1, 0.06, 3)
        sleeve = mask & (surface.limb == surface.limb.max()) & (surface.along > begin)
        colour = np.where(sleeve[..., None], shade * cloth, colour)
    return np.asarray(colour)


def _shade(surface: _Surface, mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the light on the hand (side, side), from a lamp: less in hollows, at edges and in creases of joints."""
    unit = surface.unit
    depth = np.where(mask, surface.depth, surface.depth[mask].min())
    down, across = np.gradient(gaussian_mean(depth, 0.035 * unit))
    lamp = np.append(rng.normal((0, -0.35), 0.5), 1.0)
    facing = (lamp[2] - across * lamp[0] - down * lamp[1]) / np.sqrt(across**2 + down**2 + 1) / np.linalg.norm(lamp)
    ambient = rng.uniform(0.35, 0.85)
    shade = ambient + (1 - ambient) * 1.1 * np.clip(facing, 0, 1)
    wide = int(0.35 * unit)
    around = wide_mean(depth * mask, wide) / np.maximum(wide_mean(mask * 1.0, wide), 0.1)
    shade *= 1 - rng.uniform(0.5, 1.8) * np.clip((around - depth) / unit, 0, 0.5)
    step = local_range(depth) / unit
    shade *= 1 - rng.uniform(0.1, 0.5) * np.clip(step - 0.08, 0, 0.4)
    joint = (surface.limb < DIGIT_LIMBS) & (surface.limb % 3 > 0)
    return np.asarray(shade * (1 - rng.uniform(0, 0.25) * joint * np.exp(-((surface.along / 0.025) ** 2))))


def _wall(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a plain wall (side, side, 3) with uneven light and the hand's shadow."""
    side = len(mask)
    y, x = np.mgrid[:side, :side] / side - 0.5
    slope = rng.normal(0, 0.15, 2)
    tint = 1 + rng.normal(0, 0.015) * np.array([1, 0, -1]) + rng.normal(0, 0.008, 3)
    wall = rng.uniform(150, 240) * tint * (1 + slope[0] * x + slope[1] * y)[..., None]
    shadow = wide_mean(mask.astype(np.float32), int(side * rng.uniform(0.06, 0.18)), "edge")
    shadow = np.roll(shadow, (side * rng.uniform(-0.08, 0.08, 2)).astype(int), (0, 1))
    return np.asarray(wall * (1 - rng.uniform(0, 0.35) * shadow[..., None]))


def _photographed(picture: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return a picture (size, size, 3) uint8 with a camera's exposure, tone, resolution, noise and JPEG artefacts."""
    exposed = np.clip(picture / 255 * np.exp(rng.normal(0, 0.15)) * rng.normal(1, 0.02, 3), 0, 1)
    image = Image.fromarray((255 * exposed ** np.exp(rng.normal(0, 0.15))).astype(np.uint8))
    if rng.random() < 0.5:  # a small picture that was enlarged
        small = int(size * rng.uniform(0.55, 1))
        image = image.resize((small, small), Image.Resampling.BOX).resize((size, size), Image.Resampling.BICUBIC)
    else:
        image = image.resize((size, size), Image.Resampling.BOX)
    noisy = np.asarray(image, float) + rng.normal(0, rng.uniform(0.5, 4), (size, size, 1))
    file = BytesIO()
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=int(rng.uniform(60, 96)))
    return np.asarray(Image.open(file).convert("RGB"))
