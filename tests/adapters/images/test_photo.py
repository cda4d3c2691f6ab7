from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bridgeae.errors import FileFormatError, MissingFileError
from bridgeae_images import ImageAdapter
from bridgeae_images.photo import cut_out, read_picture, square
from image_files import WALL, picture, scene

GREYS = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)


def read(path: Path, size: int = 32) -> Image.Image:
    return read_picture(path, path.name, size)


def test_a_photo_is_turned_upright(tmp_path: Path) -> None:
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, :20, 0] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera on its side: turn by 90 degrees clockwise
    Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif, quality=95)
    upright = np.asarray(read(tmp_path / "a.jpg"))
    assert upright.shape == (80, 40, 3)
    assert upright[:16, :, 0].min() > 200 and upright[24:, :, 0].max() < 50


@pytest.mark.parametrize(
    ("dtype", "scale", "name"),
    [
        ("<u2", 257, "a.png"),
        ("<u2", 257, "a.tif"),
        (">u2", 257, "a.tif"),
        ("<i4", 257, "a.tif"),
        ("<f4", 1 / 255, "a.tif"),
    ],
)
def test_16_bits_and_floats_are_scaled(tmp_path: Path, dtype: str, scale: float, name: str) -> None:
    Image.fromarray((GREYS * np.float64(scale)).astype(dtype)).save(tmp_path / name)
    np.testing.assert_array_equal(np.asarray(read(tmp_path / name))[..., 0], GREYS)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.int32([0, 65536]), "whole numbers from 0 to 65536"),
        (np.int32([-1, 300]), "from -1 to 300"),
        (np.uint16([3, 200]), "from 3 to 200"),
        (np.float32([0, 255]), "floats from 0 to 255"),
        (np.float32([0, np.nan]), "floats from nan to nan"),
    ],
)
def test_numbers_of_unknown_meaning_are_refused(tmp_path: Path, values: np.ndarray, message: str) -> None:
    Image.fromarray(np.tile(values, (4, 2))).save(tmp_path / "a.tif")
    with pytest.raises(FileFormatError, match=rf"`a\.tif` holds .*{message}\. Expected are floats in \[0, 1\]"):
        read(tmp_path / "a.tif")


@pytest.mark.parametrize("side", [10_001, 50_000])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_picture_of_too_many_pixels_is_refused(tmp_path: Path, side: int) -> None:
    content = bytearray(picture())
    content[16:24] = struct.pack(">II", side, side)  # width and height in the header, before its checksum
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    (tmp_path / "bomb.png").write_bytes(content)
    with pytest.raises(FileFormatError, match=r"`bomb\.png` .*(exceeds the limit of 36,000,000|decompression bomb)"):
        read(tmp_path / "bomb.png")


def test_a_missing_picture_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"`gone\.png` cannot be opened \(No such file"):
        read(tmp_path / "gone.png")


@pytest.mark.parametrize("content", [b"", b"just some text", picture(size=(400, 400))[:200]])
def test_a_damaged_picture_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(FileFormatError, match=r"`a\.png` is not a readable picture"):
        read(tmp_path / "a.png").load()


def test_square_crops_to_the_centre_and_shows_transparency_as_white() -> None:
    pixels = np.zeros((40, 80, 4), np.uint8)
    pixels[:, 20:60] = [255, 0, 0, 255]
    x = square(Image.fromarray(pixels), 16, 3)
    np.testing.assert_allclose(x, np.broadcast_to([1, 0, 0], (16, 16, 3)), atol=0.1)  # the edge rings
    assert square(Image.new("RGBA", (9, 9)), 8, 1).tolist() == np.ones((8, 8, 1)).tolist()


def test_cut_out_tells_whether_it_found_an_object() -> None:
    x, found = cut_out(scene(), 64)
    assert found and x.shape == (64, 64, 4) and 0.1 < x[..., 3].mean() < 0.6
    assert (x[..., :3].max(-1) <= x[..., 3] + 1e-6).all()
    x, found = cut_out(Image.new("RGB", (80, 80), WALL), 64)
    assert not found and (x[..., 3] == 1).all()


CUT_OUT = ImageAdapter(size=64, foreground=True)


@pytest.mark.parametrize("size", [(64, 64), (120, 100)])
@pytest.mark.parametrize(("mode", "options"), [("RGBA", {}), ("P", {"transparency": 255}), ("LA", {})])
@pytest.mark.filterwarnings("ignore:.*no object stands out")
def test_an_opaque_alpha_channel_is_no_mask(
    tmp_path: Path, size: tuple[int, int], mode: str, options: dict[str, Any]
) -> None:
    photo = scene().resize(size).quantize(100)
    photo.convert("L" if mode == "LA" else "P").save(tmp_path / "plain.png")
    photo.convert(mode).save(tmp_path / "alpha.png", **options)
    assert Image.open(tmp_path / "alpha.png").has_transparency_data
    plain, alpha = (CUT_OUT.read(tmp_path / f"{name}.png").x for name in ("plain", "alpha"))
    np.testing.assert_array_equal(alpha, plain)
    assert mode == "LA" or alpha[..., 3].mean() < 0.5


def test_a_picture_with_transparent_parts_has_its_own_mask() -> None:
    photo = scene().convert("RGBA")
    photo.putalpha(Image.fromarray(np.pad(np.full((40, 40), 255, np.uint8), ((30, 30), (10, 70)))))
    x, found = cut_out(photo, 64)
    assert found and x[..., 3].mean() == pytest.approx(0.25, abs=0.02)


def test_a_small_object_fills_half_of_the_sample_wherever_it_is() -> None:
    far = Image.new("RGB", (300, 240), WALL)
    far.paste(scene(stem=False).resize((60, 50)), (200, 20))
    mask = cut_out(far, 64)[0][..., 3] > 0.5
    for axis in (0, 1):
        inside = np.flatnonzero(mask.any(axis))
        assert 28 <= inside[-1] + 1 - inside[0] <= 36


def test_a_large_object_is_shown_in_its_whole_square_photo() -> None:
    photo = scene().crop((15, 0, 115, 100))
    x, near = cut_out(photo, 64)[0], cut_out(photo.crop((20, 10, 80, 70)), 64)[0]
    assert (near[..., 3] > 0.5).mean() > 1.5 * (x[..., 3] > 0.5).mean()
    assert x[-1, :, 3].max() > 0.5
