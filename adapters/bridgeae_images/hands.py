"""Synthetic pictures of hands that show 0 to 5, for examples and tests without photos."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

# Index to little finger: x and y of its root on the palm, its length, and the angle it leans to the side, degrees.
FINGERS = ((-0.38, 0.50, 0.98, -9), (-0.13, 0.58, 1.10, -2), (0.13, 0.56, 1.02, 4), (0.37, 0.44, 0.80, 12))
RAISED_FINGERS = {1: (0,), 2: (0, 1), 3: (0, 1), 4: (0, 1, 2, 3), 5: (0, 1, 2, 3)}
SIGNS_WITH_THUMB = (3, 5)
SUPERSAMPLING = 4

Point = tuple[float, float]


class _Pen:
    """Draw capsules in hand coordinates: origin at the centre of the palm, y upwards, palm about one wide."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.side = size * SUPERSAMPLING
        self.colour = Image.new("RGB", (self.side, self.side))
        self.mask = Image.new("L", (self.side, self.side))
        self.draw = [ImageDraw.Draw(self.colour), ImageDraw.Draw(self.mask)]
        turn = np.deg2rad(rng.normal(0, 10))
        self.scale = self.side * rng.uniform(0.25, 0.34)
        mirror = rng.choice([-1, 1])
        self.axes = np.array([[np.cos(turn), np.sin(turn)], [np.sin(turn), -np.cos(turn)]]) * [mirror, 1]
        self.origin = self.side * np.array([0.5, 0.6]) + self.side * rng.normal(0, 0.03, 2)
        self.skin = np.array([232, 190, 160]) * (1 - rng.uniform(0, 0.72) * np.array([0.75, 0.95, 1.0]))

    def place(self, point: Point) -> np.ndarray:
        """Return a point's pixel coordinates (2,)."""
        placed: np.ndarray = self.origin + self.scale * (self.axes @ np.array(point))
        return placed

    def capsule(self, start: Point, end: Point, start_width: float, end_width: float, light: float = 1.0) -> None:
        """Draw a limb with round ends between two points, dark at the rim and bright along the middle."""
        a, b = self.place(start), self.place(end)
        across = np.array([a[1] - b[1], b[0] - a[0]]) / max(float(np.hypot(*(b - a))), 1e-9)
        for shrink, shade in ((1.0, 0.74), (0.86, 0.9), (0.66, 1.0), (0.36, 1.06)):
            fill = tuple(int(v) for v in np.clip(self.skin * shade * light, 0, 255))
            r, s = (self.scale * shrink * width / 2 for width in (start_width, end_width))
            corners = np.ravel([a + r * across, a - r * across, b - s * across, b + s * across]).tolist()
            inks: tuple[tuple[int, ...] | int, ...] = (fill, 255)
            for draw, ink in zip(self.draw, inks, strict=True):
                draw.polygon(corners, fill=ink)
                for (x, y), radius in ((a, r), (b, s)):
                    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)


def synthetic_hand(sign: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return a picture of one hand that shows `sign` (0 to 5), in front of a plain wall with a shadow.

    Args:
        sign: 0 to 5.
        size: side of the picture in pixels.
        rng: source of pose, skin, light and noise.

    Returns:
        (size, size, 3) uint8.
    """
    pen = _Pen(size, rng)
    pen.capsule((0, -0.2), (rng.normal(0, 0.3), -2.6), 0.66, 0.74, 0.97)
    spread = rng.uniform(0.8, 1.9)
    if sign == 0:
        _closed_fingers(pen, spread, rng)
    else:
        _raised_fingers(pen, sign, spread, rng)
    grain = rng.normal(0, 1.5, (size, size, 1))
    pixels = _on_wall(pen, size, rng) + grain
    return np.clip(pixels, 0, 255).astype(np.uint8)


def _raised_fingers(pen: _Pen, sign: int, spread: float, rng: np.random.Generator) -> None:
    """Draw the raised fingers of the signs 1 to 5, and the folded ones."""
    raised = RAISED_FINGERS[sign]
    out = sign in SIGNS_WITH_THUMB
    if out:
        pen.capsule((-0.28, -0.2), (-0.86 - 0.1 * rng.random(), 0.30 + 0.15 * rng.normal()), 0.36, 0.22)
    for k in raised:
        x, y, length, lean = FINGERS[k]
        angle = np.deg2rad(lean * spread + rng.normal(0, 2))
        stretch = length * rng.uniform(0.92, 1.06)
        pen.capsule((x, y - 0.25), (x + stretch * np.sin(angle), y + stretch * np.cos(angle)), 0.27, 0.20)
    pen.capsule((-0.2, -0.15), (-0.16, 0.26), 0.62, 0.56)
    pen.capsule((0.2, -0.15), (0.18, 0.24), 0.60, 0.52)
    for k in sorted(set(range(4)) - set(raised)):
        x, y, _, _ = FINGERS[k]
        pen.capsule((x, y + 0.02), (x + 0.02, y - 0.42), 0.28, 0.25, 0.94)
    if not out:
        pen.capsule((-0.42, -0.2), (0.16 + 0.08 * rng.normal(), -0.02), 0.30, 0.23, 1.02)


def _closed_fingers(pen: _Pen, spread: float, rng: np.random.Generator) -> None:
    """Draw fingers and thumb bent into an O, the sign 0."""
    pen.capsule((0.18, -0.25), (0.22, 0.35), 0.62, 0.5)
    tip = (-0.62 + 0.06 * rng.normal(), 0.30 + 0.1 * spread)
    for k in range(4):
        lift = 0.07 * k
        knuckle = (-0.02 - 0.05 * k, 0.95 - lift)
        pen.capsule((0.26, 0.45), knuckle, 0.34, 0.27, 0.9 + 0.03 * k)
        pen.capsule(knuckle, (tip[0], tip[1] + 0.12 - 0.02 * k), 0.27, 0.21, 0.9 + 0.03 * k)
    pen.capsule((0.0, -0.35), (-0.45, -0.18), 0.36, 0.28, 1.0)
    pen.capsule((-0.45, -0.18), tip, 0.28, 0.21, 1.02)


def _on_wall(pen: _Pen, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return (size, size, 3) float: the hand in front of a wall with uneven light and the hand's shadow."""

    def downsampled(image: Image.Image) -> np.ndarray:
        return np.asarray(image.resize((size, size), Image.Resampling.BOX), float)

    y, x = np.mgrid[:size, :size] / size - 0.5
    slope = rng.normal(0, 0.12, 2)
    wall = (
        rng.uniform(185, 235)
        * (1 + np.array([0.01, 0, -0.01]) * rng.normal())
        * (1 + slope[0] * x + slope[1] * y)[..., None]
    )
    mask = downsampled(pen.mask)
    from scipy import ndimage

    blurred = ndimage.gaussian_filter(mask, size / 24)
    shadow = ndimage.shift(blurred, size * rng.uniform(-0.08, 0.08, 2), order=0, mode="nearest")
    wall = wall * (1 - rng.uniform(0.05, 0.3) * shadow[..., None] / 255)
    black = Image.new("RGB", pen.colour.size)
    skin = downsampled(Image.composite(pen.colour.filter(ImageFilter.BoxBlur(pen.side / 160)), black, pen.mask))
    picture: np.ndarray = skin + wall * (1 - mask[..., None] / 255)
    return picture
