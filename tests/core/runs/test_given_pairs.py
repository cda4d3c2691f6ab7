"""A run file with ``pairing: given`` is measured beside its baselines, and its report shows it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridgeae import LinkedAutoencoder
from bridgeae.errors import BridgeError
from bridgeae.linker import AutoLinker
from bridgeae.registry import create_adapter
from bridgeae.report import write_report
from bridgeae.runs import read_config, run

RUN = """
source:
  adapter: images
  options: {size: 8, channels: 1}
  train: "sklearn:digits?half=train&classes=0-2&n=90"
  test: "sklearn:digits?half=test&classes=0-2&n=30"
  latent_shape: [6]
  fit: {epochs: 2}
target:
  adapter: images
  options: {size: 16, channels: 1}
  train: "sklearn:digits?half=train&classes=0-2&n=90"
  test: "sklearn:digits?half=test&classes=0-2&n=30"
  latent_shape: [6]
  fit: {epochs: 2}
pairing: given
linker: ridge
"""


def carry_out(folder: Path, text: str = RUN, **options: bool) -> dict[str, object]:
    (folder / "run.yaml").write_text(text)
    return run(read_config(folder / "run.yaml"), folder / "out", say=lambda line: None, **options)


@pytest.mark.slow
def test_given_pairs_are_measured_and_shown(tmp_path: Path) -> None:
    carry_out(tmp_path)
    pairs = json.loads((tmp_path / "out" / "results.json").read_text())["pairs"]
    assert pairs["n"] == 30 and set(pairs["baselines"]) == {"mean", "ridge", "nearest"}
    with np.load(tmp_path / "out" / "report.npz") as arrays:
        assert arrays["shown_true"].shape == arrays["shown_made"].shape
        assert arrays["pair_values"].shape == arrays["pair_values_made"].shape == (1000,)
    page = write_report(tmp_path / "out").read_text()
    assert "Given pairs" in page and f"{pairs['baselines']['nearest']['r2']:.3f}" in page
    assert "true value, standardised" in page


def test_left_out_options_mean_what_they_mean_in_python(tmp_path: Path) -> None:
    carry_out(tmp_path, re.sub(r"  (latent_shape|fit): .*\n|linker: ridge\n", "", RUN), smoke=True)
    again = LinkedAutoencoder.load(tmp_path / "out" / "model")
    source, target = (
        create_adapter("images", size=size, channels=1).read("sklearn:digits?half=train&classes=0-2&n=90")
        for size in (8, 16)
    )
    assert again.source.encode(source.x).shape == (90, 64)
    assert isinstance(again.linker, AutoLinker)
    made = LinkedAutoencoder().fit(source, target, pairing="given", linker_options={"epochs": 1})
    np.testing.assert_allclose(again.translate(source), made.translate(source), atol=1e-5)


@pytest.mark.nightly
def test_a_smoke_run_keeps_pairs_together(tmp_path: Path) -> None:
    more = RUN.replace("half=train&classes=0-2&n=90", "half=train&classes=0-2&n=300")
    results: Any = carry_out(tmp_path, more, smoke=True)
    assert results["pairs"]["n"] == 30
    assert results["data"]["source"]["train"] == results["data"]["target"]["train"] == 100


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("n=30", "n=24", "`source` has 24 samples and `target` 30"),
        ("n=30", "n=30&seed=1", "labels of .* of 30 given pairs disagree"),
        ("pairing: given", "pairing: given\nhold_out: 0.2", "`hold_out` would leave given pairs"),
    ],
)
def test_samples_that_do_not_pair_are_refused_before_training(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(BridgeError, match=message):
        carry_out(tmp_path, RUN.replace(old, new, 1))
    assert not (tmp_path / "out" / "model").exists()
