from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bridgeae import Domain
from bridgeae.autoencoder.linear_head import LinearHead
from bridgeae.progress import Progress
from bridgeae.runs.config import SideConfig
from bridgeae.runs.gallery import save_gallery, save_pictures
from bridgeae.runs.results import coverage_curve, measure, strict_json
from bridgeae.runs.side import Side, measure_side, read_side

CONFIG = SideConfig("images", ("a",), ("b",))
TRUTH = np.arange(40) % 2
HALF = Domain(np.eye(2)[TRUTH], np.where(np.arange(40) < 20, -1, TRUTH))  # half of it has no label


def sure() -> Any:
    """An autoencoder whose latents are its samples, and which names every class right."""
    return SimpleNamespace(
        encoder=SimpleNamespace(count_params=lambda: 1),
        decoder=None,
        adapter=None,
        classifier="first",
        classes_=np.array([0, 1]),
        encode=lambda x: x,
        predict=lambda x: x.argmax(1),
        encode_and_classify=lambda x: (x, x),
    )


def bridge() -> Any:
    confidence = SimpleNamespace(score=lambda z, probabilities: np.linspace(0, 1, len(z)))
    return SimpleNamespace(
        source=sure(), target=sure(), linker=None, confidence_=confidence, evaluate=lambda test, *_, **__: len(test)
    )


def test_samples_without_a_label_are_no_mistakes(tmp_path: Path) -> None:
    side = Side(CONFIG, HALF.select([0]), HALF, {}, autoencoder=sure())
    assert measure_side(side)["classifier"] == measure_side(side)["classifier"] | {"n": 20, "right": 20}
    results = measure(bridge(), {"source": side, "target": side}, None, Progress(quiet=True))
    assert results["translation"] == 20
    assert results["refusing"][0] == results["refusing"][0] | {"n": 20, "right": 20}
    columns = {"confidence": np.linspace(0, 1, 40)}
    save_gallery(tmp_path / "report.npz", bridge(), (HALF, HALF), HALF.x, columns, sure().predict)
    with np.load(tmp_path / "report.npz") as arrays:
        assert arrays["right"].shape == arrays["confidence"].shape == (20,) and arrays["right"].all()
        assert (arrays["shown_truth"] == arrays["shown_called"]).all() and set(arrays["shown_truth"]) == {"", "0", "1"}


def test_sides_without_any_label_have_no_figures_of_classes() -> None:
    side = Side(CONFIG, HALF, Domain(HALF.x, np.full(40, -1)), {}, autoencoder=sure())
    assert "classifier" not in measure_side(side)
    assert measure(bridge(), {"source": side, "target": side}, None, Progress(quiet=True)) == {}


@pytest.mark.parametrize(("classes", "n"), [([0], 20), ([0, 1], 40), ([7], None), (["0"], None)])
def test_translations_of_classes_that_the_target_lacks_are_not_measured(classes: list, n: int | None) -> None:
    source = Side(CONFIG, HALF, Domain(HALF.x, TRUTH), {}, autoencoder=sure())
    target = Side(CONFIG, HALF, Domain(np.ones((len(classes), 2)), classes), {}, autoencoder=sure())
    results = measure(bridge(), {"source": source, "target": target}, None, Progress(quiet=True))
    assert results.get("translation") == n and results["refusing"][0]["n"] == 40


def test_further_tests_without_labels_are_left_out(tmp_path: Path) -> None:
    Image.new("L", (9, 9)).save(tmp_path / "flat.png")
    place = "sklearn:digits?half=train&n=20"
    config = SideConfig("images", (place,), (place,), ("flat.png", "missing.zip"), {"size": 8, "channels": 1})
    said: list[str] = []
    assert read_side("source", config, None, tmp_path, smoke=False, say=said.append).more == {}
    assert "flat.png has no labels, so it is left out" in said[-2] and "missing.zip is not there" in said[-1]


def test_pictures_of_an_earlier_run_do_not_stay(tmp_path: Path) -> None:
    for name in ("mispredicted.png", "mine.png"):
        (tmp_path / name).touch()
    found = {"source": (HALF, HALF), "target": (HALF, HALF)}
    trained: Any = {"source": SimpleNamespace(history_={"classifier": {"loss": [1.0]}})}
    assert save_pictures(tmp_path, bridge(), trained, found, HALF.x) == ["loss_curves.png"]
    assert {path.name for path in tmp_path.iterdir()} == {"mine.png", "loss_curves.png"}


def test_json_has_no_nan() -> None:
    figures = {"a": float("nan"), "b": [1.5, {"c": (float("-inf"), "é", None, 3)}]}
    written = strict_json(figures)
    assert json.loads(written, parse_constant=pytest.fail) == {"a": None, "b": [1.5, {"c": [None, "é", None, 3]}]}


def test_a_coverage_curve_answers_the_most_confident_first() -> None:
    confidence = np.linspace(0, 1, 20)
    right = confidence > 0.25  # the least confident quarter is wrong
    curve = {point["coverage"]: point for point in coverage_curve(right, confidence)}
    assert curve[1.0]["accuracy"] == 0.75
    assert curve[0.7]["accuracy"] == curve[0.5]["accuracy"] == 1
    assert curve[0.5]["n"] == 10
    assert curve[0.5]["min_confidence"] == confidence[10]


def test_a_head_reads_classes_off_latents_of_any_shape_and_scale() -> None:
    rng, labels = np.random.default_rng(0), np.arange(300) % 3
    z = (rng.normal(size=(300, 2, 2)) + 6 * labels[:, None, None]) * [1e3, 1e-3]
    head = LinearHead.fit(Domain(z, np.where(np.arange(300) < 30, labels, -1)))  # most are unlabelled
    assert (head.classes[head.probabilities(z).argmax(1)] == labels).mean() > 0.97
    assert np.allclose(head.probabilities(z).sum(1), 1, atol=1e-5)


def test_a_head_can_be_told_to_choose_among_fewer_classes() -> None:
    head = LinearHead(np.eye(3, dtype=np.float32), np.zeros(3, np.float32), np.array(["a", "b", "c"]))
    assert head.knows(np.array(["a", "c"])) and not head.knows(np.array(["a", "d"]))
    few = head.only(np.array(["a", "c"]))
    assert few.classes.tolist() == ["a", "c"]
    assert np.allclose(few.probabilities(np.array([[0.0, 9.0, 0.0]])), 0.5)
