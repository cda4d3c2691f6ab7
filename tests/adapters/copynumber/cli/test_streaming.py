"""Samples one by one give the files that all at once give."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.copynumber.samples import genome
from bridgeae_copynumber import Profile, Segments, read, segment, write
from bridgeae_copynumber.calls import call_segments
from bridgeae_copynumber.cli import main, sample

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    """Return a table with a column a cell, one of them with bins without a value."""
    made = [genome(f"p{'x' * k}") for k in range(7)]
    rows = zip(made[0].chrom, made[0].start, made[0].end, *(p.log2 for p in made), strict=True)
    lines = ["\t".join(map(str, row)) for row in (["chrom", "start", "end", *(p.sample for p in made)], *rows)]
    lines[5] = lines[5].rsplit("\t", 1)[0] + "\tNA"
    (tmp_path / "cells.tsv").write_text("\n".join(lines) + "\n")
    return tmp_path / "cells.tsv"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Return files of a sample each, in an order that is not that of their names."""
    for name in ("c", "a", "b"):
        write(genome(name * 3), tmp_path / f"{name}.tsv")
    return [str(tmp_path / f"{name}.tsv") for name in ("c", "a", "b")]


@pytest.mark.parametrize("kind", ["seg", "tsv", "bed"])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_one_by_one_writes_what_all_at_once_write(cells: Path, kind: str, jobs: str) -> None:
    whole, streamed = cells.with_name(f"whole.{kind}"), cells.with_name(f"streamed.{kind}")
    write(segment(read(cells)), whole)
    assert main([str(cells), "-o", str(streamed), "--jobs", jobs, "-q"]) == 0
    assert streamed.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(
    ("options", "layers"), [([], ["segments"]), (["--call", "--ploidy", "2"], ["copies", "segments"])]
)
def test_cells_of_h5ad_one_by_one_are_those_of_all_at_once(cells: Path, options: list[str], layers: list[str]) -> None:
    anndata = pytest.importorskip("anndata")
    whole, streamed = cells.with_name("whole.h5ad"), cells.with_name("streamed.h5ad")
    together = ["--clones", str(cells.with_name("clones.tsv"))]  # which needs all cells
    assert main([str(cells), "-o", str(whole), "-q", *together, *options]) == 0
    assert main([str(cells), "-o", str(streamed), "--jobs", "2", "-q", *options]) == 0
    a, b = anndata.read_h5ad(whole), anndata.read_h5ad(streamed)
    np.testing.assert_array_equal(a.X, b.X)
    assert list(a.layers) == list(b.layers) == layers
    for name in a.layers:
        np.testing.assert_array_equal(a.layers[name], b.layers[name])
    assert a.uns["segments"].equals(b.uns["segments"])
    assert a.obs.drop(columns="clone").equals(b.obs) and a.var.equals(b.var)


def test_absent_samples_of_several_files_are_named_for_h5ad_too(
    files: list[str], tmp_path: Path, capsys: Captured
) -> None:
    pytest.importorskip("anndata")
    assert main([*files, "-o", str(tmp_path / "x.h5ad"), "--sample", "nobody"]) == 2
    assert "`--sample` nobody is in none of the inputs" in capsys.readouterr().err
    assert not list(tmp_path.glob("*x.h5ad*"))


def test_calls_one_by_one_are_those_of_all_at_once(cells: Path, capsys: Captured) -> None:
    profiles = read(cells)
    called = call_segments(segment(profiles), profiles)
    write(called.segments, cells.with_name("whole.tsv"))
    assert main([str(cells), "-o", str(cells.with_name("one.tsv")), "--call", "--jobs", "2"]) == 0
    assert cells.with_name("one.tsv").read_bytes() == cells.with_name("whole.tsv").read_bytes()
    said = capsys.readouterr().err
    assert said.count("is the normal level") == 5 and "and 2 more samples" in said
    assert said.count("1 of 240 bins have no value") == 1


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_several_files_keep_their_order(files: list[str], tmp_path: Path, jobs: str, capsys: Captured) -> None:
    write(segment([p for f in files for p in read(f)]), tmp_path / "whole.seg")
    assert main([*files, "-o", str(tmp_path / "all.seg"), "--jobs", jobs]) == 0
    assert (tmp_path / "all.seg").read_bytes() == (tmp_path / "whole.seg").read_bytes()
    assert "segments from 720 bins of 3 samples" in capsys.readouterr().err
    assert main([*files, "-o", f"{tmp_path}/out/", "--jobs", jobs, "-q"]) == 0
    assert sorted(os.listdir(tmp_path / "out")) == ["aaa.seg", "bbb.seg", "ccc.seg"]


