from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread, imsave

from bridgeae.errors import FileFormatError
from bridgeae.report import write_report
from bridgeae.report.pictures import tile

from .sample_run import read, write, write_model


def test_a_tile_keeps_its_pixels(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (5, 7, 3), np.uint8)
    head, _, data = tile(pixels).partition(",")
    (tmp_path / "a.png").write_bytes(b64decode(data))
    assert head == "data:image/png;base64"
    assert np.array_equal((imread(tmp_path / "a.png")[..., :3] * 255).round(), pixels)


def test_results_name_sections_of_pictures(tmp_path: Path) -> None:
    pictures = {"Along the genome": {"genome_1.png": "T1", "genome_2.png": "T2"}, "The cohort": {"cohort.png": "All"}}
    write(tmp_path / "results.json", {"pictures": pictures | {"Empty": {"none.png": "gone"}}})
    for name in ("genome_1.png", "genome_2.png", "cohort.png", "other.png"):
        imsave(tmp_path / name, np.zeros((20, 300, 3)))
    page = read(write_report(tmp_path))
    assert "Along the genome T1 T2 The cohort All Pictures Other" in page.words
    assert "Empty" not in page.words and len(page.images) == 4


def test_pictures_have_captions_and_the_order_of_their_numbers(tmp_path: Path) -> None:
    write(tmp_path / "results.json", {"captions": {"cohort.png": "Forty samples, blue lost, red gained."}})
    for name in ("pictures/cohort.png", "genome_10.png", "genome_2.png", "translations.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        imsave(tmp_path / name, np.zeros((20, 30, 3)))
    (tmp_path / "curve-a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    imsave(tmp_path / "photo.JPG", np.zeros((20, 30, 3)), format="jpeg")
    page = read(write_report(tmp_path))
    alternatives = [image["alt"] for image in page.images]
    assert alternatives == [
        "Curve a",
        "Genome 2",
        "Genome 10",
        "Photo",
        "Forty samples, blue lost, red gained.",
        "Test samples, each beside its fixed answer.",
    ]
    kinds = [str(image["src"]).split(";")[0] for image in page.images]
    assert kinds == [f"data:image/{kind}" for kind in ("svg+xml", "png", "png", "jpeg", "png", "png")]


def test_only_pictures_of_the_folder_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    secret = tmp_path / "secret.png"
    imsave(secret, np.zeros((9, 9, 3)))
    shown = {"../secret.png": "a", str(secret): "b", "link.png": "c", "results.json": "d", "own.png": "own"}
    write(folder / "results.json", {"pictures": {"Stolen": shown}})
    (folder / "link.png").symlink_to(secret)
    (folder / "below").symlink_to(tmp_path)
    imsave(folder / "own.png", np.ones((9, 9, 3)))
    assert [image["alt"] for image in read(write_report(folder)).images] == ["own"]


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.svg"])
@pytest.mark.parametrize("content", [b"", b"secret words", b"<script>alert(1)</script>"])
def test_a_file_that_only_has_the_name_of_a_picture_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    write(tmp_path / "results.json", {})
    (tmp_path / name).write_bytes(content)
    assert not read(write_report(tmp_path)).images  # a run of no results shows none
    write(tmp_path / "results.json", {"seed": 0})
    with pytest.raises(FileFormatError, match=rf"{name} is no .* picture"):
        write_report(tmp_path, overwrite=True)


def test_a_page_holds_forty_further_pictures(tmp_path: Path) -> None:
    write(tmp_path / "results.json", {"seed": 0})
    for k in range(43):
        imsave(tmp_path / f"{k}.png", np.zeros((2, 2, 3)))
    page = read(write_report(tmp_path))
    assert len(page.images) == 40 and "3 more pictures are in the folder" in page.words


def test_a_chart_takes_the_place_of_the_loss_curves_picture(tmp_path: Path) -> None:
    write(tmp_path / "results.json", {"seed": 0})
    imsave(tmp_path / "loss_curves.png", np.zeros((2, 2, 3)))
    assert len(read(write_report(tmp_path)).images) == 1
    write_model(tmp_path / "model")
    assert not read(write_report(tmp_path, overwrite=True)).images
