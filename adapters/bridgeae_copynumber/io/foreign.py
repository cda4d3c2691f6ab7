"""Files of other kinds: each is refused with its name and the tool that converts it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from bridgeae.errors import FileFormatError

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_TABLE_OF_R = (
    'In R: write.table(x, "bins.tsv", sep="\\t", quote=FALSE, row.names=FALSE), with columns chrom, start, end, log2'
)
_TEXT_OF_PANDAS = "In Python: pandas.read_parquet(FILE).to_csv(OUT, sep='\\t', index=False)"
_COUNT_READS = "Count its reads in bins first, for instance with `mosdepth --no-per-base --by 50000 OUT`"
_QUERY = (
    "Copy numbers of a VCF become a table of segments with: bcftools query -f "
    "'[%SAMPLE\\t%CHROM\\t%POS\\t%INFO/END\\t%CN\\n]' FILE"
)
_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\x26\xfc\x8f\x88", "a bigWig file", "Convert it: bigWigToBedGraph FILE.bw FILE.bedgraph"),
    (b"\x88\x8f\xfc\x26", "a bigWig file", "Convert it: bigWigToBedGraph FILE.bw FILE.bedgraph"),
    (b"\xeb\xf2\x89\x87", "a bigBed file", "Convert it: bigBedToBed FILE.bb FILE.bed"),
    (b"\x87\x89\xf2\xeb", "a bigBed file", "Convert it: bigBedToBed FILE.bb FILE.bed"),
    (b"BAM\1", "a BAM file of reads", _COUNT_READS),
    (b"CRAM", "a CRAM file of reads", _COUNT_READS),
    (b"BCF\2", "a BCF file of variants", _QUERY),
    (b"TBI\1", "the index of another file", "Name the file itself"),
    (b"CSI\1", "the index of another file", "Name the file itself"),
    (b"BAI\1", "the index of a BAM file", _COUNT_READS),
    (b"PK\3\4", "a zip archive (a spreadsheet .xlsx, or numpy's .npz)", "Save its table as tab-separated UTF-8 text"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet (.xls)", "Save it as tab-separated UTF-8 text"),
    (b"RDX", "an R data file (.RData)", _TABLE_OF_R),
    (b"X\n\0\0\0", "an R data file (.rds)", _TABLE_OF_R),
    (b"root", "a ROOT file, as CNVnator writes it", "Run CNVpytor instead, and export bigWig from it"),
    (b"BZh", "packed with bzip2", "Unpack it: bunzip2 FILE"),
    (b"\xfd7zXZ", "packed with xz", "Unpack it: unxz FILE"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", "Unpack it: unzstd FILE"),
    (b"%PDF", "a PDF", "Name the table that it was made from"),
    (b"PAR1", "a Parquet file", _TEXT_OF_PANDAS),
)  # fmt: skip
_TEXT: tuple[tuple[str, str, str], ...] = (
    (r"##fileformat=VCF|(##[^\n]*\n)*#CHROM\tPOS\tID\tREF", "a VCF file of variants or calls, no profile", _QUERY),
    (r"[!^](Series|Sample|Platform|SAMPLE|SERIES|DATABASE)", "a file of GEO, whose probes have no places",
     "Join it with the table of its platform (GPL), and save columns chrom, start, log2"),
    (r'"?ATF\t1', "a GenePix file (.gpr) of intensities, no profile",
     "In R: limma::read.maimages(FILE, 'genepix') and normalizeWithinArrays give log2 ratios. Save those with columns "
     "chrom, start, end, log2"),
    (r"##gff-version|#!genome-build|#gtf", "a GFF or GTF file of genes, no profile", "Name the file of bins"),
    (r"(#[^\n]*\n)*[^\t\n]+\t[^\t\n]+\t[^\t\n]*[A-Za-z][^\t\n]*\t\d+\t\d+\t-?[\d.e-]*\d\t[-+.?]\t[012.]\t",
     "a GFF file", "Write its places and values as bedGraph: awk -F'\\t' '{print $1, $4 - 1, $5, $6}' FILE"),
    (r"@HD[^\n]*\n(?:@[^\n]*\n)*[^\t\n@]+\t\d+\t[^\t\n]+\t\d+\t\d+\t(?:\*|(?:\d+[MIDNSHP=X])+)\t",
     "a SAM file of reads", _COUNT_READS),
    (r"(?:#[^\n]*\n|\s*\n)*##\s*METRICS CLASS[^\n]*(?:Hs|TargetedPcr|Wgs|Insert|Alignment)",
     "a file of Picard metrics of the whole sample, no profile",
     "Run CollectHsMetrics with PER_TARGET_COVERAGE=FILE and name that file"),
    (r"chrom\tlength\tbases\tmean\tmin\tmax", "the summary of mosdepth, with one row a chromosome, no profile",
     "Name PREFIX.regions.bed.gz, which `mosdepth --by` writes beside it"),
    (r"#rname\tstartpos\tendpos\tnumreads", "the summary of samtools coverage, with one row a chromosome, no profile",
     _COUNT_READS),
    (r"#chrom\tstart\tend\tregion\t\d+X", "the thresholds of mosdepth, no profile",
     "Name PREFIX.regions.bed.gz, which `mosdepth --by` writes beside it"),
    (r"TYPE\t[^\n]*\nFEPARAMS\t", "a file of Agilent's Feature Extraction, whose log ratios are decimal",
     "In R: limma::read.maimages(FILE, 'agilent') and normalizeWithinArrays give log2 ratios. Save those with columns "
     "chrom, start, end, log2"),
    (r"Hybridization REF\t[^\n]*\n[^\n\t]*(?:REF|Probe)", "a file of TCGA whose rows name probes without their places",
     "Join it with the manifest of the array, and save columns chrom, start, log2"),
    (r"(?:Hugo_Symbol|Gene Symbol)\t(?![^\n]*[Cc]hr)", "a table of genes without their places, no bins",
     "Name the file of bins or probes that it was made from"),
    (r"@[^\n]+\n[ACGTN]+\n\+", "a FASTQ file of reads", "Align them, then count the reads in bins"),
    (r">[^\n]*\n[ACGTNacgtn]{4}", "a FASTA file of sequence, no profile", "Name the file of bins"),
    (r"<(!DOCTYPE|html|\?xml)", "a web page or XML, no table", "Download the file itself"),
    (r"\s*\{", "JSON, no table", "Save its bins as tab-separated text"),
)  # fmt: skip
_HDF5: tuple[tuple[str, str, str], ...] = (
    (r"denoised_copy_ratios|standardized_copy_ratios|locatable_metadata|sample_metadata", "an HDF5 file of GATK",
     "GATK writes text itself: `gatk CollectReadCounts --format TSV`, or the .denoisedCR.tsv of DenoiseReadCounts"),
    (r"(his_)?rd_[pu]_|snp_|rd_chromosomes|his_|snp2rd", "a .pytor file of CNVpytor",
     "Write it as bigWig with `cnvpytor -root FILE -export jbrowse OUT`, then run bigWigToBedGraph"),
    (r"cnvs|normalized_counts|raw_counts|per_cell_summary_metrics", "an HDF5 file of Cell Ranger DNA",
     "Save its matrix of normalized_counts as a table with columns chrom, start, end and one a cell"),
    (r"row_attrs|col_attrs", "a .loom file", "Convert it in Python: anndata.read_loom(FILE).write_h5ad(OUT)"),
)  # fmt: skip


def refuse_foreign(data: bytes, path: str | Path) -> None:
    """Raise FileFormatError with its name and its converter for a file of another kind, by its first bytes."""
    for magic, name, advice in _MAGIC:
        if data.startswith(magic):
            raise FileFormatError(f"`path` {path} is {name}, not a table of bins. {advice}.")
    head = data[:100_000].removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").decode("utf-8", "replace")
    for pattern, name, advice in _TEXT:
        if re.match(pattern, head):
            raise FileFormatError(f"`path` {path} is {name}. {advice}.")


def hdf5_kind(groups: Iterable[str]) -> str:
    """Return what an HDF5 file of another tool is and how to convert it, or nothing; `groups` are its groups."""
    names = list(groups)
    for pattern, name, advice in _HDF5:
        if any(re.match(pattern, group) for group in names):
            return f"it is {name}. {advice}"
    return ""
