"""Hostile pictures, and archives and folders of them."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def png(width: int, height: int, bits: int = 8, colour: int = 2, rows: int | None = None) -> bytes:
    """Return a black PNG: colour 0 is grey, 2 RGB, 6 RGBA; with few rows it is large by its header alone."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer, row = zlib.compressobj(9), bytes(1 + width * {0: 1, 2: 3, 6: 4}[colour] * bits // 8)
    data = b"".join(packer.compress(row) for _ in range(rows or height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", data) + part(b"IEND", b"")


def png_bomb(folder: Path) -> Path:
    return _written(folder / "a.png", png(9999, 9999, 16, 6, rows=10))  # the header is all that is read


def png_grey_bomb(folder: Path) -> Path:
    return _written(folder / "a.png", png(9999, 9999, 8, 0, rows=10))


def png_header(folder: Path) -> Path:
    return _written(folder / "a.png", png(60_000, 60_000, rows=10))


def png_chunk(folder: Path) -> Path:
    """Return a PNG with a chunk that claims 3.4 GB."""
    text = "89504e470d0a1a0a0000000d49484452000000110000001410000000001e5b55d6cd0001ee4944415450f9"
    return _written(folder / "a.png", bytes.fromhex(text))


def gif_header(folder: Path) -> Path:
    size = struct.pack("<HH", 65_000, 65_000)
    data = b"GIF89a" + size + b"\x80\0\0" + bytes(6) + b",\0\0\0\0" + size + b"\0\x02\x02\x4c\x01\0;"
    return _written(folder / "a.gif", data)


def jpeg_header(folder: Path) -> Path:
    from PIL import Image

    Image.new("RGB", (16, 16)).save(held := io.BytesIO(), "JPEG")
    data = bytearray(held.getvalue())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", 65_000, 65_000)
    return _written(folder / "a.jpg", bytes(data))


def npz_bomb(folder: Path) -> Path:
    """Return 300 kB that unpack to 300 MB."""
    return _npz(folder, (300, 1000, 1000), zeros=300_000_000)


def npy_header(folder: Path) -> Path:
    """Return arrays that claim a terabyte."""
    return _npz(folder, (10**6, 1000, 1000), zeros=0)


def npz_pickle(folder: Path) -> Path:
    np.savez(folder / "a.npz", x_train=np.array([Evil(folder)] * 6, object), y_train=np.arange(6))
    return folder / "a.npz"


class Evil:
    """An object whose pickle makes a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (str(self.folder / "canary"),)


def zip_of_99_mb(folder: Path) -> Path:
    return _zip(folder, {f"a/{k}.png": 99 for k in range(4)})


def zip_that_lies(folder: Path) -> Path:
    """Return an archive of 300 MB that says it holds 1,000 bytes."""
    data = bytearray((path := _zip(folder, {"a/0.png": 300})).read_bytes())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = data[22:26] = struct.pack("<I", 1000)
    return _written(path, bytes(data))


def zip_that_overlaps(folder: Path) -> Path:
    """Return an archive whose 3,000 files are the same 20 MB of zeros (Fifield 2019)."""
    data = bytearray((path := _zip(folder, {"a/0.png": 20})).read_bytes())
    at, end = data.rfind(b"PK\x01\x02"), data.rfind(b"PK\x05\x06")
    entry = bytes(data[at:end])
    entries = b"".join(entry.replace(b"a/0.png", b"%03x.png" % k) for k in range(3000))
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 3000, 3000, len(entries), at, 0)
    return _written(path, bytes(data[:at]) + entries + tail)


def zip_directory(folder: Path) -> Path:
    """Return an archive whose end claims a directory of 4 GB."""
    with zipfile.ZipFile(path := folder / "a.zip", "w") as archive:
        archive.writestr("a/0.png", png(24, 24))
    data = bytearray(path.read_bytes())
    data[-10:-6] = struct.pack("<I", 0xFFFFFFF0)
    return _written(path, bytes(data))


def link_out_of_folder(folder: Path) -> Path:
    (inside := folder / "photos").mkdir()
    _written(folder / "secret.png", png(24, 24))
    (inside / "a.png").symlink_to(folder / "secret.png")
    return inside


def pipe(folder: Path) -> Path:
    os.mkfifo(path := folder / "a.png")
    return path


def endless(folder: Path) -> Path:
    (path := folder / "a.png").symlink_to("/dev/zero")
    return path


PICTURES: dict[str, Callable[[Path], Path]] = {
    f.__name__: f
    for f in (
        png_bomb,
        png_grey_bomb,
        png_header,
        png_chunk,
        gif_header,
        jpeg_header,
        npz_bomb,
        npy_header,
        npz_pickle,
        zip_of_99_mb,
        zip_that_lies,
        zip_that_overlaps,
        zip_directory,
        link_out_of_folder,
        pipe,
        endless,
    )
}

PATHS = {
    "many_hands": "drawn:hands?n=1000000000",
    "many_digits": "sklearn:digits?repeat=1000000000",
    "more_digits": "sklearn:digits?repeat=99999999999999999999",
    "many_classes": "sklearn:digits?classes=0-99999999999",
    "many_ranges": "sklearn:digits?classes=" + ",".join(["0-99999"] * 1000),
    "long_number": "sklearn:digits?n=" + "9" * 5000,
    "long_name": "a" * 5000,
}
"""Paths that ask for too much."""


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _npz(folder: Path, shape: tuple[int, ...], zeros: int) -> Path:
    np.lib.format.write_array_header_1_0(head := io.BytesIO(), {"descr": "|u1", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(path := folder / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for key in ("x_train.npy", "y_train.npy"):
            with archive.open(key, "w", force_zip64=True) as file:
                file.write(head.getvalue())
                for _ in range(zeros >> 24 if key[0] == "x" else 0):
                    file.write(bytes(1 << 24))
    return path


def _zip(folder: Path, sizes: dict[str, int]) -> Path:
    with zipfile.ZipFile(path := folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, mib in sizes.items():
            with archive.open(name, "w", force_zip64=mib > 2047) as file:
                for _ in range(mib):
                    file.write(bytes(1 << 20))
    return path
