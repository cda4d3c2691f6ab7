"""The command with calls: what it prints, writes and refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from adapters.copynumber.samples import genome as sample_genome
from bridgeae_copynumber import Profile, read_segments, write
from bridgeae_copynumber.cli import main

Captured = pytest.CaptureFixture[str]
WIDTH = 500_000


def tumour(name: str = "T", shift: float = 0.2) -> Profile:
    """Return bins of 500 kb on two chromosomes: 120 neutral, 60 gained, 60 lost, 120 neutral."""
    rng = np.random.default_rng(3)
    log2 = np.repeat([0, 0.5, -0.6, 0], [120, 60, 60, 120]) + shift + rng.normal(0, 0.1, 360)
    start = np.tile(np.arange(180) * WIDTH, 2)
    gene = np.array([f"G{k // 30}" for k in range(360)], np.object_)
    return Profile(
        "T" if name == "T" else name, np.repeat(["chr1", "chr2"], 180), start, start + WIDTH, log2, gene=gene
    )


@pytest.fixture
def table(tmp_path: Path) -> Path:
    p = tumour()
    rows = zip(p.chrom, p.start, p.end, p.log2, p.gene if p.gene is not None else (), strict=True)
    text = "".join("\t".join(map(str, row)) + "\n" for row in rows)
    (tmp_path / "T.tsv").write_text("chrom\tstart\tend\tlog2\tgene\n" + text)
    return tmp_path / "T.tsv"


def test_calls_are_centred_and_said(table: Path, tmp_path: Path, capsys: Captured) -> None:
    assert main([str(table), "--call", "-o", str(tmp_path / "c.tsv")]) == 0
    found = read_segments(tmp_path / "c.tsv")
    assert found.call is not None and found.call.tolist() == ["neutral", "gain", "loss", "neutral"]
    np.testing.assert_allclose(found.mean, [0, 0.5, -0.6, 0], atol=0.05)
    assert found.probability is not None and (found.probability > 0.9).all()
    assert found.ci_lo is not None and (found.ci_lo < found.mean).all()
    assert found.gene is not None and found.gene[1] == "G4,G5"
    assert "T: +0.20" in (said := capsys.readouterr().err) and "sex unknown" in said


def test_without_calls_nothing_changes(table: Path, tmp_path: Path) -> None:
    for kind in ("seg", "tsv", "bed"):
        assert main([str(table), "-o", str(tmp_path / f"plain.{kind}"), "-q"]) == 0
    assert (tmp_path / "plain.tsv").read_text().startswith("sample\tchrom\tstart\tend\tnum_mark\tmean\tconfidence\n")
    assert (tmp_path / "plain.bed").read_text().splitlines()[0].count("\t") == 4
    assert read_segments(tmp_path / "plain.seg").mean[0] == pytest.approx(0.2, abs=0.05)
    assert main([str(table), "--center", "none", "-o", str(tmp_path / "c.seg"), "-q"]) == 0
    assert (tmp_path / "c.seg").read_bytes() == (tmp_path / "plain.seg").read_bytes()


@pytest.mark.parametrize("name", ["hg38", "bands.bed"])
def test_centromeres_come_from_a_genome_or_a_file_with_and_without_chr(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bands.bed").write_text("2\t70000000\t72000000\n")
    assert main([str(table), "--centromeres", name, "-o", "arms.seg", "-q"]) == 0
    arms = read_segments(tmp_path / "arms.seg")
    middle = 71_000_000 if name.endswith("bed") else 93_139_351
    cut = np.abs(arms.start[arms.chrom == "chr2"] - middle).min() <= WIDTH
    assert cut == name.endswith("bed")  # hg38's lies beyond the bins


def test_each_format_holds_the_calls(table: Path, tmp_path: Path) -> None:
    for kind in ("vcf", "json", "bed", "cns"):
        options = ["--genome", "hg19", "--purity-ploidy", "0.8,2"] if kind != "bed" else ["--call"]
        assert main([str(table), *options, "-o", str(tmp_path / f"c.{kind}"), "-q"]) == 0
    rows = [r.split("\t") for r in (tmp_path / "c.vcf").read_text().splitlines() if not r.startswith("#")]
    assert [r[4] for r in rows] == ["<DUP>", "<DEL>"] and [r[9].split(":")[1] for r in rows] == ["3", "1"]
    assert "##contig=<ID=chr2,length=243199373>" in (tmp_path / "c.vcf").read_text()
    (sample,) = json.loads((tmp_path / "c.json").read_text())["samples"]
    assert sample["purity"] == 0.8 and [s["call"] for s in sample["segments"]][1:3] == ["gain", "loss"]
    colours = [r.split("\t")[8] for r in (tmp_path / "c.bed").read_text().splitlines()]
    assert len(set(colours)) == 3 and colours[0] == colours[3]
    assert "call" in (tmp_path / "c.cns").read_text().splitlines()[0].split("\t")


def test_genes_come_from_the_bins_or_a_file(table: Path, tmp_path: Path) -> None:
    gene_table = tmp_path / "genes.tsv"
    assert main([str(table), "--gene-table", str(gene_table), "-o", str(tmp_path / "c.seg"), "-q"]) == 0
    rows = [row.split("\t") for row in gene_table.read_text().splitlines()]
    assert rows[0][:5] == ["sample", "gene", "chrom", "start", "end"] and len(rows) == 13
    assert [r[6] for r in rows if r[1] in ("G3", "G4", "G6")] == ["neutral", "gain", "loss"]
    (tmp_path / "g.bed").write_text("1\t1000000\t2000000\tFIRST\n2\t29000000\t31000000\tTORN\n")
    options = ["--genes", str(tmp_path / "g.bed"), "--gene-table", str(gene_table), "--overwrite"]
    assert main([str(table), *options, "-o", str(tmp_path / "d.tsv"), "-q"]) == 0
    rows = [row.split("\t") for row in gene_table.read_text().splitlines()[1:]]
    assert [(r[1], r[6]) for r in rows] == [("FIRST", "neutral"), ("TORN", "loss"), ("TORN", "neutral")]
    found = read_segments(tmp_path / "d.tsv")
    assert found.gene is not None and found.gene.tolist() == ["FIRST", "-", "TORN", "TORN"]


def test_purity_and_ploidy_print_three_solutions(table: Path, tmp_path: Path, capsys: Captured) -> None:
    assert main([str(table), "--purity-ploidy", "fit", "-o", str(tmp_path / "c.tsv")]) == 0
    said = capsys.readouterr().err
    assert said.count("solution ") >= 2 and "cost 0.000, taken" in said
    assert read_segments(tmp_path / "c.tsv").copy_number is not None
    assert main([str(table), "--ploidy", "fit", "-o", str(tmp_path / "p.tsv")]) == 0
    assert "takes every sample as pure; for bulk tumours use --purity-ploidy fit" in capsys.readouterr().err


def test_a_cohort_of_normals_goes_into_calls(table: Path, tmp_path: Path) -> None:
    normals = [
        replace(tumour(f"N{k}"), log2=np.random.default_rng(k).normal(0, 0.05, 360), gene=None) for k in range(4)
    ]
    write(normals, tmp_path / "normals.tsv")
    assert main([str(table), "--call", "--cohort", str(tmp_path / "normals.tsv"), "-o", f"{tmp_path}/c.tsv", "-q"]) == 0
    found = read_segments(tmp_path / "c.tsv")
    assert found.call is not None and found.call.tolist() == ["neutral", "gain", "loss", "neutral"]


def test_cells_get_calls_and_facts(tmp_path: Path) -> None:
    anndata = pytest.importorskip("anndata")
    write([replace(sample_genome("A"), sample="A"), replace(sample_genome("B"), sample="B")], tmp_path / "cells.tsv")
    assert main([str(tmp_path / "cells.tsv"), "--call", "-o", str(tmp_path / "cells.h5ad"), "-q"]) == 0
    data = anndata.read_h5ad(tmp_path / "cells.h5ad")
    assert {"call", "probability", "ci_lo", "ci_hi"} <= set(data.uns["segments"])
    assert data.obs["sex"].tolist() == ["female", "female"] and (data.obs["noise"] > 0).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--genome", "hg99"], "`genome` must be one of hg19, hg38, t2t, mm10, mm39, received 'hg99'"),
        (["--genes", "absent.gtf"], "`--genes` absent.gtf is not there"),
        (["--gene-table", "no/t.tsv"], "is not there. Create it first"),
        (["--gene-table", "T.tsv"], "is the input itself"),
        (["--gene-table", "T.seg"], "`--gene-table` T.seg is the output too"),
        (["--purity-ploidy", "fit"], "`--purity-ploidy` adds copy numbers, which seg does not hold"),
        (["--purity-ploidy", "fit", "--ploidy", "2", "-f", "tsv"], "Give one of the two"),
        (["-o", "x.vcf"], "vcf holds one sample, received 2"),
        (["--convert", "--call"], "without --convert"),
    ],
)
def test_wrong_options_are_refused_before_any_work(
    table: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, options: list[str], message: str
) -> None:
    monkeypatch.chdir(table.parent)
    monkeypatch.setattr("bridgeae_copynumber.cli.program.read", lambda *_, **__: pytest.fail("worked first"))
    assert main(["T.tsv", *(["T.tsv"] if "x.vcf" in options else []), *options]) == 2
    assert message in capsys.readouterr().err
    assert [p.name for p in table.parent.iterdir()] == ["T.tsv"]


@pytest.mark.parametrize("value", ["0.5", "0,2", "1.1,2", "a,b", "0.5,2,3", "best"])
def test_purity_and_ploidy_must_be_two_numbers(table: Path, capsys: Captured, value: str) -> None:
    with pytest.raises(SystemExit):
        main([str(table), "--purity-ploidy", value, "-f", "tsv"])
    assert "--purity-ploidy: must" in capsys.readouterr().err


def test_what_does_not_fit_the_file_is_refused_before_segmenting(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr("bridgeae_copynumber.cli.program.segment", lambda *_, **__: pytest.fail("worked first"))
    write(sample_genome("P"), tmp_path / "plain.tsv")
    assert main([str(tmp_path / "plain.tsv"), "--gene-table", str(tmp_path / "g.tsv")]) == 2
    assert "the input has no column gene. Give --genes FILE" in capsys.readouterr().err
    far = (tmp_path / "T.tsv").read_text().replace("chr2\t", "chr20\t")
    (tmp_path / "far.tsv").write_text(far)
    assert main([str(tmp_path / "far.tsv"), "--genome", "hg19"]) == 2
    assert "chr20 ends at 63,025,520" in capsys.readouterr().err


def test_several_cohorts_and_a_single_normal(table: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for k in range(2):
        write(replace(tumour(f"N{k}"), log2=rng.normal(0, 0.05, 360), gene=None), tmp_path / f"n{k}.tsv")
    one = ["--cohort", str(tmp_path / "n0.tsv")]
    for k, options in enumerate((one, [*one, "--cohort", str(tmp_path / "n1.tsv")])):
        assert main([str(table), "--call", *options, "-o", f"{tmp_path}/c{k}.tsv", "-q"]) == 0
        found = read_segments(tmp_path / f"c{k}.tsv")
        assert found.call is not None and found.call.tolist() == ["neutral", "gain", "loss", "neutral"]


def test_counts_are_corrected_for_gc_content(tmp_path: Path, capsys: Captured) -> None:
    rng = np.random.default_rng(1)
    gc = 0.45 + 0.05 * np.sign(np.sin(np.arange(600) / 20)) + rng.normal(0, 0.01, 600)
    reads = rng.poisson(2000 * 2.0 ** (8 * (gc - 0.45)))
    head = "fixedStep chrom=chr1 start=1 step=1000 span=1000\n"
    (tmp_path / "t.wig").write_text(head + "".join(f"{r}\n" for r in reads))
    track = "track name=gc_content\n" + head.replace("chr1", "1")
    (tmp_path / "gc.wig").write_text(track + "".join(f"{g}\n" for g in gc))
    for name, options in (("raw", []), ("flat", ["--gc", str(tmp_path / "gc.wig")])):
        assert main([str(tmp_path / "t.wig"), *options, "-o", f"{tmp_path}/{name}.seg", "-q"]) == 0
    assert len(read_segments(tmp_path / "raw.seg")) > 5
    assert len(read_segments(tmp_path / "flat.seg")) == 1
    capsys.readouterr()
    assert main([str(tmp_path / "t.wig"), "--gc", f"{tmp_path}/gc.wig", "-o", f"{tmp_path}/said.seg"]) == 0
    assert "read counts" in (said := capsys.readouterr().err) and "not corrected" not in said
