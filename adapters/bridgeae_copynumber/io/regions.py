"""What comes beside the bins: segments that some caller made, and where the centromeres are."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.columns import plain, positions, roles
from bridgeae_copynumber.io.read import open_table, sample_name
from bridgeae_copynumber.io.table import as_text, load, split_line
from bridgeae_copynumber.profile import Segments, first_duplicate

_LEVEL = ("segmean", "segmentmean", "log2", "mean")
_COUNT = ("nummark", "probes", "numprobes", "nbins")
_KNOWN = frozenset((*_LEVEL, *_COUNT, "confidence", "copynumber", "cn"))


def read_segments(path: str | Path) -> Segments:
    """Read segments that any caller made: SEG, CNVkit ``.cns``, or the TSV that `write` makes.

    Raises:
        MissingFileError, FileFormatError: as `read` does.
    """
    table, found = open_table(as_text(load(path), path), path)
    where = positions(table, found)
    column = {plain(n): table.number(i) for i, n in enumerate(table.header) if plain(n) in _KNOWN}
    level = next((column[n] for n in _LEVEL if n in column), None)
    count = next((column[n] for n in _COUNT if n in column), None)
    if level is None or count is None:
        raise FileFormatError(
            f"`path` {path} must hold segments with their number of bins (num.mark, probes) and level "
            f"(seg.mean, log2), columns present: {', '.join(map(repr, table.header[:20]))}."
        )
    if not ((count >= 0) & (count < 2**53)).all():
        raise FileFormatError(f"`path` {path} must give a number of bins for every segment; some are not there.")
    states = column.get("copynumber", column.get("cn"))
    sample = np.full(len(table), sample_name(path))
    if "sample" in found:
        sample = np.char.decode(table.text(found["sample"]), "utf-8")
    confidence = column.get("confidence", np.full(len(table), np.nan))
    kept = None if states is None or not np.isfinite(states).all() else states.astype(np.int64)
    return Segments(sample, where.chrom, where.start, where.end, count.astype(np.int64), level, confidence, kept)


def read_centromeres(path: str | Path) -> dict[str, tuple[int, int]]:
    """Read where the centromeres are: UCSC's cytoBand table, or one BED row (chrom, start, end) a chromosome.

    Bands that are centromeres ("acen") are joined, and all rows without that word left out where any has it.

    Returns:
        Chromosome name to (start, end), base pairs, 0-based half-open.

    Raises:
        MissingFileError, FileFormatError: as `read` does; a row without a span, two rows of one chromosome.
    """
    rows = _spans(as_text(load(path), path), path)
    bands = [row for row in rows if "acen" in row[3:5]]
    twice = first_duplicate(row[0] for row in rows)
    if not bands and twice is not None:
        raise FileFormatError(
            f"`path` {path} has several rows for {twice}: expected UCSC's cytoBand table, or one row a chromosome with "
            "the start and end of its centromere."
        )
    spans: dict[str, tuple[int, int]] = {}
    for name, start, end, *_ in bands or rows:
        old = spans.get(name, (2**62, 0))
        spans[name] = (min(old[0], int(start)), max(old[1], int(end)))
    return spans


def _spans(data: bytes, path: str | Path) -> list[list[str]]:
    """Fields of every row, the first three checked to be a chromosome, a start and a larger end."""
    rows: list[list[str]] = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip() or re.match(rb"#|track\b|browser\b", line):
            continue
        row = [field.strip(b' "').decode() for field in split_line(line)]
        whole = len(row) > 2 and row[0] and all(re.fullmatch("[0-9]{1,15}", field) for field in row[1:3])
        if whole and int(row[1]) < int(row[2]):
            rows.append(row)
        elif rows or "chrom" not in roles(row[:1]):
            raise FileFormatError(
                f"`path` {path} must hold centromeres (rows of chromosome, start and a larger end, or UCSC's cytoBand "
                f"table), received {line.decode()[:60]!r} on line {number}."
            )
    if not rows:
        raise FileFormatError(f"`path` {path} must hold centromeres, received no row with a chromosome, start and end.")
    return rows
