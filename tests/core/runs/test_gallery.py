from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae import Autoencoder, Domain, LinkedAutoencoder, RidgeLinker
from bridgeae.runs import SideConfig
from bridgeae.runs.gallery import choose_evenly, save_arrays, save_pictures
from bridgeae.runs.side import Side
from small_run import FinishedRun

Autoencoders = dict[str, Autoencoder]
Domains = dict[str, Domain]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40).map(np.array), st.integers(1, 50))
def test_samples_are_chosen_evenly_and_in_the_order_of_their_classes(labels: np.ndarray, count: int) -> None:
    chosen = choose_evenly(labels, len(labels), count)
    assert len(set(chosen)) == len(chosen) == min(count, len(labels))
    assert (np.diff(labels[chosen]) >= 0).all()
    most = max((labels[chosen] == c).sum() for c in labels)
    for c in np.unique(labels):  # a class with fewer than others has none left
        taken = (labels[chosen] == c).sum()
        assert taken >= most - 1 or taken == (labels == c).sum()


def test_without_labels_any_samples_are_chosen_and_always_the_same() -> None:
    chosen = choose_evenly(None, 20, 7)
    assert len(set(chosen)) == 7 and (chosen == choose_evenly(None, 20, 7)).all()


def side(autoencoder: Autoencoder, test: Domain) -> Side:
    made = Side(SideConfig("images", ("a",), ("b",)), test, test, {})
    made.autoencoder = autoencoder
    return made


@pytest.fixture(scope="module")
def linked(autoencoders: Autoencoders, domains: Domains) -> LinkedAutoencoder:
    """A calibrated bridge of sides without adapters, which cannot plot."""
    made = LinkedAutoencoder(autoencoders["a"], autoencoders["b"], RidgeLinker()).fit(domains["a"], domains["b"])
    return made.calibrate(domains["a"], domains["a"])


def arrays(linked: LinkedAutoencoder, test: Domain, target: Domain, path: Path, judge: Any = None) -> dict[str, Any]:
    sides = side(linked.source, test), side(linked.target, target)
    save_arrays(path, linked, *sides, linked.reading(test), judge or linked.target.predict)
    with np.load(path) as held:
        return dict(held)


@pytest.mark.nightly
def test_samples_without_a_label_are_shown_but_not_judged(
    linked: LinkedAutoencoder, domains: Domains, tmp_path: Path
) -> None:
    a = domains["a"]
    half = Domain(a.x, np.where(np.arange(90) < 45, -1, a.known_labels()))
    held = arrays(linked, half, domains["b"], tmp_path / "report.npz")
    assert held["right"].shape == held["confidence"].shape == (45,) and held["right"].mean() > 0.95
    assert set(held["shown_truth"]) == {"", "0", "1", "2"}
    assert ((held["shown_called"] == "") == (held["shown_truth"] == "")).all()


def test_maps_show_translations_in_the_axes_of_the_target(
    linked: LinkedAutoencoder, domains: Domains, tmp_path: Path
) -> None:
    held = arrays(linked, domains["a"], domains["b"], tmp_path / "report.npz")
    assert held["source_map"].shape == held["target_map"].shape == held["made_map"].shape == (90, 2)
    assert 0 < held["target_share"].sum() <= 1 + 1e-6
    for c in "012":  # made samples lie with the real ones of their class, nearer than the classes to each other
        made = held["made_map"][held["made_classes"] == c].mean(0)
        real = {k: held["target_map"][held["target_classes"] == k].mean(0) for k in "012"}
        assert min(real, key=lambda k: float(np.linalg.norm(real[k] - made))) == c


def test_what_cannot_be_plotted_has_no_tiles(linked: LinkedAutoencoder, domains: Domains, tmp_path: Path) -> None:
    held = arrays(linked, Domain(domains["a"].x), Domain(domains["b"].x), tmp_path / "report.npz")
    assert not {"shown", "shown_made", "drawn", "source_samples", "shown_truth", "right"} & set(held)


def test_pictures_of_an_earlier_run_do_not_stay(linked: LinkedAutoencoder, domains: Domains, tmp_path: Path) -> None:
    for name in ("mispredicted.png", "mine.png"):
        (tmp_path / name).touch()
    sides = {"source": side(linked.source, domains["a"]), "target": side(linked.target, domains["b"])}
    assert save_pictures(tmp_path, linked, sides, linked.reading(domains["a"]), seed=0) == ["loss_curves.png"]
    assert {path.name for path in tmp_path.iterdir()} == {"mine.png", "loss_curves.png"}


def test_a_run_of_adapters_that_plot_leaves_tiles_of_both_sides(finished_run: FinishedRun) -> None:
    with np.load(finished_run.out / "report.npz") as held:
        assert held["shown"].shape == held["shown_made"].shape == (12, 112, 112, 3)
        assert held["drawn_made"].shape[:2] == (8, 3) and len(held["drawn"]) == 8
        for name in ("source", "target"):
            assert held[f"{name}_samples"].shape == held[f"{name}_again"].shape == (10, 112, 112, 3)
        assert held["shown"].dtype == np.uint8
