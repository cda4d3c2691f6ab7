"""Weights, depths and genes of bins, beside their values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adapters.copynumber.samples import put
from bridgeae_copynumber import read, read_segments
from bridgeae_copynumber.cli import main

CNR = "chromosome\tstart\tend\tgene\tdepth\tlog2\tweight\n"
ROWS = "chr1\t0\t10\tA\t3\t0.1\t0.5\nchr1\t10\t20\tA,B\t4\t0.2\t1\nchr2\t0\t10\tAntitarget\t5\t-0.1\tNA\n"


def test_columns_are_read_where_there_are_any(tmp_path: Path) -> None:
    (p,) = read(put(tmp_path, CNR + ROWS, "S.cnr"))
    assert p.gene is not None and p.gene.tolist() == ["A", "A,B", "Antitarget"]
    np.testing.assert_array_equal(p.depth, [3, 4, 5])
    np.testing.assert_array_equal(p.weight, [0.5, 1, np.nan])
    (plain,) = read(tmp_path / "S.cnr", annotate=False)
    assert plain.gene is None and plain.weight is None and plain.depth is None


def test_they_follow_their_bins_into_samples_and_through_sorting(tmp_path: Path) -> None:
    text = "sample\tchrom\tstart\tend\tlog2\tgene\nP\t1\t10\t20\t1\tB\nQ\t1\t0\t10\t2\tC\nP\t1\t0\t10\t3\tA\n"
    first, second = read(put(tmp_path, text), sort=True)
    assert first.gene is not None and first.gene.tolist() == ["A", "B"] and first.log2.tolist() == [3, 1]
    assert second.gene is not None and second.gene.tolist() == ["C"]


@pytest.mark.parametrize(
    ("spread", "weight"),
    [("0.2 0.4 0.02 NA", [1, 0.25, 4, 0]), ("0 0 0 0", None), ("0.2 -1 0.2 0.2", None)],
)
def test_the_spread_of_a_reference_becomes_weights(tmp_path: Path, spread: str, weight: list[float] | None) -> None:
    rows = [f"chr1\t{k}0\t{k + 1}0\tA\t0.{k}\t3\t{v}\n" for k, v in enumerate(spread.split())]
    (p,) = read(put(tmp_path, "chromosome\tstart\tend\tgene\tlog2\tdepth\tspread\n" + "".join(rows), "reference.cnn"))
    assert (p.weight is None) if weight is None else np.allclose(p.weight, weight)
    assert any("'spread' is left out" in note for note in p.notes) == ("-1" in spread)


@pytest.mark.parametrize("weight", ["high", "-1", "inf"])
def test_a_column_that_cannot_be_weights_is_left_out_and_said(tmp_path: Path, weight: str) -> None:
    (p,) = read(put(tmp_path, CNR + ROWS.replace("0.5", weight), "S.cnr"))
    assert p.weight is None and p.depth is not None
    assert any("'weight' is left out" in note for note in p.notes)


def test_values_themselves_are_no_annotation(tmp_path: Path) -> None:
    rows = "".join(f"1\t{k * 10}\t{k * 10 + 10}\t{20 + k % 3}\n" for k in range(30))
    (p,) = read(put(tmp_path, "chrom\tstart\tend\tdepth\n" + rows))
    assert p.depth is None


def test_cns_of_the_command_holds_what_cnvkit_asks_for(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [f"chr1\t{k * 10}\t{k * 10 + 9}\tG{k // 50}\t9\t{rng.normal():.3f}\t0.5\n" for k in range(200)]
    put(tmp_path, CNR + "".join(rows), "S.cnr")
    assert main([str(tmp_path / "S.cnr"), "-o", str(tmp_path / "S.cns"), "-q"]) == 0
    header, row = (tmp_path / "S.cns").read_text().splitlines()
    found = dict(zip(header.split("\t"), row.split("\t"), strict=True))
    assert found["gene"] == "G0,G1,G2,G3" and found["probes"] == "200" and found["weight"] == "100.0"
    assert float(found["ci_lo"]) < float(found["log2"]) < float(found["ci_hi"])
    assert read_segments(tmp_path / "S.cns").n_bins.tolist() == [200]
