"""The command: the files it writes, its messages, and its errors."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from adapters.copynumber.samples import genome, one_segment_a_bin
from bridgeae_copynumber import read, read_segments, segment, write
from bridgeae_copynumber.cli import main

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    write(genome(), tmp_path / "tumour.tsv")
    return tmp_path / "tumour.tsv"


def test_a_file_in_gives_a_seg_file_beside_it(table: Path, capsys: Captured) -> None:
    assert main([str(table)]) == 0
    found = read_segments(table.with_name("tumour.seg"))
    assert found.n_bins.sum() == 240
    assert found.samples == ["S1"]
    edges = found.start[found.chrom == "chr2"]
    assert np.abs(edges - np.array([0, 30_000, 60_000])).max() <= 1000
    said = capsys.readouterr()
    assert said.out == ""
    assert "segments from 240 bins of 1 sample" in said.err


@pytest.mark.parametrize("kind", ["seg", "cns", "bed", "tsv"])
def test_formats_by_option_and_by_ending(table: Path, tmp_path: Path, kind: str) -> None:
    assert main([str(table), "--format", kind, "-o", str(tmp_path / "a.out"), "-q"]) == 0
    assert main([str(table), "-o", str(tmp_path / f"b.{kind}"), "-q"]) == 0
    assert (tmp_path / "a.out").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_the_input_and_existing_files_are_safe(table: Path, tmp_path: Path, capsys: Captured) -> None:
    before = table.read_bytes()
    assert main([str(table), "-f", "tsv", "-q"]) == 0
    assert (tmp_path / "tumour.segments.tsv").exists()
    assert main([str(table), "-o", str(table), "--overwrite"]) == 2
    assert "is the input itself" in capsys.readouterr().err
    assert main([str(table), "-f", "tsv"]) == 2
    assert "exists" in capsys.readouterr().err
    assert main([str(table), "-f", "tsv", "--overwrite", "--quiet"]) == 0
    assert table.read_bytes() == before


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\0\1\2", "is binary"),
        (gzip.compress(b"chrom\tstart\tend\tlog2\n" * 99, mtime=0)[:-9], "truncated"),
        (b"chrom\tstart\tend\tlog2\n1\t0\t5\thigh\n", "'high' on line 2"),
        (b"chrom\tstart\tend\tlog2\n1\t5\t9\t0\n1\t0\t4\t0\n", "unsorted"),
        (b"a\tb\n1\t2\n", "Columns present: 'a', 'b'"),
    ],
)
def test_errors_take_one_line_and_write_nothing(tmp_path: Path, capsys: Captured, data: bytes, message: str) -> None:
    (tmp_path / "bad.tsv").write_bytes(data)
    assert main([str(tmp_path / "bad.tsv")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("bridgeae-segment: error: ")
    assert message in said
    assert said.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["bad.tsv"]


def test_absent_inputs_and_folders_are_errors(tmp_path: Path, capsys: Captured) -> None:
    assert main([str(tmp_path / "absent.tsv")]) == 2
    assert "absent.tsv is not there" in capsys.readouterr().err
    assert main([str(tmp_path), "-o", str(tmp_path / "a.seg")]) == 2
    assert "is a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "same.png", "-f", "seg", "--plot", "same.png"], "same.png is the output too"),
        (["--ploidy", "2"], "seg does not hold. Use one of --format cns, tsv, vcf, json, h5ad"),
        (["--ploidy", "2", "-f", "bed"], "bed does not hold"),
        (["-o", "a" * 300 + ".seg"], "cannot be written: File name too long"),
        (["-o", "dangling.seg"], "absent is not there"),
        (["-o", "x.gff"], "its name ends in none of .seg"),
        (["tumour.tsv", "-o", "x.cns"], "cns holds one sample, received 2. Give each sample a file (-o DIR/"),
        (["-o", "dir/", "-f", "h5ad"], "h5ad holds the bins of all samples"),
        (["--cohort", "nowhere.tsv"], "`--cohort` nowhere.tsv is not there"),
        (["--centromeres", "hg99"], "`--centromeres` hg99 is not there"),
    ],
)
def test_impossible_outputs_are_refused_before_any_work(
    table: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
    options: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(table.parent)
    monkeypatch.setattr("bridgeae_copynumber.cli.program.read", lambda *_, **__: pytest.fail("worked first"))
    os.symlink("absent/out.seg", "dangling.seg")
    assert main([str(table), *options]) == 2
    assert message in capsys.readouterr().err


def test_inputs_with_impossible_names_are_not_there(capsys: Captured) -> None:
    assert main(["a" * 300 + ".tsv"]) == 2
    assert "is not there" in capsys.readouterr().err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_a_full_standard_output_is_an_error_of_ours(table: Path) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "bridgeae_copynumber.cli", str(table), "-o", "-"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert "No space left" in done.stderr and done.stderr.count("\n") == 1


def test_a_named_pipe_goes_to_standard_output(
    table: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(table.read_bytes(),), daemon=True)
    writer.start()
    assert main([str(tmp_path / "pipe"), "-q"]) == 0
    writer.join()
    assert capfdbinary.readouterr().out.startswith(b"ID\tchrom")


def test_a_request_to_end_is_an_exit(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # the command waits for a writer
    command = [sys.executable, "-m", "bridgeae_copynumber.cli", str(tmp_path / "pipe"), "-q"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    with open(tmp_path / "pipe", "wb"):  # it is reading now
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 143
    assert process.communicate()[1] == b"bridgeae-segment: ended by SIGTERM; unfinished files are removed\n"


def test_several_inputs_make_one_file_and_samples_must_differ(tmp_path: Path, capsys: Captured) -> None:
    paths = [tmp_path / f"{name}.tsv" for name in "ab"]
    for path in paths:
        write(genome(path.stem), path)
    assert main([*map(str, paths), "-o", str(tmp_path / "both.seg"), "-q"]) == 0
    assert read_segments(tmp_path / "both.seg").samples == ["a", "b"]
    assert main([*map(str, paths), "--sample", "b", "-o", str(tmp_path / "b.seg"), "-q"]) == 0
    assert read_segments(tmp_path / "b.seg").samples == ["b"]
    assert main([str(paths[0]), "--sample", "a", "--sample", "a", "-o", str(tmp_path / "a.seg"), "-q"]) == 0
    assert main(list(map(str, paths))) == 2
    assert "`--output` must be given" in capsys.readouterr().err
    assert main([str(paths[0]), str(paths[0]), "-o", str(tmp_path / "c.seg")]) == 2
    assert "sample a more than once" in capsys.readouterr().err
    assert main([*map(str, paths), "-f", "cns", "-o", str(tmp_path / "c.cns")]) == 2
    assert "cns holds one sample" in capsys.readouterr().err


def test_a_missing_package_is_named_before_any_work(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr("bridgeae_copynumber.cli.program.read", lambda *_, **__: pytest.fail("worked first"))
    monkeypatch.setattr(sys.modules["bridgeae_copynumber.io.write"], "find_spec", lambda name: None)
    assert main([str(table), "-o", str(table.with_suffix(".h5ad"))]) == 2
    assert "pip install 'bridgeae[anndata]'" in capsys.readouterr().err


def test_centromeres_cohort_and_penalty_reach_the_caller(table: Path, tmp_path: Path) -> None:
    (tmp_path / "centromeres.bed").write_text("chr1\t10000\t12000\n")
    out = tmp_path / "out.tsv"
    assert main([str(table), "--centromeres", str(tmp_path / "centromeres.bed"), "-o", str(out), "-q"]) == 0
    first = read_segments(out)
    assert (first.end[first.chrom == "chr1"] <= 12_000).any()
    write([genome("n1"), genome("n02"), genome("n003")], tmp_path / "normals.tsv")
    arguments = [str(table), "--cohort", str(tmp_path / "normals.tsv"), "-o", str(out), "--overwrite", "-q"]
    assert main(arguments) == 0
    assert len(read_segments(out)) < len(first)


def test_centromeres_of_other_chromosomes_are_refused(table: Path, tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "centromeres.bed").write_text("7\t10000\t12000\n")
    assert main([str(table), "--centromeres", str(tmp_path / "centromeres.bed")]) == 2
    assert "names 7 and so on, none of the chromosomes of the bins" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["tsv", "cns"])
def test_ploidy_adds_copy_numbers(table: Path, tmp_path: Path, kind: str) -> None:
    assert main([str(table), "--ploidy", "2.75", "-o", str(tmp_path / f"out.{kind}"), "-q"]) == 0
    found = read_segments(tmp_path / f"out.{kind}")
    assert found.copy_number is not None
    assert found.copy_number[np.abs(found.mean - 1) < 0.2].tolist() == [4, 4, 4]


def test_a_ploidy_that_is_no_number_is_explained(table: Path, capsys: Captured) -> None:
    with pytest.raises(SystemExit):
        main([str(table), "--ploidy", "abc"])
    assert "argument --ploidy: must be the mean number of copies, or fit, received 'abc'" in capsys.readouterr().err


def test_notes_on_the_cohort_are_printed(table: Path, tmp_path: Path, capsys: Captured) -> None:
    p = genome()
    rows = "".join(f"{c}\t{a}\t{a + 1000}\t1\t1\t1.1\n" for c, a in zip(p.chrom, p.start, strict=True))
    (tmp_path / "normals.tsv").write_text("chrom\tstart\tend\tA\tB\tC\n" + rows)
    assert main([str(table), "--cohort", str(tmp_path / "normals.tsv")]) == 0
    assert "note: --cohort: values of the sample columns were read as copy ratios" in capsys.readouterr().err


def test_a_ratio_can_be_declared(tmp_path: Path, capsys: Captured) -> None:
    p = genome()
    rows = "".join(f"{c}\t{a}\t{b}\t{2**v}\n" for c, a, b, v in zip(p.chrom, p.start, p.end, p.log2, strict=True))
    (tmp_path / "r.tsv").write_text("chrom\tstart\tend\tlog2\n" + rows)
    assert main([str(tmp_path / "r.tsv"), "--scale", "ratio", "-f", "tsv"]) == 0
    assert "note" not in capsys.readouterr().err
    assert abs(np.median(read_segments(tmp_path / "r.segments.tsv").mean)) < 0.1
    assert main([str(tmp_path / "r.tsv"), "-f", "bed"]) == 0
    assert "note: values of column 'log2' are never negative" in capsys.readouterr().err


def test_pictures_come_with_segments(table: Path, tmp_path: Path) -> None:
    assert main([str(table), "--plot", str(tmp_path / "a.png"), "-q"]) == 0
    assert (tmp_path / "a.png").stat().st_size > 10_000
    assert main([str(table), "--plot", str(tmp_path / "a.doc"), "-o", str(tmp_path / "b.seg"), "-q"]) == 2
    assert not (tmp_path / "b.seg").exists()


def test_pipes(table: Path) -> None:
    command = [sys.executable, "-m", "bridgeae_copynumber.cli", "-", "-q"]
    done = subprocess.run(command, input=gzip.compress(table.read_bytes()), capture_output=True, check=True)
    assert done.stdout.startswith(b"ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\nS1\tchr1\t1\t")
    assert done.stderr == b""


def test_anndata_goes_in_and_comes_out(tmp_path: Path, capsys: Captured) -> None:
    anndata = pytest.importorskip("anndata")
    cells = [genome("c1"), genome("cell2")]
    var = {"chrom": cells[0].chrom, "start": cells[0].start, "end": cells[0].end}
    data = anndata.AnnData(np.stack([c.log2 for c in cells]), var=var)
    data.obs_names, data.obs["batch"] = ["c1", "cell2"], ["x", "y"]
    data.obs["noise"] = ["low", "high"]
    data.write_h5ad(tmp_path / "cells.h5ad")
    assert main([str(tmp_path / "cells.h5ad"), "-o", str(tmp_path / "called.h5ad"), "-q"]) == 0
    called = anndata.read_h5ad(tmp_path / "called.h5ad")
    assert called.obs["batch"].tolist() == ["x", "y"]
    assert called.obs["noise"].dtype == float and called.obs["noise_before"].tolist() == ["low", "high"]
    assert np.isfinite(called.layers["segments"]).all()
    assert set(called.uns["segments"]["sample"]) == {"c1", "cell2"}
    capsys.readouterr()
    (tmp_path / "cells.h5ad.gz").write_bytes(gzip.compress((tmp_path / "cells.h5ad").read_bytes()))
    assert main([str(tmp_path / "cells.h5ad.gz"), "-o", str(tmp_path / "new.h5ad")]) == 0
    assert "new.h5ad is a new file" in capsys.readouterr().err


def test_anndata_comes_through_a_pipe_too(tmp_path: Path) -> None:
    pytest.importorskip("anndata")
    write(one_segment_a_bin([genome()]), tmp_path / "cells.h5ad", profiles=genome())
    os.mkfifo(tmp_path / "pipe")
    data = (tmp_path / "cells.h5ad").read_bytes()
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(data,), daemon=True)
    writer.start()
    assert main([str(tmp_path / "pipe"), "-o", str(tmp_path / "new.h5ad"), "-q"]) == 0
    writer.join()
    assert read(tmp_path / "new.h5ad")[0].sample == "S1"


def test_the_command_gives_what_the_library_gives(table: Path, tmp_path: Path) -> None:
    assert main([str(table), "-o", str(tmp_path / "command.tsv"), "-q"]) == 0
    write(segment(read(table)), tmp_path / "library.tsv")
    assert (tmp_path / "command.tsv").read_bytes() == (tmp_path / "library.tsv").read_bytes()


def test_advice_of_the_library_is_given_as_flags(table: Path, tmp_path: Path, capsys: Captured) -> None:
    lines = table.read_text().splitlines(keepends=True)
    (tmp_path / "unsorted.tsv").write_text("".join([lines[0], *lines[:0:-1]]))
    arguments = [str(tmp_path / "unsorted.tsv"), "-o", str(tmp_path / "out.seg")]
    assert main(arguments) == 2
    message = capsys.readouterr().err
    assert "or use --sort" in message and "sort=True" not in message
    assert main([*arguments, "--sort", "-q"]) == 0
    assert main([*arguments, "--sort"]) == 2
    message = capsys.readouterr().err
    assert "or use --overwrite" in message and "overwrite=True" not in message


def test_the_command_imports_no_framework(table: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from bridgeae_copynumber.cli import main; "
        f"main([{str(table)!r}, '-o', {str(tmp_path / 'x.seg')!r}, '-q']); "
        "print([m for m in ('tensorflow', 'keras', 'pandas', 'matplotlib', 'scipy', 'h5py') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
