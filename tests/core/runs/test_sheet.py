from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bridgeae.runs import sheet
from bridgeae.runs.sheet import save_sheet


class Red:
    """An adapter whose samples are red squares."""

    def pixels(self, sample: np.ndarray) -> np.ndarray:
        return np.broadcast_to(np.array([255, 0, 0], np.uint8), (8, 8, 3)).copy()

    def draw(self, sample: np.ndarray, axes: Any) -> None:
        axes.imshow(self.pixels(sample))


def cells(*captions: str) -> list[Any]:
    return [(Red(), np.zeros(1), caption) for caption in captions]


def test_pictures_are_pasted_in_rows_below_their_captions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "save_grid", lambda *_: pytest.fail("matplotlib drew"))
    save_sheet(cells("a", "b\nc", ""), 2, tmp_path / "a.png")
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).astype(int)
    red = (pixels == [255, 0, 0]).all(-1)
    assert red.sum() == 3 * 110 * 110 and not (pixels[:, 0] != 255).any()
    above = pixels[: int(np.flatnonzero(red.any(1))[0]), :120].sum(-1)
    assert (above < 300).any()  # the caption


@pytest.mark.parametrize("odd", ["\u624b.png", None], ids=["letters", "adapter"])
def test_matplotlib_draws_what_pillow_cannot(odd: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(sheet, "save_grid", lambda rows, path: drawn.append(rows))
    more = cells(odd) if odd else [(object(), np.zeros(1), "")]
    save_sheet(cells("a") + more, 1, tmp_path / "a.png")
    assert len(drawn[0]) == 2
