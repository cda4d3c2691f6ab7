"""The adapter: files become rows and back, and a run file plots them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from bridgeae.cli import main
from bridgeae.errors import InputError
from bridgeae_copynumber import CopyNumberAdapter, Profile, write
from bridgeae_copynumber.training import simulated_pairs

RUN = """
source: {adapter: copynumber, options: {side: raw, length: 64}, latent_shape: [null, 8],
         train: raw.tsv, test: raw.tsv, fit: {epochs: 1}}
target: {adapter: copynumber, options: {side: segmented, length: 64}, latent_shape: [null, 8],
         train: segmented.tsv, test: segmented.tsv, fit: {epochs: 1}}
linker: {kind: convolutional, fit: {epochs: 1, steps: 2}}
pairing: given
"""


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    adapter = CopyNumberAdapter(length=64)
    x = simulated_pairs(np.random.default_rng(0), 3, length=64)[0]
    adapter.write(x, tmp_path / "rows.tsv")
    np.testing.assert_allclose(adapter.read(tmp_path / "rows.tsv").x[..., [0, 2]], x[..., [0, 2]], atol=1e-6)


def test_files_of_bins_become_rows(tmp_path: Path) -> None:
    at = np.arange(100) * 10
    write(
        Profile("A", ["1"] * 60 + ["2"] * 40, at, at + 10, np.random.default_rng(0).normal(size=100)),
        tmp_path / "a.tsv",
    )
    domain = CopyNumberAdapter(length=64).read(tmp_path / "a.tsv")
    assert domain.x.shape == (2, 64, 3)
    assert domain.x[..., 2].sum() == 100
    assert domain.groups.tolist() == ["A", "A"]
    segmented = CopyNumberAdapter(side="segmented", length=64).read(tmp_path / "a.tsv")
    assert segmented.x.shape == (2, 64, 3)


@pytest.mark.parametrize(
    ("options", "message"), [({"side": "x"}, "`side` must be"), ({"length": 30}, "`length` must be")]
)
def test_wrong_adapter_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CopyNumberAdapter(**options)


def test_latents_that_are_no_sequence_are_refused() -> None:
    with pytest.raises(InputError, match="`latent_shape` must be"):
        CopyNumberAdapter().networks((32,))


@pytest.mark.slow
def test_a_run_plots_rows_below_each_other(tmp_path: Path) -> None:
    rows = dict(zip(("raw", "segmented"), simulated_pairs(np.random.default_rng(0), 8, length=64), strict=True))
    for side, x in rows.items():
        CopyNumberAdapter(side=side, length=64).write(x, tmp_path / f"{side}.tsv")
    (tmp_path / "run.yaml").write_text(RUN)
    assert main(["fit", str(tmp_path / "run.yaml"), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert main(["report", str(tmp_path / "out")]) == 0
    with np.load(tmp_path / "out" / "report.npz") as arrays:
        shown, height, width, _ = arrays["shown_made"].shape
        assert shown == 8 and width == 8 * height
    page = (tmp_path / "out" / "report.html").read_text()
    assert '<div class="pairs broad">' in page and '<div class="columns broad">' in page


@pytest.mark.parametrize("side", ["raw", "segmented"])
def test_a_row_without_bins_is_plotted_too(side: str) -> None:
    adapter = CopyNumberAdapter(side=side, length=64)
    axes = Figure().subplots()
    adapter.draw(np.zeros(adapter.sample_shape, np.float32), axes)
    assert axes.has_data()
    low, high = axes.get_ylim()
    assert low < -5 and high > 5
