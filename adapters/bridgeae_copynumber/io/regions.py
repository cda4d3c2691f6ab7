"""Files of genome regions: segments of any caller, and centromeres."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.columns import positions
from bridgeae_copynumber.io.header import open_table
from bridgeae_copynumber.io.read import sample_name
from bridgeae_copynumber.io.roles import normalise_name, roles, sample_columns
from bridgeae_copynumber.io.table import as_text, load, split_line
from bridgeae_copynumber.profile import Segments, first_duplicate

_LEVEL_COLUMNS = ("segmean", "segmentmean", "log2", "mean")
_COUNT_COLUMNS = ("nummark", "probes", "numprobes", "nbins")
_NUMERIC_COLUMNS = frozenset((*_LEVEL_COLUMNS, *_COUNT_COLUMNS, "confidence", "copynumber", "cn"))


def read_segments(path: str | Path) -> Segments:
    """Read segments of any caller: SEG, CNVkit ``.cns``, or the TSV that `write` makes.

    Raises:
        MissingFileError, FileFormatError: as `read` does.
    """
    opened = open_table(as_text(load(path), path), path)
    table, where = opened.table, positions(opened.table, opened.found)
    named = ((normalise_name(name), column) for column, name in enumerate(table.header))
    numbers = {name: table.number(column) for name, column in named if name in _NUMERIC_COLUMNS}
    level = next((numbers[n] for n in _LEVEL_COLUMNS if n in numbers), None)
    count = next((numbers[n] for n in _COUNT_COLUMNS if n in numbers), None)
    if level is None or count is None:
        raise FileFormatError(
            f"`path` {path} must hold segments with their number of bins (num.mark, probes) and level "
            f"(seg.mean, log2), columns present: {', '.join(map(repr, table.header[:20]))}."
        )
    if not ((count >= 0) & (count < 2**53)).all():
        raise FileFormatError(f"`path` {path} must give a number of bins for every segment; some are missing.")
    sample = np.full(len(table), opened.sample or sample_name(path))
    if told := sample_columns(table.header):
        sample = np.char.decode(table.text(told[0]), "utf-8")
    confidence = numbers.get("confidence", np.full(len(table), np.nan))
    copies = numbers.get("copynumber", numbers.get("cn"))
    copies = None if copies is None or not np.isfinite(copies).all() else copies.astype(np.int64)
    return Segments(sample, where.chrom, where.start, where.end, count.astype(np.int64), level, confidence, copies)


def read_centromeres(path: str | Path) -> dict[str, tuple[int, int]]:
    """Read the positions of centromeres: UCSC's cytoBand table, or one BED row (chrom, start, end) a chromosome.

    Of a cytoBand table only centromere bands ("acen") count; those of a chromosome are joined.

    Returns:
        Chromosome name to (start, end), base pairs, 0-based half-open.

    Raises:
        MissingFileError, FileFormatError: as `read` does; a row without a span, two BED rows of one chromosome.
    """
    rows = _rows(as_text(load(path), path), path)
    bands = [row for row in rows if "acen" in row[3:5]]
    name = first_duplicate(row[0] for row in rows)
    if not bands and name is not None:
        raise FileFormatError(
            f"`path` {path} has several rows for {name}: expected UCSC's cytoBand table, or one row a chromosome with "
            "the start and end of its centromere."
        )
    spans: dict[str, tuple[int, int]] = {}
    for name, start, end, *_ in bands or rows:
        low, high = spans.get(name, (int(start), int(end)))
        spans[name] = (min(low, int(start)), max(high, int(end)))
    return spans


def _rows(data: bytes, path: str | Path) -> list[list[str]]:
    """Return the fields of every row; the first three are a chromosome, a start and a larger end."""
    rows: list[list[str]] = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip() or re.match(rb"#|track\b|browser\b", line):
            continue
        row = [field.strip(b' "').decode() for field in split_line(line)]
        has_span = len(row) > 2 and row[0] and all(re.fullmatch("[0-9]{1,15}", field) for field in row[1:3])
        if has_span and int(row[1]) < int(row[2]):
            rows.append(row)
        elif rows or "chrom" not in roles(row[:1]):  # one header line may stand above the rows
            raise FileFormatError(
                f"`path` {path} must hold centromeres (rows of chromosome, start and a larger end, or UCSC's cytoBand "
                f"table), received {line.decode()[:60]!r} on line {number}."
            )
    if not rows:
        raise FileFormatError(f"`path` {path} must hold centromeres, received no row with a chromosome, start and end.")
    return rows
