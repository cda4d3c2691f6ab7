"""Pictures as data of the page: drawn samples, and the picture files of a run's own folder."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae.report.reading import Found

_PNG, _JPEG, _SVG = rb"\x89PNG\r\n", rb"\xff\xd8\xff", rb"\s*<(\?xml|!DOCTYPE|!--|svg)"
_KINDS = {".png": ("png", _PNG), ".jpg": ("jpeg", _JPEG), ".jpeg": ("jpeg", _JPEG), ".svg": ("svg+xml", _SVG)}
_PAGE_WIDTH = 992  # pixels


def picture_files(found: Found) -> dict[str, Path]:
    """Return the picture files in the folder of a run and directly below, but for its model, in order, by name."""
    here = found.folder
    paths = [p for p in (*here.glob("*"), *here.glob("[!.]*/*")) if p.suffix.lower() in _KINDS and p.is_file()]
    own = [p for p in paths if p.resolve().is_relative_to(here) and p.parent != found.model]
    names = {p.relative_to(here).as_posix(): p for p in own if found.results}
    return {name: names[name] for name in sorted(names, key=_in_order)}


def other_pictures(found: Found, files: Mapping[str, Path]) -> list[Path]:
    """Return the pictures that have no other place on the page."""
    elsewhere = {name for shown in found.results.get("pictures", {}).values() for name in shown}
    if "shown" in found.arrays:
        elsewhere |= {"translations.png", "reconstructions_source.png", "reconstructions_target.png"}
    if found.manifest:
        elsewhere.add("loss_curves.png")
    return [path for name, path in files.items() if name not in elsewhere]


def embed(path: Path) -> tuple[str, int]:
    """Return (data URI, width in pixels) of a picture file."""
    kind, start = _KINDS[path.suffix.lower()]
    content = path.read_bytes()
    if not re.match(start, content):
        raise FileFormatError(f"{path} is no {kind} picture. Write it again, or take it out of the folder.")
    return _uri(kind, content), int.from_bytes(content[16:20], "big") if kind == "png" else _PAGE_WIDTH


def tile(pixels: np.ndarray) -> str:
    """Return a drawn sample, (height, width, 3) uint8, as a data URI."""
    from matplotlib.image import imsave

    buffer = io.BytesIO()
    imsave(buffer, pixels, format="png")
    return _uri("png", buffer.getvalue())


def _uri(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{b64encode(content).decode()}"


def _in_order(name: str) -> list[tuple[int, str]]:
    """Return the key that sorts names with numbers as a person does: 2 before 10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", name)]
