"""A bridge of copy-number rows that a run file describes is drawn in pictures and in its report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridgeae.cli import main
from bridgeae_copynumber import CopyNumberAdapter
from bridgeae_copynumber.training.pairs import simulated_pairs

RUN = """
source: {adapter: copynumber, options: {side: raw, length: 64}, latent_shape: [null, 8],
         train: raw.tsv, test: raw.tsv, fit: {epochs: 1}}
target: {adapter: copynumber, options: {side: segmented, length: 64}, latent_shape: [null, 8],
         train: segmented.tsv, test: segmented.tsv, fit: {epochs: 1}}
linker: {kind: convolutional, fit: {epochs: 1, steps: 2}}
pairing: given
"""


def test_rows_are_drawn_below_each_other(tmp_path: Path) -> None:
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
def test_what_is_masked_throughout_is_drawn_too(side: str) -> None:
    from matplotlib.figure import Figure

    adapter = CopyNumberAdapter(side=side, length=64)
    axes = Figure().subplots()
    adapter.draw(np.zeros(adapter.sample_shape, np.float32), axes)
    assert axes.has_data()
    low, high = axes.get_ylim()
    assert low < -5 and high > 5