def test_a_panel_is_subtracted_from_each(cells: Path) -> None:
    write([genome(f"n{k * 'n'}") for k in range(3)], cells.with_name("normals.tsv"))
    write(segment(read(cells), cohort=read(cells.with_name("normals.tsv"))), cells.with_name("whole.tsv"))
    assert (
        main([str(cells), "--cohort", str(cells.with_name("normals.tsv")), "-o", f"{cells.parent}/one.tsv", "-q"]) == 0
    )
    assert cells.with_name("one.tsv").read_bytes() == cells.with_name("whole.tsv").read_bytes()


def test_chosen_samples_of_several_files(files: list[str], tmp_path: Path, capsys: Captured) -> None:
    assert main([*files, "--sample", "aaa", "-o", str(tmp_path / "a.seg"), "-q"]) == 0
    assert {line.split("\t")[0] for line in (tmp_path / "a.seg").read_text().splitlines()} == {"ID", "aaa"}
    assert main([*files, "--sample", "zzz", "-o", str(tmp_path / "z.seg"), "-q"]) == 2
    assert "`--sample` zzz is in none of the inputs" in capsys.readouterr().err
    assert not (tmp_path / "z.seg").exists()


def test_an_error_in_a_later_sample_leaves_no_file(files: list[str], tmp_path: Path, capsys: Captured) -> None:
    Path(files[2]).write_text("chrom\tstart\tend\tlog2\n1\t0\t5\thigh\n")
    for jobs in ("1", "2"):
        assert main([*files, "-o", str(tmp_path / "all.seg"), "--jobs", jobs]) == 2
        assert "'high' on line 2" in capsys.readouterr().err
    assert not [p for p in tmp_path.iterdir() if p.suffix == ".seg"]


def test_two_samples_of_one_name_are_refused(files: list[str], tmp_path: Path, capsys: Captured) -> None:
    write(genome("ccc"), files[2], overwrite=True)
    assert main([*files, "-o", str(tmp_path / "all.seg"), "-q"]) == 2
    assert "hold sample ccc more than once" in capsys.readouterr().err


def test_profiles_are_let_go_one_by_one(cells: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alive: list[int] = []
    given: list[weakref.ref[Profile]] = []
    segmented = sample.segment_each

    def counted(profiles: list[Profile], *others: Any) -> Iterator[Segments]:
        given.extend(map(weakref.ref, profiles))
        alive.append(sum(p() is not None for p in given))
        return segmented(profiles, *others)

    monkeypatch.setattr(sample, "segment_each", counted)
    assert main([str(cells), "-o", str(cells.with_name("one.seg")), "-q"]) == 0
    assert len(alive) == 7 and max(alive) <= 3


@pytest.mark.parametrize(("number", "said"), [(signal.SIGTERM, "ended by SIGTERM"), (signal.SIGINT, "interrupted")])
def test_a_signal_says_something_and_leaves_no_unfinished_file(number: int, said: str, tmp_path: Path) -> None:
    lines = [f"{c}\t{k * 1000}\t{k * 1000 + 1000}" + "\t0.1" * 300 for c in ("chr1", "chr2") for k in range(2000)]
    header = "chrom\tstart\tend\t" + "\t".join(f"s{k}" for k in range(300))
    (tmp_path / "in.tsv").write_text("\n".join([header, *lines]) + "\n")
    start = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    start += "from bridgeae_copynumber.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", start, str(tmp_path / "in.tsv"), "-o", str(tmp_path / "out.seg"), "--jobs", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None and len(children.read_text().split()) < 2:
        time.sleep(0.05)
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 128 + number, told
    assert said in told and "Traceback" not in told
    assert [file.name for file in tmp_path.iterdir()] == ["in.tsv"]
