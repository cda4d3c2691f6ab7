"""Files into profiles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bridgeae.errors import FileFormatError, InputError
from bridgeae_copynumber.io.columns import ANNOTATION, Positions, genome_order, need, plain, positions, roles
from bridgeae_copynumber.io.scale import listed, to_log2
from bridgeae_copynumber.io.table import MISSING, Table, as_text, delimiter, is_number, load, split_line
from bridgeae_copynumber.profile import Profile, first_duplicate, run_offsets

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_HEADLESS = {4: ["chrom", "chromStart", "chromEnd", "value"], 3: ["chrom", "position", "value"]}


def read(
    path: str | Path, *, scale: str | None = None, samples: Sequence[str] | None = None, sort: bool = False
) -> list[Profile]:
    """Read the bins of one or many samples from a file of any supported format, gzipped or not.

    The content decides on the format: tables with a header (TSV, CSV; a sample column, a column a sample, or one
    sample), CNVkit ``.cnr``, SEG, bedGraph, fixedStep wig, AnnData ``.h5ad``. Columns are found by name, whatever
    their case and punctuation. What had to be decided or is missing stands in each profile's `notes`.

    Args:
        path: the file; ``-`` is standard input.
        scale: "log2" or "ratio", when names and values do not tell what the values are.
        samples: names of the samples wanted; all by default.
        sort: bring unsorted bins into order (chromosomes in order of appearance) instead of refusing them.

    Returns:
        Profiles in the order of the file.

    Raises:
        MissingFileError: the file is not there.
        FileFormatError: it is empty, damaged, of another kind, lacks a column, or holds text for a number.
        InputError: bins are unsorted, overlapping, duplicated or infinite; a wanted sample is absent.
    """
    data = load(path)
    if data.startswith(HDF5_MAGIC):
        from bridgeae_copynumber.io.h5ad import read_h5ad

        where, matrix, names, notes = read_h5ad(data, path, scale)
    else:
        where, matrix, names, notes = _read_text(as_text(data, path), path, scale)
    chosen = _chosen(names, samples, path)
    return [_profile(where[i], matrix[i], names[i], notes, path, sort) for i in chosen]


def open_table(data: bytes, path: str | Path) -> tuple[Table, dict[str, int]]:
    """Skip comment lines, find the header (or do without one) and the columns' roles."""
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
        named = comment.decode().split(delimiter(comment).decode()) if comment else []
        header = [n.strip() for n in named] if "chrom" in roles(named) else _HEADLESS.get(len(row))
        if header is None or len(header) != len(row):
            raise FileFormatError(
                f"`path` {path} has no header line (line {line} holds numbers) and {len(row)} columns. Expected a "
                "header such as chrom, start, end, log2; or bedGraph, which has four columns and none."
            )
    table = Table(data, path, line, header)
    return table, roles(table.header)


def sample_name(path: str | Path) -> str:
    """Name of the sample in a file that does not say: the file's name without its endings."""
    name = re.sub(r"\.gz$", "", Path(path).name)
    return (name.rsplit(".", 1)[0] if "." in name[1:] else name) or "sample"


_Parsed = tuple[list[Positions], list[np.ndarray], list[str], tuple[str, ...]]


def _read_text(data: bytes, path: str | Path, scale: str | None) -> _Parsed:
    if re.match(rb"(?:(?:(?:#|track\b|browser\b)[^\n]*|[ \t]*)\n)*(?:fixedStep|variableStep)", data):
        from bridgeae_copynumber.io.wig import read_wig

        where, value = read_wig(data, path)
        names = [sample_name(path)]
        log2, notes = to_log2([value], names, "values of the wig file", "value", scale)
        return [where], log2, names, notes
    table, found = open_table(data, path)
    where = positions(table, found)
    role = next((r for r in ("log2", "ratio", "value") if r in found), "")
    wide = [] if role else _sample_columns(table, found)
    if "counts" in found and not wide:
        role = role or "counts"
    if role:
        return _long(table, found, where, role, scale)
    if not wide:
        need(found, "log2", table)
    return _wide(table, wide, where, scale)


