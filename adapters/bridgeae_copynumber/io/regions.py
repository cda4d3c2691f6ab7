"""Files of genome regions: segments of any caller, and centromeres."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.columns import positions
from bridgeae_copynumber.io.header import open_table
from bridgeae_copynumber.io.loading import as_text, load
from bridgeae_copynumber.io.no_profile import segments_reason
from bridgeae_copynumber.io.read import sample_name
from bridgeae_copynumber.io.roles import SEGMENT_BINS, normalise_name, roles, sample_columns, value_columns
from bridgeae_copynumber.io.scale import to_log2
from bridgeae_copynumber.io.table import Table, split_line
from bridgeae_copynumber.profile import Segments, first_duplicate

_LEVELS = (
    "segmean", "segmentmean", "log2", "mean", "segmedianlogr", "meanlog2copyratio", "log2copyratioposterior50",
    "cnlrmedian", "log2copyratio", "segcn", "median",
)  # fmt: skip
_COPIES = ("copynumber", "cn", "tcnem", "cnt")
_CONFIDENCE = "confidence"


def read_segments(path: str | Path) -> Segments:
    """Read segments of any caller: SEG with or without a header, CNVkit ``.cns``, the TSV that `write` makes, and the
    tables of GATK, ichorCNA, TCGA, FACETS, sequenza and Progenetix.

    Where a file gives no number of bins, `n_bins` is 0.

    Raises:
        MissingFileError, FileFormatError: as `read` does; the rows are no segments.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from bridgeae_copynumber import read_segments
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder) / "tumour.seg"
        ...     _ = path.write_text("ID\\tchrom\\tstart\\tend\\tnum.mark\\tseg.mean\\nT1\\tchr1\\t1\\t900\\t9\\t0.5\\n")
        ...     segments = read_segments(path)
        >>> segments.samples, segments.start.tolist(), segments.mean.tolist()
        (['T1'], [0], [0.5])
    """
    opened = open_table(as_text(load(path), path), path)
    table, where = opened.table, positions(opened.table, opened.found)
    level, count = _level(table), _number(table, SEGMENT_BINS)
    if count is None and segments_reason(table, where):
        count = np.zeros(len(table))
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
    confidence = _number(table, (_CONFIDENCE,))
    copies = _number(table, _COPIES)
    copies = None if copies is None or not (np.abs(copies) < 2**53).all() else np.rint(copies).astype(np.int64)
    if confidence is None:
        confidence = np.full(len(table), np.nan)
    found = (sample, where.chrom, where.start, where.end, count.astype(np.int64), level, confidence, copies)
    return Segments(*found, **_called(table))


def _called(table: Table) -> dict[str, np.ndarray]:
    """Return the columns that `call_segments` adds, those that a table has: its own tables have all or none."""
    known = [normalise_name(name) for name in table.header]
    if not {"call", "probability", "cilo", "cihi"} <= set(known):
        return {}
    found = {name: table.number(known.index(normalise_name(name))) for name in ("probability", "ci_lo", "ci_hi")}
    for name in ("call", "gene"):
        if name in known:
            found[name] = np.char.decode(table.text(known.index(name)), "utf-8")
    return found


def _level(table: Table) -> np.ndarray | None:
    """Return the log2 ratio of each segment, (n,) float, or None; a ratio becomes one."""
    if (level := _number(table, _LEVELS)) is not None:
        return level
    value = next((v for v in value_columns(table.header) if v.role in ("log2", "ratio", "value")), None)
    if value is None:
        return None
    what = f"values of column '{table.header[value.column]}'"
    return to_log2([table.number(value.column)], [what], what, value.role, None, table.path)[0][0]


def _number(table: Table, names: Sequence[str]) -> np.ndarray | None:
    """Return the first column of one of these names as numbers, (n,) float64, or None."""
    known = [normalise_name(name) for name in table.header]
    column = next((known.index(n) for n in names if n in known), None)
    return None if column is None else table.number(column)


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
