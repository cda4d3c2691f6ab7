import numpy as np
import pytest
from matplotlib.axes import Axes
from PIL import Image

from bridgeae.runs.pictures import save_grid


class Blank:
    def draw(self, sample, axes):
        axes.imshow(sample)


@pytest.mark.parametrize(
    ("caption", "shown"),
    [
        ("b$\\frac$.png", "b$\\frac$.png"),
        ("a$_$.png, 0.97\ntrusted", "a$_$.png, 0.97\ntrusted"),
        ("\udcff\udcfe.png", "??.png"),
        ("a\r\tb\0.png", "a  b .png"),
    ],
)
def test_captions_are_shown_as_they_are_spelled(tmp_path, monkeypatch, caption, shown):
    titles = []
    set_title = Axes.set_title
    monkeypatch.setattr(Axes, "set_title", lambda *a, **k: titles.append(set_title(*a, **k)))
    save_grid([[(Blank(), np.zeros((4, 4)), caption)]], tmp_path / "a.png")
    assert [title.get_text() for title in titles] == [shown]
    assert Image.open(tmp_path / "a.png").size[0] > 50
