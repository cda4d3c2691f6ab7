"""Layouts of other tools: the right column is read, for the right samples, at the right positions."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from adapters.copynumber.samples import put
from bridgeae_copynumber import read

WIDTH = 10_000
CHROM = ["7"] * 30 + ["X"] * 20
START = [*range(0, 30 * WIDTH, WIDTH), *range(0, 20 * WIDTH, WIDTH)]
END = [a + WIDTH for a in START]
LOG2 = np.round(np.random.default_rng(0).normal(0, 0.3, 50) + np.repeat([0.0, 0.8], [40, 10]), 4)
OTHER = np.round(np.random.default_rng(1).normal(0, 0.3, 50), 4)
RATIO, RATIO2 = np.round(2**LOG2, 5), np.round(2**OTHER, 5)
COUNT = np.rint(400 * RATIO).astype(int)
DEPTH = np.round(30 * RATIO, 2)
AS_RATIO, AS_RATIO2 = np.log2(RATIO), np.log2(RATIO2)
AS_COUNT, AS_DEPTH = np.log2(COUNT / np.median(COUNT)), np.log2(DEPTH / np.median(DEPTH))
HALF = [k % 2 / 2 for k in range(50)]
"""B-allele frequencies."""


class Layout(NamedTuple):
    """A file, and the log2 ratios of each sample that it should give."""

    text: str
    samples: dict[str, np.ndarray]


def rows(header: str, *columns: Any, top: str = "", separator: str = "\t") -> str:
    """Return a table; a column is one value or a sequence of 50, the header may be absent."""
    full = [[c] * 50 if isinstance(c, (str, int, float)) else list(c) for c in columns]
    lines = [separator.join(map(str, row)) for row in zip(*full, strict=True)]
    return top + "\n".join([*([header.replace(" ", separator)] if header else []), *lines]) + "\n"


FROM_1 = [a + 1 for a in START]
PLACE = [f"chr{c}:{a + 1}-{b}" for c, a, b in zip(CHROM, START, END, strict=True)]
NAMES = [f"bin{k}" for k in range(50)]
ABSPOS = [a + (0 if c == "7" else 500_000_000) for c, a in zip(CHROM, START, strict=True)]
SAM = "@HD\tVN:1.6\n@SQ\tSN:7\tLN:159138663\n@RG\tID:GATKCopyNumber\tSM:tumour A\n"
WITH_MARK = np.where(np.arange(50) % 9 == 3, np.nan, AS_RATIO)
MARKED = ["-1" if np.isnan(v) else str(r) for v, r in zip(WITH_MARK, RATIO, strict=True)]
ICHOR = (
    "chr start end {0}.copy.number {0}.event {0}.logR {0}.subclone.status {0}.Corrected_Copy_Number {0}.Corrected_Call"
)
COBALT = "chromosome position referenceReadCount tumorReadCount referenceGCRatio tumorGCRatio referenceGCDiploidRatio"
PICARD = (
    "chrom start end length name %gc mean_coverage normalized_coverage min_normalized_coverage max_normalized_coverage "
    "min_coverage max_coverage pct_0x read_count"
)
SEQZ = (
    "chromosome position base.ref depth.normal depth.tumor depth.ratio Af Bf zygosity.normal GC.percent good.reads "
    "AB.normal AB.tumor tumor.strand"
)
CHISEL = "#CHR START END CELL NORM_COUNT COUNT RDR A_COUNT B_COUNT BAF CLUSTER HAP_CN CORRECTED_HAP_CN"
VARBIN = "chrom chrompos abspos bincount ratio gc.content lowratio seg.mean.LOWESS"
HMM = "chr start end reads gc map valid ideal cor.gc cor.map copy"


def interleaved(text: str, cell: int) -> str:
    """Return a table in which each row stands twice, for cells A and B; B has the values of A."""
    head, *lines = text.splitlines()
    twice = [[*line.split("\t")[:cell], name, *line.split("\t")[cell + 1 :]] for line in lines for name in "AB"]
    return "\n".join([head, *map("\t".join, twice)]) + "\n"


def variable_step(chrom: list[str]) -> str:
    lines = ["track type=wiggle_0 name=reads"]
    for k, (c, a, n) in enumerate(zip(chrom, FROM_1, COUNT, strict=True)):
        lines += [f"variableStep chrom={c} span={WIDTH}"] if k == 0 or c != chrom[k - 1] else []
        lines += [f"{a} {n}"]
    return "\n".join(lines) + "\n"


S1, BOTH = "S1", {"A": AS_RATIO, "B": AS_RATIO}
LAYOUTS: dict[str, Layout] = {
    "Control-FREEC": Layout(
        rows("Chromosome Start Ratio MedianRatio CopyNumber", CHROM, FROM_1, MARKED, 1.1, 2), {S1: WITH_MARK}
    ),
    "Control-FREEC with genes": Layout(
        rows("Chromosome Start Ratio MedianRatio CopyNumber Gene", CHROM, FROM_1, MARKED, 1.1, 2, "EGFR"),
        {S1: WITH_MARK},
    ),
    "Control-FREEC with BAF": Layout(
        rows(
            "Chromosome Start Ratio MedianRatio CopyNumber BAF estimatedBAF Genotype UncertaintyOfGT",
            *(CHROM, FROM_1, MARKED, 1.1, 2, HALF, 0.5, "AB", -1),
        ),
        {S1: WITH_MARK},
    ),
    "ichorCNA cna.seg": Layout(
        rows(ICHOR.format("Pt.1"), CHROM, FROM_1, END, 2, "NEUT", LOG2, 0, 2, "NEUT"), {"Pt.1": LOG2}
    ),
    "ichorCNA correctedDepth": Layout(
        rows("chr start end log2_TNratio_corrected", CHROM, FROM_1, END, LOG2), {S1: LOG2}
    ),
    "GATK denoisedCR": Layout(
        rows("CONTIG START END LOG2_COPY_RATIO", CHROM, FROM_1, END, LOG2, top=SAM), {"tumour A": LOG2}
    ),
    "GATK counts": Layout(rows("CONTIG START END COUNT", CHROM, FROM_1, END, COUNT, top=SAM), {"tumour A": AS_COUNT}),
    "GATK linear ratios": Layout(
        rows("CONTIG START END LINEAR_COPY_RATIO", CHROM, FROM_1, END, RATIO, top=SAM), {"tumour A": AS_RATIO}
    ),
    "CHISEL calls": Layout(
        interleaved(rows(CHISEL, CHROM, START, END, "x", 300, COUNT, RATIO, 5, 6, HALF, 1, "1|1", "1|1"), 3), BOTH
    ),
    "CHISEL rdr": Layout(
        interleaved(rows("#CHR START END CELL NORMAL RD RDR", CHROM, START, END, "x", 300, COUNT, RATIO), 3), BOTH
    ),
    "CHISEL rdr without a header": Layout(
        interleaved("\n" + rows("", CHROM, START, END, "x", 300, COUNT, RATIO), 3).lstrip(), BOTH
    ),
    "CHISEL combo without a header": Layout(
        interleaved("\n" + rows("", CHROM, START, END, "x", 300, COUNT, RATIO, 5, 6, HALF), 3).lstrip(), BOTH
    ),
    "Delly": Layout(
        rows("chr start end S1_mappable S1_counts S1_CN", CHROM, START, END, 9000, COUNT, 2 * RATIO), {"S1": AS_COUNT}
    ),
    "CNVpytor": Layout(
        rows("chrom start end rd_raw rd_gc_corrected p_norm", CHROM, START, END, COUNT * 2, DEPTH, 0.5), {S1: AS_DEPTH}
    ),
    "natural logarithms": Layout(
        rows("chrom start end ln_ratio", CHROM, START, END, np.log(RATIO)), {S1: AS_RATIO}
    ),
    "decimal logarithms": Layout(
        rows("chrom start end log10_copy_ratio", CHROM, START, END, np.log10(RATIO)), {S1: AS_RATIO}
    ),
    "decimal commas": Layout(
        rows("chrom start end log2", CHROM, START, END, LOG2, separator=";").replace(".", ","), {S1: LOG2}
    ),
    "VarBin of one cell": Layout(rows(VARBIN, CHROM, START, ABSPOS, COUNT, 1 / RATIO, 0.4, RATIO, 1.0), {S1: AS_RATIO}),
    "VarBin of cells": Layout(
        rows("chrom chrompos abspos c1 c2", CHROM, START, ABSPOS, RATIO, RATIO2), {"c1": AS_RATIO, "c2": AS_RATIO2}
    ),
    "VarBin without a header": Layout(rows("", CHROM, START, ABSPOS, COUNT, RATIO), {S1: AS_RATIO}),
    "MEDALT": Layout(rows("chrom chrompos c1 c2", CHROM, START, RATIO, RATIO2), {"c1": AS_RATIO, "c2": AS_RATIO2}),
    "CopyKit": Layout(
        rows("seqnames start end width strand abspos gc_content arm c1 c2",
             CHROM, FROM_1, END, WIDTH, "*", ABSPOS, 0.4, "p", RATIO, RATIO2),
        {"c1": AS_RATIO, "c2": AS_RATIO2},
    ),
    "Ginkgo": Layout(rows("CHR START END c1 c2", CHROM, START, END, RATIO, RATIO2), {"c1": AS_RATIO, "c2": AS_RATIO2}),
    "VarScan": Layout(
        rows("chrom chr_start chr_stop num_positions normal_depth tumor_depth log2_ratio gc_content",
             CHROM, FROM_1, END, WIDTH, 40.0, DEPTH, LOG2, 44.5),
        {S1: LOG2},
    ),
    "VarScan, adjusted": Layout(
        rows("chrom chr_start chr_stop num_positions normal_depth tumor_depth adjusted_log_ratio gc_content "
             "region_call raw_ratio", CHROM, FROM_1, END, WIDTH, 40.0, DEPTH, LOG2, 44.5, "neutral", OTHER),
        {S1: LOG2},
    ),
    "QDNAseq bed": Layout(
        rows("", CHROM, START, END, PLACE, LOG2, "+", top='track name="tumour 2" description="copy number"\n'),
        {"tumour 2": LOG2},
    ),
    "QDNAseq igv": Layout(
        rows("chromosome start end feature T1", CHROM, FROM_1, END, NAMES, LOG2,
             top="#type=COPY_NUMBER\n#track coords=1\n"),
        {"T1": LOG2},
    ),
    "mosdepth": Layout(rows("", CHROM, START, END, DEPTH), {S1: AS_DEPTH}),
    "mosdepth with names": Layout(rows("", CHROM, START, END, NAMES, DEPTH), {S1: AS_DEPTH}),
    "mosdepth with BED6": Layout(rows("", CHROM, START, END, NAMES, 0, "+", DEPTH), {S1: AS_DEPTH}),
    "bedtools coverage": Layout(rows("", CHROM, START, END, COUNT, 900, WIDTH, HALF), {S1: AS_COUNT}),
    "deepTools": Layout(
        "#'chr'\t'start'\t'end'\t'T1.bam'\t'T2.bam'\n" + rows("", CHROM, START, END, COUNT, COUNT),
        {"T1.bam": AS_COUNT, "T2.bam": AS_COUNT},
    ),
    "featureCounts": Layout(
        rows("Geneid Chr Start End Strand Length T1.bam", range(50), CHROM, FROM_1, END, "+", WIDTH, COUNT,
             top="# x\n"),
        {"T1.bam": AS_COUNT},
    ),
    "GATK DepthOfCoverage": Layout(
        rows("Target total_coverage average_coverage T1_total_cvg T1_mean_cvg T1_granular_Q1 T1_%_above_15",
             PLACE, COUNT, DEPTH, COUNT, DEPTH, 30, 99.0),
        {S1: AS_DEPTH},
    ),
    "HATCHet bb": Layout(
        rows("#CHR START END SAMPLE RD #SNPS COV ALPHA BETA BAF",
             CHROM, START, END, "T1", RATIO, 30, DEPTH, 90, 80, HALF),
        {"T1": np.log2(RATIO / np.median(RATIO))},
    ),
    "SAVANA counts": Layout(
        rows("bin chromosome start end perc_known_bases use_bin tumour_read_count normal_read_count",
             PLACE, CHROM, FROM_1, END, 99.0, "True", COUNT, 400),
        {S1: AS_COUNT},
    ),
    "EXCAVATOR": Layout(
        rows("Chromosome Position Start End Log2R SegMean Class", CHROM, FROM_1, START, END, LOG2, OTHER, "IN"),
        {S1: LOG2},
    ),
    "HMMcopy of one cell": Layout(
        rows("chr start end reads copy state cell_id sample_id", CHROM, FROM_1, END, COUNT, 2 * RATIO, 2, "C1", "P"),
        {"C1": AS_RATIO},
    ),
    "BAC array": Layout(
        rows("Clone Target Chrom KB S1", NAMES, NAMES, CHROM, [a // 1000 for a in START], LOG2), {"S1": LOG2}
    ),
    "headerless SEG of bins": Layout(rows("", "T1", CHROM, FROM_1, END, 1, LOG2), {"T1": LOG2}),
    "maftools SEG of bins": Layout(
        rows("Sample Chromosome Start End Num_Probes Segment_Mean", "T1", CHROM, FROM_1, END, 1, LOG2), {"T1": LOG2}
    ),
    "wig, variable steps": Layout(variable_step(CHROM), {S1: AS_COUNT}),
    "PureCN coverage": Layout(
        rows("Target total.coverage counts on.target duplication.rate average.coverage",
             PLACE, COUNT * 50, COUNT, "TRUE", 0.1, DEPTH),
        {S1: AS_DEPTH},
    ),
    "a place and cells": Layout(rows("bin_name c1 c2", PLACE, RATIO, RATIO2), {"c1": AS_RATIO, "c2": AS_RATIO2}),
    "places with dashes": Layout(
        rows("peak c1 c2", [place.replace(":", "-") for place in PLACE], RATIO, RATIO2),
        {"c1": AS_RATIO, "c2": AS_RATIO2},
    ),
    "row names that are places": Layout(rows("c1 c2", PLACE, RATIO, RATIO2), {"c1": AS_RATIO, "c2": AS_RATIO2}),
    "WisecondorX": Layout(rows("chr start end id ratio zscore", CHROM, FROM_1, END, NAMES, LOG2, OTHER), {S1: LOG2}),
    "DRAGEN counts": Layout(
        rows("contig start stop name T1 improper_pairs", CHROM, START, END, NAMES, COUNT, 3, top="#SampleName=T1\n"),
        {"T1": AS_COUNT},
    ),
    "DRAGEN tn": Layout(rows("contig start stop name T1", CHROM, START, END, NAMES, LOG2), {"T1": LOG2}),
    "sequenza": Layout(
        rows(SEQZ, CHROM, FROM_1, "N", 40, 30, RATIO, 1.0, 0, "hom", 45, 51, "A", ".", "0"), {S1: AS_RATIO}
    ),
    "COBALT": Layout(rows(COBALT, CHROM, FROM_1, 300, COUNT, 1.01, MARKED, 1.0), {S1: WITH_MARK}),
    "COBALT of a normal": Layout(rows(COBALT, CHROM, FROM_1, 300, -1, MARKED, -1, 1.0), {S1: WITH_MARK}),
    "PennCNV": Layout(
        rows("Name Chr Position T1.GType T1.Log_R_Ratio T1.B_Allele_Freq",
             NAMES, CHROM, FROM_1, "AB", LOG2, HALF).replace("_", " "),
        {"T1": LOG2},
    ),
    "conumee": Layout(rows("Chromosome Start End Feature T1", CHROM, FROM_1, END, NAMES, LOG2), {"T1": LOG2}),
    "IGV cn": Layout(
        rows("SNP Chromosome PhysicalPosition T1 T2", NAMES, CHROM, FROM_1, 2 * RATIO, 2 * RATIO2),
        {"T1": AS_RATIO, "T2": AS_RATIO2},
    ),
    "BIC-seq2": Layout(
        rows("chrom start end binNum tumor tumor_expect normal normal_expect log2.copyRatio log2.TumorExpectRatio",
             CHROM, FROM_1, END, 1, COUNT, 400, 410, 400, LOG2, OTHER),
        {S1: LOG2},
    ),
    "HMMcopy": Layout(
        rows(HMM, CHROM, FROM_1, END, COUNT, 0.4, 0.9, "TRUE", "TRUE", RATIO2, RATIO, LOG2), {S1: LOG2}
    ),
    "Picard per target": Layout(
        rows(PICARD, CHROM, FROM_1, END, WIDTH, NAMES, 0.4, DEPTH, RATIO, 0, 3, 0, 99, 0.01, COUNT), {S1: AS_DEPTH}
    ),
    "Illumina's report": Layout(
        rows("SNP_Name Sample_ID Chr Position Log_R_Ratio B_Allele_Freq", NAMES, "T1", CHROM, FROM_1, LOG2, HALF,
             top="[Header]\nGSGT Version\t2.0\n[Data]\n").replace("_", " "),
        {"T1": LOG2},
    ),
    "FACETS": Layout(rows("chrom maploc cnlr valor gcpct", CHROM, FROM_1, LOG2, OTHER, 0.4), {S1: LOG2}),
}  # fmt: skip


@pytest.mark.parametrize("tool", LAYOUTS)
def test_layouts_of_other_tools_give_their_values(tmp_path: Path, tool: str) -> None:
    layout = LAYOUTS[tool]
    profiles = read(put(tmp_path, layout.text, f"{S1}.txt"))
    assert [p.sample for p in profiles] == list(layout.samples)
    for p, log2 in zip(profiles, layout.samples.values(), strict=True):
        assert [c.removeprefix("chr") for c in p.chrom] == CHROM
        assert p.start.tolist() == START
        assert p.end.tolist() == END
        np.testing.assert_allclose(p.log2, log2, atol=1e-4)


@pytest.mark.parametrize("column", ["patient", "cell", "barcode", "Patient_ID", "Tumor_Sample_Barcode"])
def test_samples_may_be_told_apart_by_a_column_of_any_usual_name(tmp_path: Path, column: str) -> None:
    text = rows(f"{column} chrom start end ratio", ["P1"] * 25 + ["P2"] * 25, CHROM, START, END, RATIO)
    assert [(p.sample, len(p)) for p in read(put(tmp_path, text))] == [("P1", 25), ("P2", 25)]


def test_the_finest_of_several_sample_columns_counts(tmp_path: Path) -> None:
    whose = [["P1", "P1", "P2"][k % 3] for k in range(50)]
    which = [["c1", "c2", "c1"][k % 3] for k in range(50)]
    text = rows("patient sample chrom start end log2", "P1", whose, CHROM, START, END, LOG2)
    assert [p.sample for p in read(put(tmp_path, text))] == ["P1", "P2"]
    text = rows("patient barcode chrom start end log2", whose, which, CHROM, START, END, LOG2)
    assert {p.sample for p in read(put(tmp_path, text))} == {"P1/c1", "P1/c2", "P2/c1"}


def test_probes_that_no_manifest_places_are_left_out(tmp_path: Path) -> None:
    text = rows("Name Chr Position log2", NAMES, ["0"] * 2 + CHROM[2:], [0, 0, *FROM_1[2:]], LOG2)
    (p,) = read(put(tmp_path, text))
    assert p.missing.sum() == 2 and p.start[2] == START[2]
    assert any("2 probes without a place" in note for note in p.notes)


def test_widths_say_whether_positions_count_from_one(tmp_path: Path) -> None:
    apart = [k * 3 * WIDTH + 1 for k in range(50)]
    for header, extra in (("width", 0), ("length", 1)):
        text = rows(f"chrom start end {header} log2", "1", apart, [a + WIDTH - 1 + extra for a in apart], WIDTH, LOG2)
        (p,) = read(put(tmp_path, text))
        assert p.start[0] == extra
        assert set(p.end - p.start) == {WIDTH}
