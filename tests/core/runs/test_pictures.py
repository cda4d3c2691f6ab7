from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from bridgeae.errors import AdapterError
from bridgeae.runs import save_grid
from bridgeae.runs.pictures import aspect, can_plot, in_rows, save_curves


class Blank:
    """An adapter that plots, and nothing else."""

    name = "blank"

    def draw(self, sample: np.ndarray, axes: Axes) -> None:
        axes.imshow(sample)


class Wide(Blank):
    """One whose samples are eight times as wide as high."""

    aspect = 8


def cell(adapter: Any = None, caption: str = "") -> Any:
    return adapter or Blank(), np.zeros((4, 4)), caption


@pytest.mark.parametrize(
    ("caption", "shown"),
    [
        ("b$\\frac$.png", "b$\\frac$.png"),
        ("a$_$.png, 0.97\ntrusted", "a$_$.png, 0.97\ntrusted"),
        ("\udcff\udcfe.png", "??.png"),
        ("a\r\tb\0.png", "a  b .png"),
    ],
)
def test_captions_are_shown_as_they_are_spelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caption: str, shown: str
) -> None:
    titles: list[Any] = []
    set_title = Axes.set_title
    monkeypatch.setattr(Axes, "set_title", lambda *a, **k: titles.append(set_title(*a, **k)))
    save_grid([[cell(caption=caption)]], tmp_path / "a.png")
    assert [title.get_text() for title in titles] == [shown]
    assert Image.open(tmp_path / "a.png").size[0] > 50


def test_a_grid_is_as_wide_as_its_longest_row_and_its_widest_adapter(tmp_path: Path) -> None:
    sizes = {}
    for name, rows in {"one": [[cell()]], "three": [[cell()] * 3, [cell()]], "wide": [[cell(Wide())]]}.items():
        save_grid(rows, tmp_path / f"{name}.png", title=name)
        sizes[name] = Image.open(tmp_path / f"{name}.png").size
    assert sizes["three"][0] == 3 * sizes["one"][0] and sizes["wide"][0] == 8 * sizes["one"][0]
    assert sizes["three"][1] > sizes["one"][1] == sizes["wide"][1]


def test_an_adapter_without_draw_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    bare = type("Bare", (), {"name": "bare"})()
    assert can_plot(Blank()) and not can_plot(bare) and not can_plot(None)
    with pytest.raises(AdapterError, match="adapter 'bare' cannot plot"):
        save_grid([[cell(bare)]], tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_cells_are_put_in_rows() -> None:
    cells = [cell(caption=str(k)) for k in range(5)]
    assert [[c[2] for c in row] for row in in_rows(cells, 2)] == [["0", "1"], ["2", "3"], ["4"]]
    assert (aspect(Blank()), aspect(Wide())) == (1, 8)


def test_each_training_stage_has_its_curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Figure] = []
    savefig = Figure.savefig

    def kept(self: Figure, *arguments: Any, **options: Any) -> None:
        figures.append(self)
        savefig(self, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", kept)
    save_curves({"source": {"loss": [3.0, 1.0]}, "linker": {"loss": [2.0]}, "none": {}}, tmp_path / "a.png")
    save_curves({}, tmp_path / "b.png")  # nothing was trained
    curves = {ax.get_title(): ax.lines[0].get_ydata().tolist() for ax in figures[0].axes}  # type: ignore[union-attr]
    assert curves == {"source": [3.0, 1.0], "linker": [2.0]}
    assert Image.open(tmp_path / "b.png").size[0] > 50
