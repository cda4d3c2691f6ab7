"""What comes beside the bins: segments that some caller made, and where the centromeres are."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.columns import plain, positions
from bridgeae_copynumber.profile import Segments
from bridgeae_copynumber.reading import open_table, sample_name
from bridgeae_copynumber.table import as_text, load

_LEVEL = ("segmean", "segmentmean", "log2", "mean")
_COUNT = ("nummark", "probes", "numprobes", "nbins")
_KNOWN = frozenset((*_LEVEL, *_COUNT, "confidence", "copynumber"))


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
    states = column.get("copynumber")
    sample = np.full(len(table), sample_name(path))
    if "sample" in found:
        sample = np.char.decode(table.text(found["sample"]), "utf-8")
    confidence = column.get("confidence", np.full(len(table), np.nan))
    kept = None if states is None or not np.isfinite(states).all() else states.astype(np.int64)
    return Segments(sample, where.chrom, where.start, where.end, count.astype(np.int64), level, confidence, kept)


def read_centromeres(path: str | Path) -> dict[str, tuple[int, int]]:
    """Read where the centromeres are: UCSC's cytoBand table, or one BED row (chrom, start, end) a chromosome.

    Returns:
        Chromosome name to (start, end), base pairs, 0-based half-open.
    """
    lines = [re.split(r"[\t ,]+", row) for row in as_text(load(path), path).decode().splitlines() if row[:1] not in "#"]
    rows = [f for f in lines if len(f) >= 3 and re.fullmatch(r"\d{1,15}", f[1]) and re.fullmatch(r"\d{1,15}", f[2])]
    rows = [f for f in rows if f[-1] == "acen"] or [f for f in rows if len(f) < 5]
    if not rows:
        raise FileFormatError(
            f"`path` {path} must hold centromeres: UCSC's cytoBand table, or rows of chromosome, start and end."
        )
    spans: dict[str, tuple[int, int]] = {}
    for name, start, end, *_ in rows:
        old = spans.get(name, (2**62, 0))
        spans[name] = (min(old[0], int(start)), max(old[1], int(end)))
    return spans
