from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bridgeae.errors import InputError
from bridgeae_images import png


def samples(channels: int, n: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, 28, 28, channels), np.uint8)


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
def test_one_image_is_written_in_its_own_mode(channels: int, mode: str, tmp_path: Path) -> None:
    x = samples(channels, 1)
    png.write(x, tmp_path / "new" / "one.PNG")
    with Image.open(tmp_path / "new" / "one.PNG") as image:
        assert image.mode == mode and image.size == (28, 28)
        if channels < 4:
            np.testing.assert_array_equal(np.asarray(image).reshape(28, 28, channels), x[0])


def test_colours_under_a_mask_are_written_as_they_were_before_it(tmp_path: Path) -> None:
    colour, mask = np.full((1, 8, 8, 3), 200, np.uint8), np.full((1, 8, 8, 1), 128, np.uint8)
    png.write(np.concatenate([(colour * (mask / 255)).round().astype(np.uint8), mask], -1), tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_allclose(np.asarray(image)[..., :3].astype(int), 200, atol=1)


def test_several_images_make_a_contact_sheet_close_to_a_square(tmp_path: Path) -> None:
    x = np.zeros((5, 28, 28, 1), np.uint8)
    x[4] = 200
    png.write(x, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.size == (3 * 88 + 4, 2 * 88 + 4)
        sheet = np.asarray(image)
    assert (sheet[:4] == png.SHEET_GREY).all()
    assert (sheet[88 + 4 + 20, [20, 88 + 20, 2 * 88 + 20], 0] == [0, 200, png.SHEET_GREY]).all()


def test_a_folder_gets_a_numbered_file_for_each_image(tmp_path: Path) -> None:
    png.write(samples(3), tmp_path / "made")
    assert sorted(f.name for f in (tmp_path / "made").iterdir()) == ["0000.png", "0001.png", "0002.png"]


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"must end in \.png, or be a folder without an ending, received .*a\.jpg"):
        png.write(samples(1), tmp_path / "a.jpg")
    assert not list(tmp_path.iterdir())


def test_a_cut_out_object_is_shown_on_light_grey() -> None:
    x = np.zeros((8, 8, 4), np.uint8)
    x[2:4, 2:4] = [10, 20, 30, 255]
    shown = png.to_rgb(x)
    assert shown[2, 2].tolist() == [10, 20, 30] and shown[0, 0].tolist() == [png.BACKGROUND_GREY] * 3
    assert png.to_rgb(np.full((8, 8, 1), 7, np.uint8)).tolist() == np.full((8, 8, 3), 7).tolist()
