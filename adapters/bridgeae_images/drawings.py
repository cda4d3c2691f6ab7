"""Samples as PNG files: one image, a contact sheet, or a folder."""

from __future__ import annotations

from math import ceil, sqrt
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bridgeae.errors import InputError
from bridgeae_images.photo import OWN

_TILE, _GAP = 64, 4  # least side of an image in a contact sheet, and the gap between two, pixels
_BEHIND, _PAPER = 236, 255  # greys: behind what is cut out, and between images


def write(x: np.ndarray, path: Path) -> None:
    """Write images (n, side, side, 1, 3 or 4) uint8: one PNG, a contact sheet, or a folder of PNGs."""
    if path.suffix.lower() == ".png":
        path.parent.mkdir(parents=True, exist_ok=True)
        _save(x[0], path) if len(x) == 1 else _sheet(x).save(path)
    elif path.suffix:
        raise InputError(f"`path` must end in .png, or be a folder without an ending, received {str(path)!r}.")
    else:
        path.mkdir(parents=True, exist_ok=True)
        for k, image in enumerate(x):
            _save(image, path / f"{k:04d}.png")


def _save(image: np.ndarray, path: Path) -> None:
    if image.shape[-1] == 4:  # transparency wants the colours as they were before they were multiplied with the mask
        alpha = image[..., 3:].astype(np.float32) / 255
        colours = np.clip(image[..., :3] / np.maximum(alpha, 1 / 255), 0, 255)
        image = np.concatenate([colours.round().astype(np.uint8), image[..., 3:]], -1)
    text = PngInfo()
    text.add_text(*OWN)
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(path, pnginfo=text)


def _sheet(x: np.ndarray) -> Image.Image:
    """Lay images out side by side, close to a square."""
    columns, scale = ceil(sqrt(len(x))), ceil(_TILE / x.shape[1])
    side = scale * x.shape[1]
    rows, step = ceil(len(x) / columns), side + _GAP
    sheet = Image.new("RGB", (columns * step + _GAP, rows * step + _GAP), (_PAPER,) * 3)
    for k, image in enumerate(x):
        tile = Image.fromarray(opaque(image)).resize((side, side), Image.Resampling.BICUBIC)
        sheet.paste(tile, (k % columns * step + _GAP, k // columns * step + _GAP))
    return sheet


def opaque(image: np.ndarray) -> np.ndarray:
    """Return (side, side, 3) uint8 for the eye; what is cut out lies on light grey."""
    if image.shape[-1] == 4:
        return (image[..., :3] + (1 - image[..., 3:] / 255) * _BEHIND).clip(0, 255).astype(np.uint8)
    return np.broadcast_to(image, (*image.shape[:2], 3)).copy()
