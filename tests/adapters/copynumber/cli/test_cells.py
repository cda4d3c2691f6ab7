"""The command on cells: joint calls, clones, and what an .h5ad holds of each cell."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from bridgeae_copynumber import Profile, read_segments, write
from bridgeae_copynumber.cli import main

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    """Write 10 cells of two clones, with 2 and 3 copies in one half of a chromosome."""
    copies = np.full((10, 160), 2.0)
    copies[6:, 80:] = 3
    log2 = np.log2(copies / 2) + np.random.default_rng(0).normal(0, 0.3, copies.shape)
    at = np.arange(160) * 1000
    profiles = [Profile(f"c{k}", np.full(160, "chr1"), at, at + 1000, row) for k, row in enumerate(log2)]
    write(profiles, tmp_path / "cells.tsv")
    return tmp_path / "cells.tsv"


def test_clones_are_written_and_said(cells: Path, tmp_path: Path, capsys: Captured) -> None:
    table, consensus = tmp_path / "clones.tsv", tmp_path / "clones.seg"
    assert main([str(cells), "--joint", "--clones", str(table), "--clone-profiles", str(consensus)]) == 0
    assert "cells of each clone: clone1 6, clone2 4" in capsys.readouterr().err
    lines = table.read_text().splitlines()
    assert lines[:2] == ["sample\tclone\tcells", "c0\tclone1\t6"]
    assert lines[-1] == "c9\tclone2\t4"
    found = read_segments(consensus)
    assert found.samples == ["clone1", "clone2"]
    assert found.n_bins.tolist()[0] == 160


def test_a_cell_without_values_has_a_row_without_a_clone(cells: Path, tmp_path: Path) -> None:
    lines = [re.sub(r"^(c3\t.*\t).*", r"\1NA", line) for line in cells.read_text().splitlines()]
    cells.write_text("\n".join(lines))
    assert main([str(cells), "--clones", str(tmp_path / "clones.tsv"), "-q"]) == 0
    lines = (tmp_path / "clones.tsv").read_text().splitlines()
    assert [line.split("\t")[0] for line in lines[1:]] == [f"c{k}" for k in range(10)]
    assert lines[4] == "c3\tNA\t0"


def test_an_h5ad_has_copies_and_facts_of_each_cell(cells: Path, tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata")
    out, clones = tmp_path / "out.h5ad", tmp_path / "clones.tsv"
    assert main([str(cells), "--joint", "--ploidy", "2", "--clones", str(clones), "-o", str(out), "-q"]) == 0
    data = anndata.read_h5ad(out)
    assert data.layers["copies"].shape == data.layers["segments"].shape == (10, 160)
    assert set(np.unique(data.layers["copies"])) <= {1.0, 2.0, 3.0}
    assert data.obs["clone"].tolist() == ["clone1"] * 6 + ["clone2"] * 4
    np.testing.assert_allclose(data.obs["noise"], 0.3, rtol=0.35)
    assert ((data.obs["quality"] >= 0) & (data.obs["quality"] <= 1)).all()
    assert data.obs["ploidy"].between(1.9, 2.6).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--clones", "cells.tsv"], "cells.tsv is the input itself"),
        (["--clone-profiles", "clones.xyz"], "`format` must be given for clones.xyz"),
        (["--clones", "a.tsv", "--clone-profiles", "a.tsv"], "`--clone-profiles` a.tsv is the output too"),
        (["--joint", "--call", "--cohort", "leave-one-out"], "subtracts what cells share"),
        (["--convert", "--joint"], "`--convert` writes segments as they are"),
    ],
)
def test_impossible_outputs_are_refused_before_any_work(
    cells: Path, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(cells.parent)
    assert main(["cells.tsv", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_one_sample_is_refused_for_joint_calls(cells: Path, capsys: Captured) -> None:
    assert main([str(cells), "--sample", "c0", "--joint", "--overwrite"]) == 2
    assert "`joint` needs at least two cells" in capsys.readouterr().err
