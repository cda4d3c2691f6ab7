"""What is no profile of copy number is refused by name, with what to do instead."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adapters.copynumber.io.test_layouts import (
    CHROM,
    COUNT,
    END,
    FROM_1,
    HALF,
    LOG2,
    NAMES,
    OTHER,
    PLACE,
    RATIO,
    START,
    rows,
)
from adapters.copynumber.samples import put
from bridgeae.errors import FileFormatError
from bridgeae_copynumber import read

BAF = np.round(np.random.default_rng(2).beta(30, 30, 50), 4)
MARKS = [int(k) for k in np.random.default_rng(3).integers(2, 99, 50)]
WIDE_END = [a + 10 * k + 5000 for k, a in enumerate(START)]
CHANGES = np.cumsum([0, *np.random.default_rng(4).integers(2_000_000, 60_000_000, 50)]).tolist()
SEG = (CHROM, FROM_1, WIDE_END)
SEQZ = "chromosome start.pos end.pos Bf N.BAF sd.BAF depth.ratio N.ratio sd.ratio CNt A B LPP"
POSTERIOR = "LOG2_COPY_RATIO_POSTERIOR_10 LOG2_COPY_RATIO_POSTERIOR_50 MINOR_ALLELE_FRACTION_POSTERIOR_50"
FACETS = "Chromosome Position Ref Alt File1R File1A File1E File1D File2R File2A File2E File2D"

SEGMENTS = {
    "SEG": rows("ID chrom loc.start loc.end num.mark seg.mean", "T", *SEG, MARKS, LOG2),
    "SEG without a header": rows("", "T", *SEG, MARKS, LOG2),
    "maftools": rows("Sample Chromosome Start End Num_Probes Segment_Mean", "T", *SEG, MARKS, LOG2),
    "TCGA": rows("GDC_Aliquot Chromosome Start End Num_Probes Segment_Mean", "T", *SEG, MARKS, LOG2),
    "cns": rows("chromosome start end gene log2 probes", *SEG, "-", LOG2, MARKS),
    "ours": rows("sample chrom start end num_mark mean confidence", "T", *SEG, MARKS, LOG2, 0.9),
    "GATK modelFinal": rows(f"CONTIG START END NUM_POINTS_COPY_RATIO {POSTERIOR}", *SEG, MARKS, LOG2, LOG2, 0.5),
    "GATK called": rows("CONTIG START END NUM_POINTS_COPY_RATIO MEAN_LOG2_COPY_RATIO CALL", *SEG, MARKS, LOG2, "+"),
    "ichorCNA seg": rows("sample chr start end event copy.number bins median", "T", *SEG, "GAIN", 3, MARKS, LOG2),
    "ichorCNA seg.txt": rows("ID chrom start end num.mark seg.median.logR call", "T", *SEG, MARKS, LOG2, "NEUT"),
    "pgxseg": rows("biosample_id reference_name start end log2 variant_type", "pgxbs", *SEG, LOG2, "DUP",
                   top="#plotpars=x\n#sample=>sample_id=pgxbs;x=y\n"),
    "sequenza": rows(SEQZ, *SEG, 0.5, 9, 0.1, RATIO, MARKS, 0.1, 2, 1, 1, -5),
    "FACETS cncf": rows("chrom seg num.mark nhet cnlr.median start end tcn.em lcn.em", CHROM, 1, MARKS, 9, LOG2,
                        FROM_1, WIDE_END, 2, 1),
    "BIC-seq2": rows("chrom start end binNum tumor tumor_expect log2.copyRatio", *SEG, MARKS, COUNT, 400, LOG2),
    "by width alone": rows("chr start end ratio zscore", "1", CHANGES[:-1], CHANGES[1:], LOG2, OTHER),
    "our BED": rows("", CHROM, START, WIDE_END, [f"T|{v}" for v in LOG2], 900),
}  # fmt: skip
ALLELES = {
    "FACETS pileup": rows(FACETS, CHROM, FROM_1, "A", "C", COUNT, 9, 0, 0, COUNT, 7, 0, 0, separator=","),
    "GATK allelicCounts": rows("CONTIG POSITION REF_COUNT ALT_COUNT REF_NUCLEOTIDE ALT_NUCLEOTIDE",
                               CHROM, FROM_1, COUNT, 7, "A", "C", top="@HD\tVN:1.6\n"),
    "alleleCounter": rows("#CHR POS Count_A Count_C Count_G Count_T Good_depth", CHROM, FROM_1, COUNT, 0, 7, 0, COUNT),
    "DRAGEN ballele": rows("contig start stop refAllele allele1 allele2 allele1Count allele2Count allele1AF",
                           CHROM, START, END, "A", "A", "C", COUNT, 5, 0.9),
}  # fmt: skip
FRACTIONS = {
    "ASCAT BAF": rows("chrs pos T1 T2", NAMES, CHROM, FROM_1, BAF, BAF[::-1]),
    "AMBER": rows(
        "chromosome position tumorBAF tumorModifiedBAF tumorDepth normalBAF", CHROM, FROM_1, BAF, BAF, 9, BAF
    ),
    "a BAF column": rows("Name Chr Position T1.BAF", NAMES, CHROM, FROM_1, HALF),
    "bedGraph of BAF": rows("", CHROM, START, END, BAF),
    "GC wig": "fixedStep chrom=1 start=1 step=1000 span=1000\n-1\n-1\n" + "\n".join(map(str, BAF)) + "\n",
    "mappability wig": "fixedStep chrom=1 start=1 step=1000\n" + "\n".join(map(str, np.sqrt(BAF))) + "\n1\n1\n0\n",
    "a ratio that is none": rows("chrom start end ratio", CHROM, START, END, BAF),
}
NO_VALUE = {
    "BED of targets": (rows("", CHROM, START, END), "BED file of regions"),
    "named targets": (rows("", CHROM, START, END, NAMES), "BED file of regions"),
    "targets with a track line": (rows("", CHROM, START, END, top="track name=x\n"), "BED file of regions"),
    "BED6 of targets": (rows("", CHROM, START, END, NAMES, 0, "+"), "BED file of regions"),
    "BED6 of genes": (rows("", CHROM, START, END, NAMES, MARKS, "+"), "whole numbers as scores"),
    "an interval list": (rows("", CHROM, FROM_1, END, "+", NAMES, top="@HD\tVN:1.6\n"), "BED file of regions"),
    "coordinates along the genome": (
        rows("chrom start end genome_place", CHROM, START, END, [10**9 + k * 10**4 for k in range(50)]),
        "rises along the genome",
    ),
    "markers": (rows("", NAMES, CHROM, FROM_1), "no header line"),
    "PureCN intervals": (rows("Target gc_bias mappability Gene", PLACE, 0.4, 0.9, "A"), "no column for log2"),
    "CoNIFER z-scores": (rows("#gene chr start end svd_zrpkm", NAMES, CHROM, START, END, LOG2), "no column for log2"),
    "GISTIC scores": (
        rows(
            "Type Chromosome Start End -log10(q-value) G-score average_amplitude frequency",
            "Amp",
            CHROM,
            START,
            END,
            0.2,
            0.1,
            RATIO,
            0.3,
        ),
        "no column for log2",
    ),
    "calls": (rows("", CHROM, START, END, PLACE, [k % 3 - 1 for k in range(50)], "+"), "calls of loss and gain"),
    "states beside ratios": (
        rows("chrom start end hmm x", CHROM, START, END, [k // 9 for k in range(50)], LOG2),
        "scale",
    ),
    "several tracks": (2 * ("track name=a\n" + rows("", CHROM, START, END, LOG2)), "several tracks, the second from"),
    "a column a bin": ("cell\t" + "\t".join(PLACE) + "\nA" + "\t0.5" * 50 + "\n", "has a column a bin. Transpose it"),
    "numbers that may be anything": (rows("", CHROM, START, END, COUNT, MARKS), "leave open which one holds the value"),
}


@pytest.mark.parametrize("kind", SEGMENTS)
def test_segments_are_refused_and_conversion_offered(tmp_path: Path, kind: str) -> None:
    with pytest.raises(FileFormatError, match="holds segments already"):
        read(put(tmp_path, SEGMENTS[kind]))


@pytest.mark.parametrize("kind", ALLELES)
def test_counts_of_alleles_are_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(FileFormatError, match=r"holds counts of alleles .* Name the log2 ratios"):
        read(put(tmp_path, ALLELES[kind]))


@pytest.mark.parametrize("kind", FRACTIONS)
def test_fractions_are_no_ratios(tmp_path: Path, kind: str) -> None:
    with pytest.raises(FileFormatError, match=r"B-allele frequencies.* Name the file of .*log"):
        read(put(tmp_path, FRACTIONS[kind]))


@pytest.mark.parametrize("kind", NO_VALUE)
def test_tables_without_a_value_are_refused(tmp_path: Path, kind: str) -> None:
    text, message = NO_VALUE[kind]
    with pytest.raises(FileFormatError, match=message):
        read(put(tmp_path, text))


def test_low_depths_between_0_and_1_are_read_when_the_scale_is_given(tmp_path: Path) -> None:
    (p,) = read(put(tmp_path, FRACTIONS["bedGraph of BAF"]), scale="counts")
    np.testing.assert_allclose(p.log2, np.log2(BAF / np.median(BAF)), atol=1e-5)


def test_samples_on_different_scales_are_refused(tmp_path: Path) -> None:
    text = rows("chrom start end tumour_x lrr_x", CHROM, START, END, COUNT, LOG2)
    with pytest.raises(FileFormatError, match="do not share a scale: those of 'tumour_x' are counts"):
        read(put(tmp_path, text))


def test_shares_beside_counts_are_refused(tmp_path: Path) -> None:
    text = rows("chrom start end T1 T2 quiet", CHROM, START, END, COUNT, COUNT, [0.1 + k / 100 for k in range(50)])
    with pytest.raises(FileFormatError, match=r"those of .T1. are counts .*, those of .quiet. shares from 0 to 1"):
        read(put(tmp_path, text))


def test_a_column_of_coordinates_is_no_sample(tmp_path: Path) -> None:
    text = rows("chrom start end along T1", CHROM, START, END, [10**9 + k * 10**4 for k in range(50)], LOG2)
    (p,) = read(put(tmp_path, text))
    assert p.sample == "T1"
    assert any("columns left out, as they hold no sample: along" in note for note in p.notes)
