"""VCF, coloured BED and JSON of called segments."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from adapters.copynumber.samples import ANY_FOLDER, segments_of_any_kind
from bridgeae.errors import InputError
from bridgeae_copynumber import Segments, write

CALLED = Segments(
    ["S"] * 4, ["chr1", "chr1", "chr2", "chrY"], [0, 200, 100, 5], [200, 500, 900, 9], [2, 3, 8, 1],
    [0.01, 0.8, -2.5, -0.4], [0.9] * 4, [2, 3, 0, 1],
    gene=["-", "A,B;C", "-", "D"], ci_lo=[-0.1, 0.7, -3, -1], ci_hi=[0.1, 0.9, -2, 0],
    call=["neutral", "gain", "deep loss", "neutral"], probability=[0.9, 0.99, 1.0, np.nan],
)  # fmt: skip


def records(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text().splitlines() if not line.startswith("#")]


def test_vcf_holds_what_is_altered(tmp_path: Path) -> None:
    write(CALLED, tmp_path / "c.vcf", contigs={"chr1": 1000}, reference="hg19")
    gain, loss = records(tmp_path / "c.vcf")
    assert gain[:7] == ["chr1", "200", ".", "N", "<DUP>", "20.0", "PASS"]
    assert gain[7].startswith("IMPRECISE;SVTYPE=DUP;END=500;SVLEN=300;STATE=gain;LOG2=0.8000;CILOG2=0.7000,0.9000")
    assert gain[7].endswith("GENES=A,B%3BC") and gain[9] == "0/1:3:0.8000"
    assert loss[4:6] == ["<DEL>", "99.0"] and "SVLEN=-800" in loss[7] and loss[9].startswith("1/1:0:")
    head = (tmp_path / "c.vcf").read_text()
    assert head.startswith("##fileformat=VCFv4.3\n") and "##contig=<ID=chr1,length=1000>\n##contig=<ID=chr2>" in head


def test_segments_that_nobody_called_are_cnv(tmp_path: Path) -> None:
    plain = Segments(["S"], ["1"], [0], [50], [5], [0.3], [0.5])
    write(plain, tmp_path / "c.vcf")
    ((_, position, _, _, kind, quality, *_, sample),) = records(tmp_path / "c.vcf")
    assert (position, kind, quality, sample) == ("1", "<CNV>", ".", "./.:.:0.3000")
    with pytest.raises(InputError, match="vcf holds one sample, received 2"):
        write(Segments.concatenate([plain, replace(plain, sample=["T"])]), tmp_path / "d.vcf")


@pytest.mark.skipif(shutil.which("bcftools") is None, reason="bcftools is not installed")
def test_bcftools_takes_the_vcf(tmp_path: Path) -> None:
    write(CALLED, tmp_path / "c.vcf")
    for command in (["view", "-Oz", "-o", "c.vcf.gz", "c.vcf"], ["index", "c.vcf.gz"]):
        done = subprocess.run(["bcftools", *command], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert not done.stderr
    query = ["bcftools", "query", "-r", "chr2", "-f", "%END %SVTYPE [%CN]\n", "c.vcf.gz"]
    assert subprocess.run(query, cwd=tmp_path, capture_output=True, text=True, check=True).stdout == "900 DEL 0\n"


def test_bed_is_coloured_by_state(tmp_path: Path) -> None:
    write(CALLED, tmp_path / "c.bed")
    rows = records(tmp_path / "c.bed")
    assert rows[1] == ["chr1", "200", "500", "S|gain|0.8000", "990", ".", "200", "500", "239,138,98"]
    assert rows[3][4] == "0" and rows[3][8] == rows[0][8] != rows[2][8]


def test_json_holds_all_columns_and_the_facts(tmp_path: Path) -> None:
    write(CALLED, tmp_path / "c.json", samples=[{"sample": "S", "sex": "male", "noise": float("nan")}])
    (sample,) = json.loads((tmp_path / "c.json").read_text())["samples"]
    assert sample["sex"] == "male" and sample["noise"] is None
    assert sample["segments"][2]["call"] == "deep loss" and sample["segments"][3]["probability"] is None
    assert sample["segments"][1]["mean"] == 0.8


@ANY_FOLDER
@given(segments_of_any_kind())
def test_json_comes_back_for_any_segments(tmp_path: Path, segments: Segments) -> None:
    write(segments, tmp_path / "c.json", overwrite=True)
    samples = json.loads((tmp_path / "c.json").read_text())["samples"]
    assert [s["sample"] for s in samples] == segments.samples
    assert sorted(r["start"] for s in samples for r in s["segments"]) == sorted(segments.start.tolist())
    means = {np.float32(r["mean"]) for s in samples for r in s["segments"]}
    assert means == set(segments.mean.tolist()) or means == set(segments.mean)
