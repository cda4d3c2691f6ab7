from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridgeae import Autoencoder, Domain, FlowLinker, LinkedAutoencoder
from bridgeae.progress import Progress
from bridgeae.runs import RunConfig, SideConfig
from bridgeae.runs.results import measure, provenance, record, strict_json, write_json
from bridgeae.runs.side import Side

CONFIG = SideConfig("images", ("a",), ("b",))
Autoencoders = dict[str, Autoencoder]
Domains = dict[str, Domain]


@pytest.fixture(scope="module")
def linked(autoencoders: Autoencoders, domains: Domains) -> LinkedAutoencoder:
    """A calibrated bridge whose linker samples."""
    made = LinkedAutoencoder(autoencoders["a"], autoencoders["b"], FlowLinker(units=16))
    made.fit(domains["a"], domains["b"], linker_options={"epochs": 2, "steps": 50})
    return made.calibrate(domains["a"], domains["a"])


def with_labels(domain: Domain, labels: Any) -> Domain:
    return Domain(domain.x[: len(labels)], labels)


def half(domain: Domain) -> Domain:
    return with_labels(domain, np.where(np.arange(90) < 45, -1, domain.known_labels()))


def measured(linked: LinkedAutoencoder, tests: dict[str, Domain], target: Domain, **options: Any) -> dict[str, Any]:
    side = Side(CONFIG, target, target, {})
    side.autoencoder = linked.target
    readings = {place: linked.reading(test, **options) for place, test in tests.items()}
    return measure(linked, readings, side, None, Progress(quiet=True))


def test_all_test_samples_are_measured(linked: LinkedAutoencoder, domains: Domains) -> None:
    results = measured(linked, {"": domains["a"]}, domains["b"])
    assert results["translation"]["n"] == results["refusing"][0]["n"] == 90
    assert results["translation"]["accuracy"] > 0.95 and results["translation"]["frechet"] is not None
    assert "drawn_translation" not in results and "more_tests" not in results


def test_what_is_drawn_is_measured_on_the_first_draw(linked: LinkedAutoencoder, domains: Domains) -> None:
    results = measured(linked, {"": domains["a"]}, domains["b"], draws=2, seed=5)
    one = linked.reading(domains["a"], draws=2, seed=5)
    assert results["drawn_translation"] == linked.evaluate(one, domains["b"], drawn=True, seed=5)
    assert results["drawn_translation"]["diversity"] > results["translation"]["diversity"]


def test_samples_without_a_label_are_no_mistakes(linked: LinkedAutoencoder, domains: Domains) -> None:
    results = measured(linked, {"": half(domains["a"])}, half(domains["b"]))
    assert results["translation"]["n"] == results["refusing"][0]["n"] == 45
    assert results["translation"]["accuracy"] > 0.95


def test_sides_without_any_label_have_no_figures_of_classes(linked: LinkedAutoencoder, domains: Domains) -> None:
    bare = Domain(domains["a"].x), Domain(domains["b"].x)
    assert measured(linked, {"": bare[0]}, domains["b"]) == {}
    assert measured(linked, {"": domains["a"]}, bare[1]) == {}


@pytest.mark.parametrize(
    ("labels", "n"), [([0] * 9, 30), ([0, 1] * 9, 60), ([7] * 9, None), (["0"] * 9, None)], ids=str
)
def test_translations_of_classes_that_the_target_lacks_are_not_measured(
    linked: LinkedAutoencoder, domains: Domains, labels: list[Any], n: int | None
) -> None:
    results = measured(linked, {"": domains["a"]}, with_labels(domains["b"], labels))
    assert results.get("translation", {}).get("n") == n
    assert results["refusing"][0]["n"] == 90


def test_further_tests_stand_under_their_place(linked: LinkedAutoencoder, domains: Domains) -> None:
    noisy = Domain(domains["a"].x[:30] + 0.1, domains["a"].known_labels()[:30])
    results = measured(linked, {"": domains["a"], "other/lab": noisy}, domains["b"])
    figures = results["more_tests"]["other/lab"]
    assert figures["classifier"]["n"] == figures["translation"]["n"] == 30
    assert "classifier" not in results  # it stands among the source's own figures


def test_json_has_no_nan(tmp_path: Path) -> None:
    figures = {"a": float("nan"), "b": [1.5, {"c": (float("-inf"), "é", None, 3)}]}
    wanted = {"a": None, "b": [1.5, {"c": [None, "é", None, 3]}]}
    assert json.loads(strict_json(figures), parse_constant=pytest.fail) == wanted
    write_json(tmp_path / "new" / "results.json", figures)
    assert json.loads((tmp_path / "new" / "results.json").read_text(encoding="utf-8")) == wanted


def test_a_file_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("before")
    with pytest.raises(TypeError):
        write_json(tmp_path / "results.json", {"a": object()})
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]
    assert (tmp_path / "results.json").read_text() == "before"


def test_a_record_says_what_was_done_where_and_with_what() -> None:
    config = RunConfig(CONFIG, CONFIG, seed=4)
    side = Side(CONFIG, Domain(np.zeros((2, 1))), Domain(np.zeros((2, 1))), {"train": 2})
    decided = provenance(config, {"source": side}, "flow", smoke=True)
    assert decided["seed"] == 4 and decided["smoke"] and decided["linker"] == "flow"
    assert decided["data"] == {"source": {"train": 2}} and {"bridgeae", "keras"} <= set(decided["versions"])
    written = json.loads(strict_json(record(config, "bridgeae fit run.yaml")))
    assert written["command"] == "bridgeae fit run.yaml" and written["config"]["source"]["adapter"] == "images"
