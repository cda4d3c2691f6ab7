"""Folders as INPUT: their files in natural order, those of another kind skipped and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.copynumber.samples import genome
from bridgeae.errors import InputError
from bridgeae_copynumber import write
from bridgeae_copynumber.cli import main
from bridgeae_copynumber.cli.inputs import files_of

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (made := tmp_path / "cells").mkdir()
    for name in ("cell10.cnr", "cell2.TSV.gz", "cell2.bed", "readme.md", "b.log", "c.log", "d.log", ".hidden.tsv"):
        (made / name).touch()
    (made / "more.tsv").mkdir()
    return made


def test_a_folder_is_its_files_in_natural_order(folder: Path, capsys: Captured) -> None:
    names = [Path(path).name for path in files_of(["first.tsv", str(folder), "-"], quiet=False)]
    assert names == ["first.tsv", "cell2.bed", "cell2.TSV.gz", "cell10.cnr", "-"]
    assert capsys.readouterr().err == (
        f"note: {folder}: 4 of 7 files are skipped for their ending: b.log, c.log, d.log, ...\n"
    )
    files_of([str(folder)], quiet=True)
    assert capsys.readouterr().err == ""


def test_coverage_of_cnvkit_is_no_sample_of_a_folder_and_noted_when_named(tmp_path: Path, capsys: Captured) -> None:
    for name in ("S1.cnr", "S1.targetcoverage.cnn"):
        write(genome(name), tmp_path / f"{name}.tsv")
        (tmp_path / f"{name}.tsv").rename(tmp_path / name)
    assert [Path(path).name for path in files_of([str(tmp_path)], quiet=True)] == ["S1.cnr"]
    assert main([str(tmp_path / "S1.targetcoverage.cnn"), "-o", str(tmp_path / "S1.seg")]) == 0
    assert "coverage, or a reference for --cohort" in capsys.readouterr().err


def test_a_folder_without_a_file_to_read_is_refused(folder: Path) -> None:
    for path in folder.glob("cell*"):
        path.unlink()
    with pytest.raises(InputError, match=r"`INPUT` .*cells is a folder without a file that ends in one of \.bdg, "):
        files_of([str(folder)], quiet=True)


def test_a_folder_gives_what_its_files_give(tmp_path: Path, capsys: Captured) -> None:
    (cells := tmp_path / "cells").mkdir()
    for name in ("c10", "c9"):
        write(genome(name), cells / f"{name}.tsv")
    assert main([str(cells), "-o", str(tmp_path / "a.seg"), "--jobs", "2"]) == 0
    assert main([*(str(cells / f"{name}.tsv") for name in ("c9", "c10")), "-o", str(tmp_path / "b.seg")]) == 0
    assert (tmp_path / "a.seg").read_bytes() == (tmp_path / "b.seg").read_bytes()
    assert main([str(cells)]) == 2
    assert "`--output` must be given for more than one input" in capsys.readouterr().err
