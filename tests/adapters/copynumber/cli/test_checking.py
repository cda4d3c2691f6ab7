"""The command: a folder with a file a sample, and segments from one format to another."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from adapters.copynumber.samples import genome
from bridgeae_copynumber import read, read_segments, segment, write
from bridgeae_copynumber.cli import main

Captured = pytest.CaptureFixture[str]


def test_a_folder_gets_a_file_a_sample(tmp_path: Path, capsys: Captured) -> None:
    write([genome("P1/a"), genome("b")], tmp_path / "cells.tsv")
    assert main([str(tmp_path / "cells.tsv"), "-o", f"{tmp_path}/out/", "-f", "cns", "-q"]) == 0
    assert sorted(os.listdir(tmp_path / "out")) == ["P1_a.cns", "b.cns"]
    whole = segment(read(tmp_path / "cells.tsv", samples=["b"]))
    np.testing.assert_array_equal(read_segments(tmp_path / "out" / "b.cns").start, whole.start)
    assert main([str(tmp_path / "cells.tsv"), "-o", str(tmp_path / "out")]) == 0  # a folder that is there needs no /
    assert "b.seg" in os.listdir(tmp_path / "out")
    assert main([str(tmp_path / "cells.tsv"), "-o", str(tmp_path / "out")]) == 2
    assert "exists" in capsys.readouterr().err
    assert main([str(tmp_path / "cells.tsv"), "-o", f"{tmp_path}/no/out/"]) == 2
    assert "its folder is not there" in capsys.readouterr().err
    write([genome("a/b"), genome("a:b")], tmp_path / "same.tsv")
    assert main([str(tmp_path / "same.tsv"), "-o", f"{tmp_path}/other/"]) == 2
    assert "would be the file of two samples" in capsys.readouterr().err
    assert not (tmp_path / "other").exists()


def test_segments_go_from_one_format_to_another(tmp_path: Path, capsys: Captured) -> None:
    seg = "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\nT\tchr1\t1\t100\t7\t0.5\nU\tchr1\t5\t50\t2\t-0.25\n"
    (tmp_path / "tumour.seg").write_text(seg)
    assert main([str(tmp_path / "tumour.seg"), "-o", str(tmp_path / "x.tsv")]) == 2
    said = capsys.readouterr().err
    assert "holds segments already, expected bins: column 'num.mark' counts up to 7 bins" in said
    assert "`bridgeae-segment --convert`" in said
    assert main(["--convert", str(tmp_path / "tumour.seg"), "-o", str(tmp_path / "x.tsv")]) == 0
    assert "2 segments in" in capsys.readouterr().err
    assert read_segments(tmp_path / "x.tsv").n_bins.tolist() == [7, 2]
    assert main(["--convert", str(tmp_path / "x.tsv"), "-o", str(tmp_path / "back.seg"), "-q"]) == 0
    assert [line.split("\t")[:5] for line in (tmp_path / "back.seg").read_text().splitlines()] == [
        line.split("\t")[:5] for line in seg.splitlines()
    ]
    assert main(["--convert", str(tmp_path / "x.tsv"), "-o", f"{tmp_path}/cns/", "-f", "cns", "-q"]) == 0
    assert sorted(os.listdir(tmp_path / "cns")) == ["T.cns", "U.cns"]
    assert main(["--convert", str(tmp_path / "x.tsv"), "-o", str(tmp_path / "x.h5ad")]) == 2
    assert "h5ad holds the bins" in capsys.readouterr().err


def test_a_file_of_bins_cannot_be_converted(tmp_path: Path, capsys: Captured) -> None:
    table = tmp_path / "bins.tsv"
    write(genome(), table)
    assert main(["--convert", str(table), "-o", str(table.with_suffix(".seg"))]) == 2
    assert "must hold segments" in capsys.readouterr().err
