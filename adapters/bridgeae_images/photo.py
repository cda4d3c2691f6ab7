"""Convert one picture file, of any size and format, into one sample."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, ImageOps

from bridgeae.checks import check_limit
from bridgeae.errors import FileFormatError, MissingFileError
from bridgeae_images.foreground import foreground, object_box

FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
SAMPLE_TAG = ("Software", "bridgeae")  # PNG text of our own samples: their alpha channel is a mask, even a full one
SEARCH_SIDE = 128  # longest side in pixels of the copy in which the object is found
MIN_BOX_SHARE = 0.5  # of the sample's side, taken by the object's box


@contextmanager
def _opened(file: IO[bytes] | Path, name: str) -> Iterator[Image.Image]:
    try:
        with Image.open(file, formats=sorted(set(FORMATS.values()))) as picture:
            yield picture
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
        if isinstance(error, FileFormatError):
            raise
        if isinstance(error, OSError) and error.errno:  # an error of the system; those of Pillow have no number
            raise MissingFileError(
                f"`{name}` cannot be opened ({error.strerror}). Check that it is still there and that you may read it."
            ) from None
        raise FileFormatError(
            f"`{name}` is not a readable picture ({error}). Readable are {', '.join(sorted(set(FORMATS.values())))}; "
            "open and save it in one of these formats, or remove it."
        ) from None


def read_picture(file: IO[bytes] | Path, name: str, size: int) -> Image.Image:
    """Read a picture, turned upright by its EXIF data: RGB, or RGBA if parts of it are transparent.

    16 bits a pixel are scaled to 8. A sample that the adapter wrote with a mask always is RGBA.

    Args:
        file: path, or file open for reading.
        name: name of the file in error messages.
        size: a JPEG may be decoded at a fraction of its size, but with no side below this many pixels.

    Raises:
        MissingFileError: the file does not exist, or cannot be opened.
        FileFormatError: the file is damaged or no picture, has more pixels than the limit `picture_pixels`, or holds
            numbers that are neither 16 bits nor floats in [0, 1].
    """
    with _opened(file, name) as picture:
        picture.draft("RGB", (2 * max(size, SEARCH_SIDE),) * 2)
        check_limit("picture_pixels", picture.width * picture.height, f"`{name}` is too large")
        own = picture.info.get(SAMPLE_TAG[0]) == SAMPLE_TAG[1]
        ImageOps.exif_transpose(picture, in_place=True)
        upright: Image.Image = picture
        if upright.mode[0] in "IF":  # I;16 and its byte orders, I and F: Pillow would clip them at 255
            upright = _to_8_bits(upright, name)
        if not upright.has_transparency_data:
            return upright.convert("RGB")
        masked = upright.convert("RGBA")
        return masked if own or masked.getextrema()[-1] != (255, 255) else masked.convert("RGB")


def _to_8_bits(picture: Image.Image, name: str) -> Image.Image:
    """Scale 16-bit integers, or floats in [0, 1], to 8-bit grey."""
    values = np.asarray(picture, np.float32)
    least, most, white = values.min(), values.max(), 1 if picture.mode == "F" else 65535
    if not 0 <= least <= most <= white or (white > 1 and 0 < most < 256):
        kind = "floats" if white == 1 else "whole numbers"
        raise FileFormatError(
            f"`{name}` holds {kind} from {least:.9g} to {most:.9g}. Expected are floats in [0, 1], or 16-bit integers, "
            "where 65535 is white. Save it with 8 bits a pixel."
        )
    return Image.fromarray(np.round(values * (255 / white)).astype(np.uint8))


def square(picture: Image.Image, size: int, channels: int) -> np.ndarray:
    """Crop a picture to its centre square and resize it to (size, size, channels) float32 in [0, 1].

    Transparent pixels become white.
    """
    if picture.mode == "RGBA":
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    picture = picture.convert("L" if channels == 1 else "RGB")
    if picture.size != (size, size):
        picture = ImageOps.fit(picture, (size, size), Image.Resampling.LANCZOS)
    return np.asarray(picture, np.float32).reshape(size, size, channels) / 255


def cut_out(picture: Image.Image, size: int) -> tuple[np.ndarray, bool]:
    """Cut the object out of a plain background.

    The sample shows the largest square around the object, or a smaller one in which the object takes half of the side.
    A picture with transparent parts has its own mask; if it also has the sample's size, it is used as it is.

    Returns:
        (size, size, 4) float32 in [0, 1]: the colours times the mask, and the mask. And whether an object was found; if
        not, the sample is the centre square with a mask of ones.
    """
    picture = picture if picture.mode == "RGBA" else picture.convert("RGB")
    if picture.mode == "RGBA" and picture.size == (size, size):
        pixels = np.asarray(picture, np.float32) / 255
        pixels[..., :3] *= pixels[..., 3:]
        return pixels, True
    small = picture.copy()
    small.thumbnail((SEARCH_SIDE, SEARCH_SIDE), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32) / 255
    mask = pixels[..., 3] if picture.mode == "RGBA" else foreground(pixels)
    if mask is None or not (mask > 0.5).any():
        return np.concatenate([square(picture, size, 3), np.ones((size, size, 1), np.float32)], -1), False
    box = _square_around(object_box(mask), mask.shape)
    planes = np.stack([*(pixels[..., k] * mask for k in range(3)), mask])
    return _resized(planes, box, size), True


def _square_around(box: tuple[int, int, int, int], shape: tuple[int, ...]) -> tuple[float, float, float, float]:
    """Return the square (left, top, right, bottom) around an object's box (top, left, bottom, right) in a picture."""
    top, left, bottom, right = box
    extent = max(bottom - top, right - left)
    side = min(extent / MIN_BOX_SHARE, max(min(shape), extent))
    corner = [
        np.clip((low + high - side) / 2, min(0, length - side), max(0, length - side))
        for low, high, length in ((left, right, shape[1]), (top, bottom, shape[0]))
    ]
    return corner[0], corner[1], corner[0] + side, corner[1] + side


def _resized(planes: np.ndarray, box: tuple[float, float, float, float], size: int) -> np.ndarray:
    """Resize the square `box` of (channels, height, width), with zeros outside, to (size, size, channels)."""
    _, height, width = planes.shape
    margin = int(max(0, -min(box), box[2] - width, box[3] - height)) + 1
    padded = np.pad(planes, ((0, 0), (margin, margin), (margin, margin)))
    left, top, right, bottom = (edge + margin for edge in box)
    resized = [
        Image.fromarray(plane).resize((size, size), Image.Resampling.BILINEAR, box=(left, top, right, bottom))
        for plane in padded
    ]
    return np.stack([np.asarray(plane) for plane in resized], -1).clip(0, 1)
