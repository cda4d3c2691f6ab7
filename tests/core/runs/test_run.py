"""What a whole run promises; the run of these tests has seed 3 and a run file without `linker` and `pairing`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bridgeae import ClassPairing, Domain, LinkedAutoencoder
from bridgeae.errors import BridgeError, ConfigError, InputError, MissingFileError
from bridgeae.evaluation import evaluate_translations
from bridgeae.linked.choices import choose_linker, choose_pairing
from bridgeae.registry import create_linker, create_pairing
from bridgeae.runs import LinkerConfig, PairingConfig, RunConfig, SideConfig, read_config, run
from bridgeae.runs.gallery import choose_evenly
from small_run import FinishedRun, digest


@pytest.fixture(scope="module")
def model(finished_run: FinishedRun) -> LinkedAutoencoder:
    return LinkedAutoencoder.load(finished_run.out / "model")


@pytest.fixture(scope="module")
def tests(finished_run: FinishedRun, model: LinkedAutoencoder) -> dict[str, Domain]:
    config = read_config(finished_run.file)
    source, target = model.source.adapter, model.target.adapter
    assert source is not None and target is not None
    return {
        "source": source.read(config.source.test[0]),
        "target": target.read(config.target.test[0]),
        "more": source.read(config.source.more_tests[0]),
    }


@pytest.fixture(scope="module")
def made(finished_run: FinishedRun) -> dict[str, np.ndarray]:
    with np.load(finished_run.out / "translations.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def results(finished_run: FinishedRun) -> dict[str, Any]:
    return json.loads((finished_run.out / "results.json").read_text())  # type: ignore[no-any-return]


def test_it_writes_results_model_translations_and_pictures(
    finished_run: FinishedRun, results: dict[str, Any], made: dict[str, np.ndarray]
) -> None:
    assert results["seed"] == 3 and results["smoke"] is False
    assert results["translation"]["n"] == results["drawn_translation"]["n"] == 12
    assert results["data"]["source"]["from"]["train"].startswith("sklearn:digits")
    assert set(results["stages"]) >= {"read", "train source", "train target", "train linker"}
    assert results["peak_memory_gb"] > 0
    assert made["images"].shape == (12, 8, 8, 1) and made["draws"].shape == (12, 3, 8, 8, 1)
    for name in ("translations", "reconstructions_source", "reconstructions_target", "augmented", "loss_curves"):
        assert Image.open(finished_run.out / f"{name}.png").size[0] > 100
    recorded = json.loads((finished_run.out / "run.json").read_text())
    assert recorded["command"].startswith("bridgeae fit ") and recorded["config"]["draws"] == 3


@pytest.mark.parametrize("name", ["source", "more", "target"])
def test_each_test_sample_is_encoded_once_with_its_views(
    finished_run: FinishedRun, model: LinkedAutoencoder, tests: dict[str, Domain], name: str
) -> None:
    """Once as it is and once a view, for figures, results, pictures and files together."""
    side = model.target if name == "target" else model.source
    x = tests[name].x
    views = side.adapter.views(x)  # type: ignore[union-attr]
    assert len(views) == (1 if name == "target" else 2)
    wanted = Counter(digest(sample) for look in (x, *views) for sample in look)
    passed = finished_run.passes[x.shape[1]]
    assert {sample: passed[sample] for sample in wanted} == wanted


def test_the_file_holds_the_fixed_answers_and_the_draws_of_the_seed(
    model: LinkedAutoencoder, tests: dict[str, Domain], made: dict[str, np.ndarray]
) -> None:
    test = tests["source"]
    assert np.allclose(made["images"], model.translate(test), atol=1e-5)
    assert np.allclose(made["draws"], model.translate(test, draws=3, seed=3), atol=1e-5)
    assert not np.allclose(made["draws"], model.translate(test, draws=3, seed=0), atol=1e-2)
    assert (made["labels"] == test.labels).all() and (made["predicted"] == model.source.predict(test)).all()
    assert np.allclose(made["confidence"], model.confidence(test), atol=1e-5)


@pytest.mark.parametrize("name", ["translation", "drawn_translation"])
def test_the_figures_are_measured_on_the_samples_of_the_file(
    model: LinkedAutoencoder, tests: dict[str, Domain], made: dict[str, np.ndarray], results: dict[str, Any], name: str
) -> None:
    answers = {"translation": made["images"], "drawn_translation": made["draws"][:, 0]}[name]
    figures = evaluate_translations(answers, made["labels"], model.target, None, tests["target"], seed=3)
    assert figures["frechet"] is not None
    for key, value in figures.items():
        assert results[name][key] == (pytest.approx(value, rel=1e-4) if isinstance(value, float) else value)


def test_the_pictures_are_of_the_draws_of_the_file(finished_run: FinishedRun, made: dict[str, np.ndarray]) -> None:
    with np.load(finished_run.out / "report.npz") as arrays:
        tiles = arrays["drawn_made"]
    shown = choose_evenly(made["labels"], 12, len(tiles))
    assert tiles.shape[:2] == (len(tiles), 3) and len(tiles) >= 6
    height = tiles.shape[2] // 8
    pixels = tiles[:, :, height // 2 :: height, height // 2 :: height, 0] / 255  # the centre of each of 8 x 8
    wanted = np.clip(made["draws"][shown][..., 0], 0, 1)
    ours, theirs = (part - part.mean(1, keepdims=True) for part in (pixels, wanted))  # how draws of a sample differ
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.95


def test_without_keys_the_linker_and_the_pairing_are_those_of_python(
    finished_run: FinishedRun, model: LinkedAutoencoder, tests: dict[str, Domain], results: dict[str, Any]
) -> None:
    config = read_config(finished_run.file)
    assert config.linker.kind is None and config.pairing.kind is None
    pairing = choose_pairing(None, tests["source"], tests["target"])
    assert isinstance(pairing, ClassPairing)
    linker, default = model.linker, choose_linker(None, pairing)
    assert type(linker) is type(default)
    assert vars(linker).items() >= {"condition": default.condition, "units": default.units}.items()  # type: ignore[attr-defined]
    assert results["linker"] == "flow"


def test_further_tests_are_measured_apart(results: dict[str, Any]) -> None:
    (figures,) = results["more_tests"].values()
    assert figures["classifier"]["n"] == 10 and figures["classifier"]["right"] == 0  # of classes nobody has seen
    assert "refusing" in figures and "translation" not in figures


SIDE = SideConfig("images", ("nowhere.npz",), ("nowhere.npz",), options={"size": 8, "channels": 1})


NAMED = (
    *(LinkerConfig(name) for name in ("ridge", "dense", "convolutional", "flow", "network", None)),
    LinkerConfig("ridge", {"alpha": 0.5}, {"pairs": 10}),
    LinkerConfig("flow", {"condition": "latent", "units": 8}, {"epochs": 1, "steps": None}),
    LinkerConfig("network", {"network": "dense", "loss": "mae"}, {"learning_rate": 1e-3}),
    *(PairingConfig(name) for name in ("class", "class-drop", "given", "transport", "unpaired", "one-sided", None)),
    PairingConfig("class", {"missing": "drop"}),
)


@pytest.mark.parametrize("part", NAMED, ids=str)
def test_a_run_takes_the_names_that_python_takes(part: LinkerConfig | PairingConfig, tmp_path: Path) -> None:
    """They pass the checks, which come first: what is missing in the end is the data."""
    config = RunConfig(SIDE, SIDE)
    if isinstance(part, LinkerConfig):
        config = replace(config, linker=part)
        assert part.kind is None or create_linker(part.kind, **part.options)
    else:
        config = replace(config, pairing=part)
        assert part.kind is None or create_pairing(part.kind, **part.options)
    with pytest.raises(MissingFileError):
        run(config, tmp_path / "out")


@pytest.mark.parametrize(
    ("linker", "pairing", "message"),
    [
        (LinkerConfig("rigde"), PairingConfig(), r"no linker is called 'rigde'.* Did you mean `ridge`\?"),
        (LinkerConfig(), PairingConfig("clas"), r"no pairing is called 'clas'.* Did you mean `class`\?"),
        (LinkerConfig("ridge", {"alfa": 1}), PairingConfig(), "linker 'ridge' has no option 'alfa'. It takes: alpha"),
        (LinkerConfig("ridge", {"alpha": "x"}), PairingConfig(), "linker 'ridge': `alpha`: expected float"),
        (LinkerConfig("ridge", {}, {"pair": 1}), PairingConfig(), r"linker.fit: unknown key `pair`.*`pairs`"),
        (LinkerConfig("flow", {}, {"steps": 0}), PairingConfig(), r"`linker.fit: steps` must be at least 1"),
        (LinkerConfig("flow", {}, {"refresh": 1}), PairingConfig(), "linker.fit: unknown key `refresh`"),
        (LinkerConfig(None, {"alpha": 1}), PairingConfig(), "linker: pass `kind` with its options: unknown key"),
        (LinkerConfig(), PairingConfig(None, {"missing": "drop"}), "pairing: pass `kind` with its options"),
        (LinkerConfig(), PairingConfig("class", {"missing": "no"}), "`missing` must be one of"),
    ],
)
def test_an_unknown_name_or_option_is_refused_before_anything_is_read(
    linker: LinkerConfig, pairing: PairingConfig, message: str, tmp_path: Path
) -> None:
    with pytest.raises(BridgeError, match=message) as raised:
        run(RunConfig(SIDE, SIDE, linker, pairing), tmp_path / "out")
    assert isinstance(raised.value, InputError | ConfigError)
    assert not (tmp_path / "out").exists()


def test_a_run_whose_answers_nobody_can_judge_says_so(finished_run: FinishedRun, tmp_path: Path) -> None:
    Image.new("L", (9, 9)).save(tmp_path / "flat.png")  # without a class
    config, said = read_config(finished_run.file), list[str]()
    source = replace(config.source, test=(str(tmp_path / "flat.png"),), more_tests=())
    run(replace(config, source=source), tmp_path / "out", smoke=True, say=said.append)
    assert [line for line in said if line.startswith("no right answers are counted: the test samples of both sides")]


@pytest.mark.nightly
def test_a_run_may_find_the_labels_of_its_target(finished_run: FinishedRun, tmp_path: Path) -> None:
    config = replace(read_config(finished_run.file), pairing=PairingConfig("one-sided", {"labelled": "source"}))
    results = run(config, tmp_path / "out", smoke=True, say=lambda _: None)
    assert 0 <= results["found_labels"]["score"] <= 1 and "find labels" in results["stages"]
    assert LinkedAutoencoder.load(tmp_path / "out" / "model").found_ is not None
