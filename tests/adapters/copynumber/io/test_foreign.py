"""Files of other kinds: the message names what the file is and what converts it."""

from __future__ import annotations

import gzip
from pathlib import Path

import h5py
import numpy as np
import pytest

from adapters.copynumber.samples import put
from bridgeae.errors import FileFormatError
from bridgeae_copynumber import read, read_segments

KINDS: dict[str, tuple[bytes, str]] = {
    "bigWig": (b"\x26\xfc\x8f\x88" + b"\0" * 60, "is a bigWig file.* bigWigToBedGraph"),
    "bigBed": (b"\xeb\xf2\x89\x87" + b"\0" * 60, "is a bigBed file.* bigBedToBed"),
    "VCF": (
        b"##fileformat=VCFv4.2\n##x\n#CHROM\tPOS\tID\tREF\tALT\n1\t5\t.\tA\tC\n",
        "is a VCF file .* bcftools query",
    ),
    "VCF without its first line": (b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\n1\t5\t.\tA\tC\t.\n", "is a VCF file"),
    "BCF": (gzip.compress(b"BCF\2\2\0"), "is a BCF file .* bcftools query"),
    "BAM": (gzip.compress(b"BAM\1\0"), "is a BAM file of reads.*mosdepth"),
    "GTF": (b"##gff-version 3\nchr1\tx\tgene\t1\t5\t.\t+\t.\tID=1\n", "GFF or GTF file"),
    "GFF of NimbleScan": (
        b"chr1\tNimbleScan\tlog2ratio\t5\t54\t0.12\t.\t.\tseq_id=1\n",
        "is a GFF file.* bedGraph",
    ),
    "GEO series": (b'!Series_title\t"x"\n!series_matrix_table_begin\n"ID_REF"\t"GSM1"\n', "file of GEO.* .GPL."),
    "GenePix": (b'ATF\t1.0\n2\t7\n"Type=GenePix Results 3"\n', "GenePix file.* limma"),
    "HsMetrics": (
        b"## htsjdk.samtools.metrics.StringHeader\n# CollectHsMetrics\n\n## METRICS CLASS\tpicard.analysis.directed."
        b"HsMetrics\nBAIT_SET\tx\nset\t1\n",
        "Picard metrics.* PER_TARGET_COVERAGE",
    ),
    "mosdepth summary": (
        b"chrom\tlength\tbases\tmean\tmin\tmax\nchr1\t5\t10\t2\t0\t9\n",
        r"summary of mosdepth.* PREFIX\.regions\.bed\.gz",
    ),
    "mosdepth thresholds": (b"#chrom\tstart\tend\tregion\t1X\t10X\n1\t0\t5\tx\t5\t1\n", "thresholds of mosdepth"),
    "samtools coverage": (
        b"#rname\tstartpos\tendpos\tnumreads\tcovbases\n1\t1\t9\t9\t9\n",
        "summary of samtools coverage",
    ),
    "Feature Extraction": (b"TYPE\ttext\tinteger\nFEPARAMS\tx\ty\nDATA\ta\t1\n*\n", "Agilent's Feature.*maimages"),
    "TCGA level 3": (
        b"Hybridization REF\tTCGA-01\tTCGA-01\nComposite Element REF\tnormalizedLog2Ratio\nA_14\t.1\n",
        "TCGA whose rows name probes.*manifest",
    ),
    "cBioPortal": (b"Hugo_Symbol\tEntrez_Gene_Id\tS1\nTP53\t7157\t.1\n", "table of genes without their places"),
    "GISTIC genes": (b"Gene Symbol\tLocus ID\tCytoband\tS1\nTP53\t7157\t17p\t.1\n", "table of genes"),
    "a spreadsheet": (b"PK\x03\x04" + b"\0" * 30, r"spreadsheet.* tab-separated"),
    "RDS": (gzip.compress(b"X\n\0\0\0\3"), r"\.rds.* write\.table"),
    "ROOT": (b"root\0\0\1\2", "ROOT file"),
    "JSON": (b'{"a": [1, 2]}', "is JSON"),
}


def test_genes_with_their_places_are_read(tmp_path: Path) -> None:
    rows = "".join(f"G{k}\tchr1\t{k}00\t{k}50\t0.{k}\n" for k in range(1, 9))
    (p,) = read(put(tmp_path, f"Hugo_Symbol\tChromosome\tStart\tEnd\tlog2\n{rows}"))
    assert len(p) == 8


@pytest.mark.parametrize("kind", KINDS)
def test_the_message_names_the_file_and_its_converter(tmp_path: Path, kind: str) -> None:
    data, message = KINDS[kind]
    for reader in (read, read_segments):
        with pytest.raises(FileFormatError, match=f"(?s){message}"):
            reader(put(tmp_path, data))


@pytest.mark.parametrize(
    ("group", "message"),
    [
        ("counts/values", r"not a readable \.h5ad"),
        ("sample_metadata/sample_name", "HDF5 file of GATK.* CollectReadCounts --format TSV"),
        ("rd_p_chr1_10000", r"\.pytor file of CNVpytor.* bigWig"),
        ("normalized_counts/chr1", "Cell Ranger DNA.* normalized_counts"),
        ("row_attrs/x", r"\.loom file.*write_h5ad"),
    ],
)
def test_hdf5_of_other_tools_is_named(tmp_path: Path, group: str, message: str) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file[group] = np.zeros(3)
    with pytest.raises(FileFormatError, match=message):
        read(tmp_path / "other.h5")
