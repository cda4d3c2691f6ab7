from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bridgeae import Domain, LinkedAutoencoder, StoredSamples
from bridgeae.autoencoder.encoding import stream
from bridgeae.errors import InputError
from bridgeae.runs.translate import default_output, save_samples, translate_files
from small_run import FinishedRun


@pytest.fixture(scope="module")
def model(finished_run: FinishedRun) -> LinkedAutoencoder:
    """A calibrated model from images of 16 x 16 to images of 8 x 8, whose linker samples."""
    return LinkedAutoencoder.load(finished_run.out / "model")


def test_one_photo_becomes_a_picture_of_both_or_of_the_answer_alone(
    model: LinkedAutoencoder, photos: Path, tmp_path: Path
) -> None:
    photo = str(photos / "0" / "a.png")
    lines = translate_files(model, photo, tmp_path / "both.png")
    width, height = Image.open(tmp_path / "both.png").size
    assert width > 1.5 * height
    assert lines[0].startswith("a.png: ") and "probability" in lines[0] and "trusted" in lines[0]
    assert lines[1] == f"wrote 1 translated sample to {tmp_path / 'both.png'}"
    translate_files(model, photo, tmp_path / "one.png", plain=True)
    assert Image.open(tmp_path / "one.png").size == (8, 8)


def test_a_folder_becomes_a_sheet_or_arrays(model: LinkedAutoencoder, photos: Path, tmp_path: Path) -> None:
    assert len(translate_files(model, str(photos), tmp_path / "new" / "sheet.PNG")) == 1
    assert Image.open(tmp_path / "new" / "sheet.PNG").size[0] > 300
    translate_files(model, str(photos), tmp_path / "x.NPZ", draws=2, seed=5)
    samples = model.source.adapter.read(str(photos))  # type: ignore[union-attr]
    with np.load(tmp_path / "x.NPZ") as made:
        assert np.allclose(made["images"], model.translate(samples), atol=1e-6)
        assert np.allclose(made["draws"], model.translate(samples, draws=2, seed=5), atol=1e-6)
        assert made["labels"].tolist() == [0, 0, 1]
        assert (made["predicted"] == model.source.predict(samples)).all() and (made["probability"] > 1 / 3).all()
        assert np.allclose(made["confidence"], model.confidence(samples), atol=1e-6)
        assert [Path(name).name for name in made["names"]] == ["a.png", "b.png", "c.png"]


def test_draws_stand_beside_the_fixed_answer(model: LinkedAutoencoder, photos: Path, tmp_path: Path) -> None:
    widths = []
    for draws in (0, 3):
        translate_files(model, str(photos / "0" / "a.png"), tmp_path / "a.png", draws=draws)
        widths.append(Image.open(tmp_path / "a.png").size[0])
    assert widths[1] == pytest.approx(5 / 2 * widths[0], rel=0.02)


def test_a_file_of_one_sample_does_not_get_several(model: LinkedAutoencoder, photos: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"x\.tif would hold one sample, not 3: name a \.png or \.npz file"):
        translate_files(model, str(photos), tmp_path / "x.tif")
    with pytest.raises(InputError, match=r"x\.png has no place for draws: leave out `plain`"):
        translate_files(model, str(photos / "0" / "a.png"), tmp_path / "x.png", draws=2, plain=True)
    assert list(tmp_path.iterdir()) == []


def test_samples_on_disk_become_an_array_in_portions(
    model: LinkedAutoencoder, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = model.source.adapter.read(str(photos)).x  # type: ignore[union-attr]
    monkeypatch.setattr(type(model.source.adapter), "read", lambda self, path: Domain(StoredSamples(x)))
    monkeypatch.setattr("bridgeae.runs.translate.stream", partial(stream, size=2))
    said = translate_files(model, "x.npy", tmp_path / "made.npy")
    assert said == [f"wrote 3 translated samples to {tmp_path / 'made.npy'}"]
    assert np.allclose(np.load(tmp_path / "made.npy"), model.translate(x), atol=1e-5)
    with pytest.raises(InputError, match=r"draws\.npy has no place for draws: name a \.png or \.npz file"):
        translate_files(model, "x.npy", tmp_path / "draws.npy", draws=2)


def test_a_bridge_may_first_be_adapted_to_the_samples(model: LinkedAutoencoder, photos: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="16"):
        translate_files(model, str(photos), tmp_path / "x.npz", adapt=True)  # too few of them
    place = "sklearn:digits?half=train&n=20&seed=4"
    for adapt in (False, True):
        translate_files(model, place, tmp_path / f"{adapt}.npz", adapt=adapt)
    samples = model.source.adapter.read(place)  # type: ignore[union-attr]
    with np.load(tmp_path / "True.npz") as adapted, np.load(tmp_path / "False.npz") as made:
        assert np.allclose(adapted["images"], model.adapted(samples).translate(samples), atol=1e-6)
        assert (adapted["confidence"] != made["confidence"]).any()


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("hand.jpg", "hand.translated.png"),
        ("a/b/set.npz?half=test", "set.translated.png"),
        ("drawn:hands?n=4", "drawn_hands.translated.png"),
    ],
)
def test_the_default_output_is_named_after_the_input(model: LinkedAutoencoder, place: str, name: str) -> None:
    assert default_output(model, place) == Path(name)


def test_the_default_output_of_a_folder_has_its_name(
    model: LinkedAutoencoder, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_output(model, f"{photos}/") == Path(f"{photos.name}.translated.png")
    monkeypatch.chdir(photos)
    assert default_output(model, ".") == Path(f"{photos.name}.translated.png")


def test_what_cannot_be_plotted_gets_arrays(bridge: LinkedAutoencoder) -> None:
    for plain in (False, True):  # its target has no adapter that names an ending
        assert default_output(bridge, "set.npz?half=test", plain=plain) == Path("set.translated.npz")


def test_a_plain_answer_ends_as_the_files_of_its_target_do(
    model: LinkedAutoencoder, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(model.target.adapter), "suffixes", (".tif", ".png"))
    assert default_output(model, "a.png", plain=True) == Path("a.translated.tif")
    assert default_output(model, "a.png") == Path("a.translated.png")


def test_readings_are_written_one_after_the_other(drawing: LinkedAutoencoder, waves: Domain, tmp_path: Path) -> None:
    parts = [drawing.reading(waves.select(part), draws=2, seed=1) for part in (slice(4), slice(4, 9))]
    save_samples(tmp_path / "x.npz", drawing, parts, np.arange(9))
    with np.load(tmp_path / "x.npz") as made:
        assert set(made) == {"samples", "labels", "predicted", "probability", "confidence", "draws", "names"}
        assert np.allclose(made["samples"], drawing.translate(waves.x[:9]), atol=1e-5)
        assert made["draws"].shape == (9, 2, 6, 6, 1) and (made["labels"] == waves.known_labels()[:9]).all()
        assert (made["predicted"] == drawing.source.predict(waves.x[:9])).all()


def test_what_a_bridge_does_not_know_is_left_out(bridge: LinkedAutoencoder, waves: Domain, tmp_path: Path) -> None:
    save_samples(tmp_path / "x.npz", bridge, [bridge.reading(waves.x[:3])])
    with np.load(tmp_path / "x.npz") as made:
        assert set(made) == {"samples", "predicted", "probability"}