def _long(table: Table, found: dict[str, int], where: Positions, role: str, scale: str | None) -> _Parsed:
    name = table.header[found[role]]
    value = table.number(found[role])
    known = where.notes
    if left := [table.header[c] for c in _free_columns(table, found)]:
        known += (f"columns left out, as column '{name}' holds the values: {listed(left)}",)
    if "sample" not in found:
        names = [sample_name(table.path)]
        log2, notes = to_log2([value], names, f"values of column '{name}'", role, scale)
        return [where], log2, names, known + notes
    raw = table.text(found["sample"])
    offsets = run_offsets(raw)
    index: dict[bytes, int] = {}
    code = np.repeat([index.setdefault(s, len(index)) for s in raw[offsets[:-1]].tolist()], np.diff(offsets))
    order = np.argsort(code, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(code))[:-1])
    places = [Positions(where.chrom[r], where.start[r], where.end[r]) for r in rows]
    names = [s.decode() for s in index]
    if "" in names:
        row = int(rows[names.index("")][0])
        raise FileFormatError(f"`path` {table.path}: line {table.line(row)} names no sample.")
    log2, notes = to_log2([value[r] for r in rows], names, f"values of column '{name}'", role, scale)
    return places, log2, names, known + notes


def _wide(table: Table, columns: list[int], where: Positions, scale: str | None) -> _Parsed:
    names = [table.header[c] for c in columns]
    twice = first_duplicate(names)
    if twice is not None:
        raise FileFormatError(f"`path` {table.path} has two columns for sample {twice!r}. Give every sample one name.")
    log2, notes = to_log2([table.number(c) for c in columns], names, "values of the sample columns", "value", scale)
    left = sorted(set(range(len(table.header))) - set(columns) - set(roles(table.header).values()))
    if left:
        notes += (f"columns left out, as they hold no sample: {', '.join(table.header[c] for c in left)}",)
    return [where] * len(names), log2, names, where.notes + notes


def _free_columns(table: Table, found: dict[str, int]) -> list[int]:
    """Columns without a role that hold numbers: all but known annotation and text."""
    taken = set(found.values())
    free = [c for c, name in enumerate(table.header) if c not in taken and plain(name) not in ANNOTATION]
    return [c for c in free if not table.is_text(c)]


def _sample_columns(table: Table, found: dict[str, int]) -> list[int]:
    """Columns of a wide table that hold samples."""
    free = _free_columns(table, found)
    if "sample" in found and free:
        raise FileFormatError(
            f"`path` {table.path} has a sample column but none named for the value (such as log2, ratio, value). "
            f"Columns present: {', '.join(repr(h) for h in table.header[:20])}. Rename one of them."
        )
    return free


def _profile(
    where: Positions, log2: np.ndarray, name: str, notes: tuple[str, ...], path: str | Path, sort: bool
) -> Profile:
    chrom, start, end = where.chrom, where.start, where.end
    if sort:
        order = genome_order(chrom, start)
        chrom, start, end, log2 = chrom[order], start[order], end[order], log2[order]
        twice = int(((chrom[1:] == chrom[:-1]) & (start[1:] == start[:-1]) & (end[1:] == end[:-1])).sum())
        if 2 * twice >= len(start):  # probes may share a position, but few do
            raise InputError(
                f"{path}: `start` and `end` hold duplicated bins: sample {name}, {twice} of {len(start)} lie where "
                "another does. A sample that is in the file twice looks like this: remove or rename one of the two."
            )
    try:
        return Profile(name, chrom, start, end, log2, notes + _missing_notes(name, chrom, log2))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _missing_notes(name: str, chrom: np.ndarray, log2: np.ndarray) -> tuple[str, ...]:
    missing, offsets = np.isnan(log2), run_offsets(chrom)
    if not missing.any():
        return ()
    notes = [f"{name}: {int(missing.sum())} of {len(log2)} bins have no value and are left out"]
    gone = chrom[offsets[:-1]][np.add.reduceat(missing, offsets[:-1]) == np.diff(offsets)].tolist()
    if gone:
        notes.append(f"{name}: no values at all on chromosome {listed(gone)}: no segments there")
    return tuple(notes)


def _chosen(names: list[str], wanted: Sequence[str] | None, path: str | Path) -> list[int]:
    if wanted is None:
        return list(range(len(names)))
    absent = [s for s in wanted if s not in names]
    if absent:
        raise InputError(
            f"`samples` asks for {', '.join(map(repr, absent[:5]))}, but {path} holds "
            f"{', '.join(names[:10])}{' ...' if len(names) > 10 else ''}."
        )
    place = {name: k for k, name in enumerate(names)}
    return [place[s] for s in dict.fromkeys(wanted)]
