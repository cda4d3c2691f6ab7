"""The options of the command `bridgeae-segment`, in plain words."""

from __future__ import annotations

import argparse
import re
from importlib.metadata import version
from typing import NoReturn

from bridgeae.checks import did_you_mean
from bridgeae_copynumber.calls import CENTRES, GENOMES, SEXES
from bridgeae_copynumber.io import FORMATS, SCALES
from bridgeae_copynumber.segmentation import MIN_JUMP

_EXAMPLES = """
examples:
  bridgeae-segment tumour.cnr                          writes tumour.seg
  bridgeae-segment *.cnr -o segments/                  writes a file a sample
  bridgeae-segment cells/ -o cells.h5ad --jobs 4       reads a folder of cells
  bridgeae-segment cells.h5ad -o called.h5ad --jobs 4  keeps other contents
  bridgeae-segment cells.tsv.gz --joint -o cells.seg   cells help each other
  bridgeae-segment --convert tumour.seg -o tumour.cns  changes the format only
  bridgeae-segment tumour.cnr --genome hg38 -o calls.vcf --gene-table genes.tsv
  bridgeae-segment tumour.cnr --purity-ploidy fit -o calls.tsv
  bridgeae-segment cohort.tsv.gz -o cohort.seg --plot cohort.png
  zcat bins.tsv.gz | bridgeae-segment - -o - > segments.seg

Tables need a chromosome, a start (and end) or a position, and a log2 or copy
ratio. Columns are found by name.
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = _Parser(
        prog="bridgeae-segment",
        description="Call DNA copy-number segments with a trained neural network.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_files(made)
    _add_segments(made)
    _add_calls(made)
    return made


class _Parser(argparse.ArgumentParser):
    """Name the nearest option where one is unknown."""

    def error(self, message: str) -> NoReturn:
        wrong = re.search(r"unrecognized arguments: (-[^ ]+)", message)
        super().error(message + (did_you_mean(wrong[1], self._option_string_actions) if wrong else ""))


def asks_for_calls(options: argparse.Namespace, kind: str) -> bool:
    """Return whether an option or the format needs calls."""
    given = (options.call, options.center, options.sex, options.genome, options.purity_ploidy, options.genes)
    return any(given) or bool(options.gene_table) or kind in ("vcf", "json")


def _add_files(made: argparse.ArgumentParser) -> None:
    add = made.add_argument
    inputs = "TSV, CSV, .cnr, SEG, bedGraph, wig or .h5ad, gzipped or not, or a folder of them; - is standard input"
    add("input", nargs="+", metavar="INPUT", help=inputs)
    outputs = "file to write (default: beside the input; - is standard output); DIR/ gets a file a sample"
    add("-o", "--output", metavar="FILE|DIR/", help=outputs)
    add("-f", "--format", choices=FORMATS, help="format of the output (default: by the ending of FILE, or seg)")
    plot = "write a picture too (.png, .pdf, .svg), or a page to zoom, search and sort (.html): a genome, or a heat map"
    add("--plot", metavar="FILE", help=plot)
    add("--sample", action="append", metavar="NAME", help="segment this sample only; may be repeated")
    add("--scale", choices=SCALES, help="scale of the values, where names and range leave it open")
    add("--convert", action="store_true", help="INPUT holds segments already: write them in another format")
    add("--sort", action="store_true", help="sort bins that are out of order instead of refusing them")
    add("--overwrite", action="store_true", help="replace existing files")
    add("-q", "--quiet", action="store_true", help="print errors only")
    add("-v", "--verbose", action="store_true", help="show where in the program an error comes from")
    shown = f"bridgeae-segment {version('bridgeae')}"
    add("-V", "--version", action="version", version=shown, help="print the version")


def _add_segments(made: argparse.ArgumentParser) -> None:
    add = made.add_argument_group("segments").add_argument
    penalty = "factor on the price of a breakpoint: more than 1 gives fewer segments"
    add("--penalty", type=float, metavar="X", help=penalty)
    add("--min-bins", type=int, metavar="N", help="smallest number of bins of a segment")
    jump = f"smallest step between segments, default {MIN_JUMP:g}; 0 keeps mosaic and low-purity events too"
    add("--min-jump", type=float, metavar="LOG2", help=jump)
    add("--level", choices=("mean", "median"), help="value of a segment: mean or median of its bins")
    add("--gc", metavar="FILE", help="GC content (wig, bedGraph) of any bins of the genome: depth is corrected for it")
    add("--map", metavar="FILE", help="mappability (wig, bedGraph): the same, and bins of low mappability are left out")
    cohort = "normal samples in the same bins, or CNVkit's reference.cnn: their median is subtracted; may be repeated; "
    add("--cohort", metavar="FILE", action="append", help=f"{cohort}or leave-one-out, the other samples of INPUT")
    centromeres = f"no segment crosses these: UCSC cytoBand or BED (chrom, start, end), or one of {', '.join(GENOMES)}"
    add("--centromeres", metavar="FILE", help=centromeres)
    ploidy = "add copy numbers for this mean of a pure sample (cells, cell lines), or fit it"
    add("--ploidy", type=_ploidy, metavar="X|fit", help=ploidy)
    joint = (
        "samples are cells or regions of one individual: breakpoints they share count for each of them; keeps all of "
        "them in memory, as --clones and --plot do"
    )
    add("--joint", action="store_true", help=joint)
    clones = "find the clones of cells of one individual; FILE gets a row a cell: sample, clone, cells of that clone"
    add("--clones", metavar="FILE", help=clones)
    consensus = "write the segments of each clone's mean profile too; format by the ending of FILE"
    add("--clone-profiles", metavar="FILE", help=consensus)
    add("--jobs", type=int, metavar="N", help="number of processes that share the samples")
    dask = "let the workers of a Dask cluster share the samples: address of the scheduler, or its file (.json)"
    add("--dask", metavar="SCHEDULER", help=dask)


def _add_calls(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group(
        "calls",
        "Each of these, and the formats vcf and json, calls every segment neutral,\n"
        "gain, loss, amplification or deep loss, with the probability that this is\n"
        "right and the 95 % confidence interval of its level.",
    )
    add = group.add_argument
    add("--call", action="store_true", help="call segments with the defaults below")
    center = "level that becomes 0: the most common one of the autosomes (mode, the default), their median, or none"
    add("--center", choices=CENTRES, help=center)
    add("--sex", choices=SEXES, help="sex of the samples; default: inferred from X and Y")
    genome = "lengths, centromeres (no segment crosses them) and pseudoautosomal regions; other files are refused"
    add("--genome", metavar="NAME", help=f"{genome}. One of {', '.join(GENOMES)}")
    purity = (
        "add whole copies of tumour cells mixed with normal ones: fit prints the three best pairs and takes the first"
    )
    add("--purity-ploidy", type=_purity_ploidy, metavar="fit|P,X", help=purity)
    add(
        "--genes", metavar="FILE", help="genes of segments: refFlat, GTF, GFF or BED; default: the column gene of INPUT"
    )
    add("--gene-table", metavar="FILE", help="write a table too, with a row for each gene and segment that meet")


def _ploidy(text: str) -> float | str:
    try:
        return text if text == "fit" else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be the mean number of copies, or fit, received {text!r}") from None


def _purity_ploidy(text: str) -> tuple[float, float] | str:
    try:
        purity, ploidy = (0.0, 0.0) if text == "fit" else map(float, text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be fit, or purity and ploidy as 0.7,3.1, received {text!r}") from None
    if text == "fit":
        return text
    if not (0 < purity <= 1 and 0 < ploidy < 100):
        raise argparse.ArgumentTypeError(f"must have a purity in (0, 1] and a positive ploidy, received {text!r}")
    return purity, ploidy
