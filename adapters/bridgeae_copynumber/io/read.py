"""The function `read`: a file of any supported format in, profiles out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bridgeae.errors import FileFormatError, InputError
from bridgeae_copynumber.io.columns import (
    ANNOTATION,
    ParsedFile,
    Positions,
    genome_order,
    normalise_name,
    positions,
    require_column,
    roles,
)
from bridgeae_copynumber.io.scale import abbreviated, to_log2
from bridgeae_copynumber.io.table import MISSING, Table, as_text, delimiter, is_number, load, split_line
from bridgeae_copynumber.profile import Profile, first_duplicate, run_offsets

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
HEADERS_BY_WIDTH = {4: ["chrom", "chromStart", "chromEnd", "value"], 3: ["chrom", "position", "value"]}
"""Columns of a table without a header line, by their number; four are bedGraph."""


def read(
    path: str | Path, *, scale: str | None = None, samples: Sequence[str] | None = None, sort: bool = False
) -> list[Profile]:
    """Read the bins of one or many samples from a file of any supported format, gzipped or not.

    The content decides on the format: tables with a header (TSV, CSV; a sample column, a column a sample, or one
    sample), CNVkit ``.cnr``, SEG, bedGraph, fixedStep wig, AnnData ``.h5ad``. Columns are found by name, whatever
    their case and punctuation. Decisions and missing values are listed in each profile's `notes`.

    Args:
        path: the file; ``-`` is standard input.
        scale: "log2" or "ratio", for values whose name and range leave it open.
        samples: names of the samples to return; all by default.
        sort: sort unsorted bins (chromosomes in order of appearance) instead of refusing them.

    Returns:
        Profiles in the order of the file.

    Raises:
        MissingFileError: the file is not there.
        FileFormatError: it is empty, damaged, of another kind, lacks a column, or holds text for a number.
        InputError: bins are unsorted, overlapping, duplicated or infinite; a sample of `samples` is absent.
    """
    data = load(path)
    if data.startswith(HDF5_MAGIC):
        from bridgeae_copynumber.io.h5ad import read_h5ad

        parsed = read_h5ad(data, path, scale)
    else:
        parsed = _read_text(as_text(data, path), path, scale)
    return [_profile(parsed, k, path, sort) for k in _chosen(parsed.names, samples, path)]


def open_table(data: bytes, path: str | Path) -> tuple[Table, dict[str, int]]:
    """Return a table and the column of each role; comment lines are skipped, and the header line may be absent."""
    line, comment = 1, b""
    while data and re.match(rb"[#@]|track\b|browser\b|\s*\n", data):
        first, _, data = data.partition(b"\n")
        comment, line = (first.lstrip(b"#").strip() if first.startswith(b"#") else comment), line + 1
    if not data:
        raise FileFormatError(f"`path` {path} holds comment lines only, expected bins with a value each.")
    first = data[: data.index(b"\n")]
    row = [f.strip() for f in split_line(first)]
    header = None
    if len(row) > 1 and is_number(row[1]) and (is_number(row[-1]) or row[-1] in MISSING):
        commented = comment.decode().split(delimiter(comment).decode()) if comment else []
        header = [n.strip() for n in commented] if "chrom" in roles(commented) else HEADERS_BY_WIDTH.get(len(row))
        if header is None or len(header) != len(row):
            raise FileFormatError(
                f"`path` {path} has no header line (line {line} holds numbers) and {len(row)} columns. Expected a "
                "header such as chrom, start, end, log2; or bedGraph, which has four columns and none."
            )
    table = Table(data, path, line, header)
    return table, roles(table.header)


def sample_name(path: str | Path) -> str:
    """Return the name of the sample in a file that does not name it: the file's name without its endings."""
    name = re.sub(r"\.gz$", "", Path(path).name)
    return (name.rsplit(".", 1)[0] if "." in name[1:] else name) or "sample"


def _read_text(data: bytes, path: str | Path, scale: str | None) -> ParsedFile:
    if re.match(rb"(?:(?:(?:#|track\b|browser\b)[^\n]*|[ \t]*)\n)*(?:fixedStep|variableStep)", data):
        from bridgeae_copynumber.io.wig import read_wig

        where, value = read_wig(data, path)
        names = [sample_name(path)]
        log2, notes = to_log2([value], names, "values of the wig file", "value", scale)
        return ParsedFile([where], log2, names, notes)
    table, found = open_table(data, path)
    where = positions(table, found)
    role = next((r for r in ("log2", "ratio", "value") if r in found), "")
    sample_columns = [] if role else _sample_columns(table, found)
    if "counts" in found and not sample_columns:
        role = role or "counts"
    if role:
        return _read_long(table, found, where, role, scale)
    if not sample_columns:
        require_column(found, "log2", table)
    return _read_wide(table, sample_columns, where, scale)


