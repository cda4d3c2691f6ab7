"""Write samples as PNG: one image, a contact sheet, or a folder of images."""

from __future__ import annotations

from math import ceil, sqrt
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bridgeae.errors import InputError
from bridgeae.saving import whole_file
from bridgeae_images.photo import SAMPLE_TAG

MIN_TILE_SIDE, TILE_GAP = 64, 4  # pixels, in a contact sheet
BACKGROUND_GREY, SHEET_GREY = 236, 255  # behind cut-out objects, and between the tiles of a contact sheet


def write(x: np.ndarray, path: Path) -> None:
    """Write images (n, side, side, 1, 3 or 4) uint8 as one PNG, a contact sheet, or a folder of PNG files.

    Raises:
        InputError: `path` has an ending other than .png.
    """
    if path.suffix.lower() == ".png":
        with whole_file(path) as new:
            _save(x[0], new) if len(x) == 1 else _contact_sheet(x).save(new)
    elif path.suffix:
        raise InputError(f"`path` must end in .png, or be a folder without an ending, received {str(path)!r}.")
    else:
        path.mkdir(parents=True, exist_ok=True)
        for k, image in enumerate(x):
            with whole_file(path / f"{k:04d}.png") as new:
                _save(image, new)


def _save(image: np.ndarray, path: Path) -> None:
    if image.shape[-1] == 4:  # samples hold colours times mask, PNG wants them apart
        alpha = image[..., 3:].astype(np.float32) / 255
        colours = np.clip(image[..., :3] / np.maximum(alpha, 1 / 255), 0, 255)
        image = np.concatenate([colours.round().astype(np.uint8), image[..., 3:]], -1)
    text = PngInfo()
    text.add_text(*SAMPLE_TAG)
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(path, pnginfo=text)


def _contact_sheet(x: np.ndarray) -> Image.Image:
    """Lay images out in rows and columns, close to a square."""
    columns, scale = ceil(sqrt(len(x))), ceil(MIN_TILE_SIDE / x.shape[1])
    side = scale * x.shape[1]
    rows, step = ceil(len(x) / columns), side + TILE_GAP
    sheet = Image.new("RGB", (columns * step + TILE_GAP, rows * step + TILE_GAP), (SHEET_GREY,) * 3)
    for k, image in enumerate(x):
        tile = Image.fromarray(to_rgb(image)).resize((side, side), Image.Resampling.BICUBIC)
        sheet.paste(tile, (k % columns * step + TILE_GAP, k // columns * step + TILE_GAP))
    return sheet


def to_rgb(image: np.ndarray) -> np.ndarray:
    """Return one image as (side, side, 3) uint8; a cut-out object is put on light grey."""
    if image.shape[-1] == 4:
        return (image[..., :3] + (1 - image[..., 3:] / 255) * BACKGROUND_GREY).clip(0, 255).astype(np.uint8)
    return np.broadcast_to(image, (*image.shape[:2], 3)).copy()
