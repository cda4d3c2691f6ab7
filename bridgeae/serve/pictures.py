"""Samples as a browser shows them: PNG pictures in data URLs, or their values."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import Any, TypedDict

import numpy as np

MAX_VALUES = 2048
"""Most values of a sample that the page plots itself; of longer ones, every second, third and so on is left out."""
_TILE_HEIGHT = 112  # pixels of a sample that an adapter draws
_DPI = 100


class Picture(TypedDict, total=False):
    """One sample in an answer: a picture with its width by height, or values with their names."""

    src: str
    aspect: float
    values: list[float]
    names: list[str]


def pictures(adapter: Any, x: np.ndarray) -> list[Picture]:
    """Return one picture of each sample ``(n, *sample)``.

    An adapter's `pixels` is the fastest, then its `draw`; without both the page plots the values.
    """
    if callable(getattr(adapter, "pixels", None)):
        return [_png(adapter.pixels(sample)) for sample in x]
    if callable(getattr(adapter, "draw", None)):
        return [_png(tile) for tile in _drawn(adapter, x)]
    columns = getattr(adapter, "columns", None)
    step = -(-int(np.prod(x.shape[1:])) // MAX_VALUES)
    values = [np.round(sample.reshape(-1)[::step].astype(float), 6).tolist() for sample in x]
    named = isinstance(columns, Sequence) and not isinstance(columns, str) and step == 1
    names = [str(c) for c in columns] if named else []  # type: ignore[union-attr]
    return [{"values": row, "names": names if len(names) == len(row) else []} for row in values]


def data_url(content: bytes, kind: str) -> str:
    """Return content as a URL that holds it."""
    return f"data:{kind};base64,{b64encode(content).decode('ascii')}"


def _png(pixels: np.ndarray) -> Picture:
    """Return pixels (height, width, 1 or 3) uint8 as a picture."""
    from PIL import Image

    file = BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(file, "PNG", compress_level=1)
    return {"src": data_url(file.getvalue(), "image/png"), "aspect": round(pixels.shape[1] / pixels.shape[0], 4)}


def _drawn(adapter: Any, x: np.ndarray) -> list[np.ndarray]:
    """Return samples as the adapter draws them, all in one figure, which is faster than a figure each."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width = round(_TILE_HEIGHT * float(getattr(adapter, "aspect", 1)))
    figure = Figure(figsize=(width / _DPI, len(x) * _TILE_HEIGHT / _DPI), dpi=_DPI)
    for k, sample in enumerate(x):
        axes = figure.add_axes((0.01, 1 - (k + 0.98) / len(x), 0.98, 0.96 / len(x)))
        axes.set_xticks([])
        axes.set_yticks([])
        adapter.draw(sample, axes)
        axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    return [pixels[k * _TILE_HEIGHT : (k + 1) * _TILE_HEIGHT] for k in range(len(x))]
