"""A sheet of pictures with captions, pasted together by Pillow: importing matplotlib costs more than a translation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.runs.pictures import Cell, in_rows, printable, save_grid
from bridgeae.saving import whole_file

_SIDE, _GAP, _LINE = 110, 6, 14  # pixels: of a picture, between two, and of a line of text
_TEXT = 11


def save_sheet(cells: Sequence[Cell], width: int, path: Path) -> None:
    """Show samples with their captions in rows of `width`.

    Pillow pastes the sheet where each adapter has a method `pixels`, see `bridgeae.protocols.Adapter`; otherwise, or
    where a caption has letters that Pillow's own font lacks, matplotlib draws it.

    Raises:
        AdapterError: an adapter has no `draw` method.
    """
    latin = all(ord(letter) < 256 for _, _, caption in cells for letter in caption)
    if not latin or not all(callable(getattr(adapter, "pixels", None)) for adapter, _, _ in cells):
        save_grid(in_rows(cells, width), path)
        return
    sheet = _pasted(in_rows(cells, width))
    with whole_file(path) as new:
        sheet.save(new, format="PNG")


def _pasted(rows: Sequence[Sequence[Cell]]) -> Any:
    from PIL import Image, ImageDraw, ImageFont

    lines = max(len(caption.splitlines()) for row in rows for _, _, caption in row)
    head = lines * _LINE + _GAP
    across, down = max(len(row) for row in rows) * (_SIDE + _GAP), len(rows) * (head + _SIDE)
    sheet = Image.new("RGB", (across + _GAP, down + _GAP), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=_TEXT)
    for j, row in enumerate(rows):
        for i, (adapter, sample, caption) in enumerate(row):
            left, top = _GAP + i * (_SIDE + _GAP), j * (head + _SIDE) + head
            pixels: np.ndarray = adapter.pixels(sample)  # type: ignore[attr-defined]
            size = (_SIDE, max(1, round(_SIDE * pixels.shape[0] / pixels.shape[1])))
            picture = Image.fromarray(pixels.squeeze()).convert("RGB").resize(size, Image.Resampling.BILINEAR)
            sheet.paste(picture.crop((0, 0, _SIDE, _SIDE)), (left, top))
            spot = left + _SIDE / 2, top - 2
            pen.multiline_text(spot, printable(caption), "black", font, anchor="md", align="center", spacing=2)
    return sheet
