"""Files of genes: refFlat, GTF, GFF and BED in; a table with a row a gene out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.loading import as_text, load_bytes
from bridgeae_copynumber.io.table import split_line

_FEATURES = (b"gene", b"transcript", b"mRNA", b"exon")
"""Features of a GTF or GFF file whose span is a gene's; the first that a file has is taken."""
_NAME = re.compile(rb'(?:gene_name[ =]"?|(?<![^; ])Name=|gene=|gene_id[ =]"?)([^";\n]+)')
LONGEST = 16
"""Digits from which on a number is no position."""
_STRANDS = (b"+", b"-")


@dataclass(frozen=True)
class Genes:
    """Hold the genes of a genome.

    Args:
        name: (n,) str objects.
        chrom: (n,) str.
        start, end: (n,) int64, 0-based half-open.
    """

    name: np.ndarray
    chrom: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def __len__(self) -> int:
        return len(self.name)


def read_genes(path: str | Path) -> Genes:
    """Read genes from refFlat, UCSC's refGene table, GTF, GFF3 or BED (chrom, start, end, name), gzipped or not.

    Transcripts of one gene that overlap are joined.

    Raises:
        MissingFileError: the file is not there.
        FileFormatError: it holds no genes in any of these formats.
    """
    data = as_text(load_bytes(path), path)
    lines = (line for line in data.split(b"\n") if line and not re.match(rb"#|track\b|browser\b", line))
    first = next((split_line(line) for line in data.split(b"\n") if line and not line.startswith(b"#")), [])
    if len(first) == 9 and first[3].isdigit() and first[6] in (*_STRANDS, b".", b"?"):
        found = _gtf(data)
    elif len(first) > 12 and first[0].isdigit() and first[3] in _STRANDS:  # bin name chrom strand ... name2
        found = _columns(lines, name=12, chrom=2, start=4, end=5)
    elif len(first) > 10 and first[3] in _STRANDS:  # geneName name chrom strand txStart txEnd
        found = _columns(lines, name=0, chrom=2, start=4, end=5)
    else:
        found = _columns(lines, name=3, chrom=0, start=1, end=2)
    if not found:
        raise FileFormatError(
            f"`path` {path} must hold genes: refFlat, GTF, GFF, or BED with a name in column 4. None was found."
        )
    return _joined(found)


Row = tuple[bytes, bytes, int, int]
"""Name, chromosome, start and end of a gene or one of its transcripts."""


def _gtf(data: bytes) -> list[Row]:
    for feature in _FEATURES:
        pattern = (
            rb"(?m)^([^\t\n#]+)\t[^\t\n]*\t"
            + feature
            + rb"\t(\d{1,15})\t(\d{1,15})\t[^\t\n]*\t[^\t\n]*\t[^\t\n]*\t(.*)$"
        )
        rows = []
        for chrom, start, end, attributes in re.findall(pattern, data):
            named = re.search(rb'gene_name[ =]"?([^";]+)', attributes) or _NAME.search(attributes)
            if named and int(start) <= int(end):
                rows.append((named[1].strip(), chrom, int(start) - 1, int(end)))
        if rows:
            return rows
    return []


def _columns(lines: Iterable[bytes], *, name: int, chrom: int, start: int, end: int) -> list[Row]:
    rows = []
    for line in lines:
        fields = split_line(line)
        if len(fields) <= max(name, end) or not fields[name]:
            continue
        first, last = fields[start], fields[end]
        if first.isdigit() and last.isdigit() and len(last) < LONGEST and int(first) < int(last):
            rows.append((fields[name], fields[chrom], int(first), int(last)))
    return rows


def _joined(rows: list[Row]) -> Genes:
    """Return genes, those of one name and chromosome joined where they overlap, in genome order."""
    spans: list[Row] = []
    for (name, chrom), group in groupby(sorted(rows), key=lambda row: row[:2]):
        low, high = -1, -1
        for _, _, start, end in group:
            if low >= 0 and start > high:
                spans.append((name, chrom, low, high))
                low = -1
            low, high = (start, end) if low < 0 else (low, max(high, end))
        spans.append((name, chrom, low, high))
    spans.sort(key=lambda row: (row[1], row[2], row[3], row[0]))
    names, chroms, starts, ends = zip(*spans, strict=True)
    return Genes(
        np.array([n.decode() for n in names], np.object_),
        np.array([c.decode() for c in chroms]),
        np.array(starts, np.int64),
        np.array(ends, np.int64),
    )
