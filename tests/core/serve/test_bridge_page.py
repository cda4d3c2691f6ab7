from __future__ import annotations

import json
from copy import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bridgeae import Domain, LinkedAutoencoder
from bridgeae.errors import FileFormatError, InputError
from bridgeae.serve import BridgePage
from bridgeae.serve.bridge_page import DRAWS, MAX_SAMPLES


def with_adapters(bridge: LinkedAutoencoder, read: Any) -> LinkedAutoencoder:
    """Return a bridge over the same parts that reads and shows samples."""
    source, target = copy(bridge.source), copy(bridge.target)
    source.adapter = SimpleNamespace(name="waves", noun="waves", read=read)  # type: ignore[assignment]
    target.adapter = SimpleNamespace(name="tiles", noun="tiles")  # type: ignore[assignment]
    made = LinkedAutoencoder(source, target, bridge.linker)
    made.fitted_, made.confidence_ = True, bridge.confidence_
    return made


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    Image.fromarray(np.tile(np.arange(0, 240, 10, np.uint8), (24, 1))).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def test_an_answer_is_what_the_bridge_says(digit_page: BridgePage, picture: Path) -> None:
    said = digit_page.answer(picture, 3)
    (sample,) = said["samples"]
    bridge = digit_page._bridge
    assert bridge.source.adapter is not None
    reading = bridge.reading(bridge.source.adapter.read(picture), draws=DRAWS, seed=3)
    assert sample["name"] == "a.png" and len(sample["draws"]) == DRAWS == len(sample["draw_latents"])
    assert [c["name"] for c in sample["classes"]] == ["0", "1", "2"]
    np.testing.assert_allclose([c["p"] for c in sample["classes"]], reading.encoding.probabilities[0], atol=1e-4)
    assert reading.confidence is not None
    assert sample["trust"]["confidence"] == pytest.approx(float(reading.confidence[0]), abs=1e-4)
    np.testing.assert_allclose(sample["source_latent"], reading.encoding.z[0], atol=1e-5)
    assert digit_page.decode(np.array(sample["latent"])) == sample["answer"]
    assert sample["file"]["src"].startswith("data:image/png;base64,")
    json.dumps(said, allow_nan=False)


def test_the_seed_decides_on_the_draws(digit_page: BridgePage, picture: Path) -> None:
    draws = [digit_page.answer(picture, seed)["samples"][0]["draws"] for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_the_page_is_made_of_what_the_adapter_declares(digit_page: BridgePage) -> None:
    about = digit_page.describe()
    assert about["inputs"] == ["drawing", "camera"] and ".png" in about["suffixes"] and ".npz" not in about["suffixes"]
    assert about["noun"] == "images" and about["draws"] == DRAWS and about["card"] == ""


def test_a_map_of_draws_knows_their_classes(digit_page: BridgePage, picture: Path) -> None:
    latent = np.array(digit_page.answer(picture, 0)["samples"][0]["source_latent"])
    cloud = digit_page.cloud(latent)
    assert cloud["fixed"] and len(cloud["latents"]) == len(cloud["labels"]) and set(cloud["labels"]) <= set("012")
    assert digit_page.cloud(latent + 1) is cloud


def test_a_map_without_draws_shows_the_neighbours(bridge: LinkedAutoencoder, waves: Domain) -> None:
    page = BridgePage(with_adapters(bridge, lambda path: waves.select(slice(1))), "Waves")
    (sample,) = page.answer(Path("a.csv"), 0)["samples"]
    assert sample["draws"] == [] and page.describe()["draws"] == 0 and sample["file"] is None
    assert sample["answer"]["names"] == [] and len(sample["answer"]["values"]) == 36
    cloud = page.cloud(np.array(sample["source_latent"]))
    assert cloud["labels"] is None and not cloud["fixed"]
    gap = np.linalg.norm(np.array(cloud["latents"]) - sample["latent"], axis=1)
    assert 0 < gap.max() < 10 * np.linalg.norm(sample["latent"])


def test_a_map_without_a_calibration_shows_draws(drawing: LinkedAutoencoder, waves: Domain) -> None:
    bridge = with_adapters(drawing, lambda path: waves.select(slice(1)))
    bridge.confidence_ = None
    page = BridgePage(bridge, "Waves")
    (sample,) = page.answer(Path("a.csv"), 0)["samples"]
    cloud = page.cloud(np.array(sample["source_latent"]))
    assert len(set(map(tuple, cloud["latents"]))) == len(cloud["latents"]) > 50 and not cloud["fixed"]
    assert sample["trust"]["trusted"] is None and "not calibrated" in sample["trust"]["why"]


def test_the_first_samples_of_many_are_shown_with_a_note(bridge: LinkedAutoencoder, waves: Domain) -> None:
    said = BridgePage(with_adapters(bridge, lambda path: waves), "Waves").answer(Path("a.csv"), 0)
    assert len(said["samples"]) == MAX_SAMPLES < len(waves)
    assert said["notes"] == [f"The file holds 90 samples. The first {MAX_SAMPLES} are shown."]
    assert [s["name"] for s in said["samples"][:2]] == ["a.csv, 1", "a.csv, 2"]


def test_what_an_adapter_warns_becomes_a_note(bridge: LinkedAutoencoder, waves: Domain) -> None:
    def read(path: Path) -> Domain:
        import warnings

        warnings.warn(f"{path}: half of it is noise.", stacklevel=1)
        return waves.select(slice(1))

    page = BridgePage(with_adapters(bridge, read), "Waves")
    assert page.answer(Path("/tmp/x/a.csv"), 0)["notes"] == ["a.csv: half of it is noise."]


@pytest.mark.parametrize("z", [np.zeros(3), np.zeros((2, 4)), np.full(4, np.nan)])
def test_a_latent_of_another_size_is_refused(digit_page: BridgePage, picture: Path, z: np.ndarray) -> None:
    digit_page.answer(picture, 0)
    with pytest.raises(InputError, match="`z` must hold 4 finite numbers"):
        digit_page.decode(z)


def test_a_file_that_is_no_picture_is_refused(digit_page: BridgePage, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x80\x04no picture")
    with pytest.raises(FileFormatError, match="not a readable picture"):
        digit_page.answer(tmp_path / "a.png", 0)


def test_a_bridge_without_adapters_has_no_page(bridge: LinkedAutoencoder) -> None:
    with pytest.raises(InputError, match="no adapter on its source side"):
        BridgePage(bridge, "Waves")
