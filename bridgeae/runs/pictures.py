"""Pictures of samples and of training. Each adapter plots its own samples; matplotlib is imported on use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.errors import AdapterError
from bridgeae.protocols import Adapter
from bridgeae.saving import whole_file

Cell = tuple[Adapter, np.ndarray, str]
"""The adapter that plots it, one sample, and its caption of one or more lines."""


def save_grid(rows: Sequence[Sequence[Cell]], path: str | Path, *, title: str = "") -> None:
    """Plot samples in a grid, one list a row; adapters may be mixed.

    Raises:
        AdapterError: an adapter has no `draw` method.
    """
    from matplotlib.figure import Figure

    columns = max(len(row) for row in rows)
    wide = max(aspect(adapter) for row in rows for adapter, _, _ in row)
    lines = max(len(caption.splitlines()) for row in rows for _, _, caption in row)
    head = 0.4 if title else 0.0
    figure = Figure(figsize=(columns * wide, len(rows) * (1 + 0.15 * lines) + head), dpi=110)
    grid = figure.subplots(len(rows), columns, squeeze=False)
    top = 1 - (head + 0.17 * lines) / figure.get_figheight()
    figure.subplots_adjust(0.005, 0.005, 0.995, top, wspace=0.06, hspace=0.06 + 0.16 * lines)
    for row, axes in zip(rows, grid, strict=True):
        for ax in axes:
            ax.set_axis_off()
        for ax, (adapter, sample, caption) in zip(axes, row, strict=False):
            if not can_plot(adapter):
                name = getattr(adapter, "name", adapter)
                raise AdapterError(f"adapter {name!r} cannot plot: it has no `draw(sample, axes)`.")
            adapter.draw(sample, ax)  # type: ignore[attr-defined]
            ax.set_title(printable(caption), fontsize=7, pad=2, parse_math=False)
    if title:
        figure.suptitle(title, fontsize=9, y=1 - 0.12 / figure.get_figheight())
    _save(figure, Path(path))


def printable(caption: str) -> str:
    """Return a caption with a question mark or a space for what cannot be printed."""
    utf8 = caption.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() or c == "\n" else " " for c in utf8)


def in_rows(cells: Sequence[Cell], width: int) -> list[Sequence[Cell]]:
    """Return cells in rows of `width`."""
    return [cells[k : k + width] for k in range(0, len(cells), width)]


def can_plot(adapter: Any) -> bool:
    """Return whether an adapter can plot its samples."""
    return callable(getattr(adapter, "draw", None))


def aspect(adapter: Any) -> float:
    """Return the width of a plotted sample by its height."""
    return float(getattr(adapter, "aspect", 1))


def save_curves(histories: Mapping[str, Mapping[str, Sequence[float]]], path: str | Path) -> None:
    """Plot the loss of every training stage by epoch, one small panel each."""
    from matplotlib.figure import Figure

    losses = {name: history["loss"] for name, history in histories.items() if history.get("loss")}
    figure = Figure(figsize=(3.2 * max(len(losses), 1), 2.6), dpi=110, layout="constrained")
    panels = figure.subplots(1, max(len(losses), 1), squeeze=False)[0]
    for ax, (name, loss) in zip(panels, losses.items(), strict=False):  # one is left empty where nothing was trained
        ax.plot(range(1, len(loss) + 1), loss, color="#2b6cb0", marker="." if len(loss) < 12 else "")
        ax.set_title(name, fontsize=9)
        ax.set_xlabel("epoch", fontsize=8)
        ax.set_ylabel("loss", fontsize=8)
        ax.tick_params(labelsize=7)
        ax.spines[["top", "right"]].set_visible(False)
    _save(figure, Path(path))


def _save(figure: Any, path: Path) -> None:
    with whole_file(path) as new:
        figure.savefig(new)