def _read_long(table: Table, found: dict[str, int], where: Positions, role: str, scale: str | None) -> ParsedFile:
    """Read a table with one column of values; a sample column tells its samples apart."""
    name = table.header[found[role]]
    value = table.number(found[role])
    notes = where.notes
    if unused := [table.header[c] for c in _free_columns(table, found)]:
        notes += (f"columns left out, as column '{name}' holds the values: {abbreviated(unused)}",)
    if "sample" in found:
        names, rows = _rows_by_sample(table, found["sample"])
        parts, values = [where.select(r) for r in rows], [value[r] for r in rows]
    else:
        names, parts, values = [sample_name(table.path)], [where], [value]
    log2, scale_notes = to_log2(values, names, f"values of column '{name}'", role, scale)
    return ParsedFile(parts, log2, names, notes + scale_notes)


def _rows_by_sample(table: Table, column: int) -> tuple[list[str], list[np.ndarray]]:
    """Return the samples of a column in order of appearance, and the rows of each, int64; rows may interleave."""
    raw = table.text(column)
    offsets = run_offsets(raw)
    index: dict[bytes, int] = {}
    code = np.repeat([index.setdefault(s, len(index)) for s in raw[offsets[:-1]].tolist()], np.diff(offsets))
    order = np.argsort(code, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(code))[:-1])
    names = [s.decode() for s in index]
    if "" in names:
        row = int(rows[names.index("")][0])
        raise FileFormatError(f"`path` {table.path}: line {table.line(row)} names no sample.")
    return names, rows


def _read_wide(table: Table, columns: list[int], where: Positions, scale: str | None) -> ParsedFile:
    """Read a table with a column a sample."""
    names = [table.header[c] for c in columns]
    if (name := first_duplicate(names)) is not None:
        raise FileFormatError(f"`path` {table.path} has two columns for sample {name!r}. Give every sample one name.")
    log2, notes = to_log2([table.number(c) for c in columns], names, "values of the sample columns", "value", scale)
    unused = sorted(set(range(len(table.header))) - set(columns) - set(roles(table.header).values()))
    if unused:
        notes += (f"columns left out, as they hold no sample: {', '.join(table.header[c] for c in unused)}",)
    return ParsedFile([where] * len(names), log2, names, where.notes + notes)


def _free_columns(table: Table, found: dict[str, int]) -> list[int]:
    """Return the columns of numbers that have no role and are no known annotation."""
    taken = set(found.values())
    free = [c for c, name in enumerate(table.header) if c not in taken and normalise_name(name) not in ANNOTATION]
    return [c for c in free if not table.is_text(c)]


def _sample_columns(table: Table, found: dict[str, int]) -> list[int]:
    """Return the columns of a wide table that hold samples."""
    free = _free_columns(table, found)
    if "sample" in found and free:
        raise FileFormatError(
            f"`path` {table.path} has a sample column but none named for the value (such as log2, ratio, value). "
            f"Columns present: {', '.join(repr(h) for h in table.header[:20])}. Rename one of them."
        )
    return free


def _profile(parsed: ParsedFile, k: int, path: str | Path, sort: bool) -> Profile:
    where, log2, name = parsed.positions[k], parsed.log2[k], parsed.names[k]
    if sort:
        order = genome_order(where.chrom, where.start)
        where, log2 = where.select(order), log2[order]
        _check_repeated_bins(where, name, path)
    notes = parsed.notes + _missing_notes(name, where.chrom, log2)
    try:
        return Profile(name, where.chrom, where.start, where.end, log2, notes)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _check_repeated_bins(where: Positions, name: str, path: str | Path) -> None:
    """Refuse sorted bins of which at least half lie where another one does. Probes may share a position, but few do."""
    chrom, start, end = where.chrom, where.start, where.end
    repeated = int(((chrom[1:] == chrom[:-1]) & (start[1:] == start[:-1]) & (end[1:] == end[:-1])).sum())
    if 2 * repeated >= len(start):
        raise InputError(
            f"{path}: `start` and `end` hold duplicated bins: sample {name}, {repeated} of {len(start)} lie where "
            "another does. A sample that is in the file twice looks like this: remove or rename one of the two."
        )


def _missing_notes(name: str, chrom: np.ndarray, log2: np.ndarray) -> tuple[str, ...]:
    missing, offsets = np.isnan(log2), run_offsets(chrom)
    if not missing.any():
        return ()
    notes = [f"{name}: {int(missing.sum())} of {len(log2)} bins have no value and are left out"]
    empty = chrom[offsets[:-1]][np.add.reduceat(missing, offsets[:-1]) == np.diff(offsets)].tolist()
    if empty:
        notes.append(f"{name}: no values at all on chromosome {abbreviated(empty)}: no segments there")
    return tuple(notes)


def _chosen(names: list[str], samples: Sequence[str] | None, path: str | Path) -> list[int]:
    """Return the indices of the samples to read, in the order of `samples`, each once."""
    if samples is None:
        return list(range(len(names)))
    absent = [s for s in samples if s not in names]
    if absent:
        raise InputError(
            f"`samples` asks for {', '.join(map(repr, absent[:5]))}, but {path} holds "
            f"{', '.join(names[:10])}{' ...' if len(names) > 10 else ''}."
        )
    index = {name: k for k, name in enumerate(names)}
    return [index[s] for s in dict.fromkeys(samples)]
