"""Picture files and scenes for the tests of the images adapter."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

SKIN, WALL = (190, 130, 100), (200, 200, 205)


def picture(colour: str = "red", size: tuple[int, int] = (40, 30), kind: str = "PNG", **options: Any) -> bytes:
    """Return the bytes of a picture file of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind, **options)
    return file.getvalue()


def pack(path: Path, entries: Mapping[str, bytes | str]) -> Path:
    """Write a .zip and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def scene(colour: tuple[int, int, int] = SKIN, *, stem: bool = True) -> Image.Image:
    """Return a picture of a disc with a stem that runs into the lower border, on a wall with a shadow."""
    image = Image.new("RGB", (120, 100), WALL)
    pen = ImageDraw.Draw(image)
    pen.ellipse((15, 15, 60, 60), tuple(int(v * 0.6) for v in WALL))  # the shadow
    pen.ellipse((45, 20, 85, 60), colour)
    if stem:
        pen.rectangle((52, 50, 78, 99), colour)
    return image


def as_floats(image: Image.Image) -> np.ndarray:
    """Return a picture as (height, width, channels) float32 in [0, 1]."""
    return np.asarray(image, np.float32) / 255
