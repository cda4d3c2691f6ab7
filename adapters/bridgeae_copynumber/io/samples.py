"""The samples of a table: one, one a column, or told apart by a column; and which columns hold their values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.annotations import read_annotations
from bridgeae_copynumber.io.columns import ParsedFile, Positions, positions, require_column
from bridgeae_copynumber.io.header import OpenedTable
from bridgeae_copynumber.io.lazy import Made
from bridgeae_copynumber.io.missing import MISSING_MARK
from bridgeae_copynumber.io.no_profile import are_positions, refuse_alleles, refuse_positions, refuse_segments
from bridgeae_copynumber.io.roles import (
    STRONG,
    ValueColumn,
    allele_columns,
    may_be_sample,
    sample_columns,
    value_columns,
)
from bridgeae_copynumber.io.scale import abbreviated, to_log2
from bridgeae_copynumber.io.table import Table
from bridgeae_copynumber.profile import first_duplicate, run_offsets


def read_table(opened: OpenedTable, name: str, scale: str | None, annotate: bool) -> ParsedFile:
    """Return the samples of a table.

    Args:
        opened: the table and the columns of its positions.
        name: the sample's name where the table gives none.
        scale, annotate: as in `read`.

    Raises:
        FileFormatError: the table holds no profile, or no column of values.
    """
    table, found = opened.table, opened.found
    where = positions(table, found)
    refuse_segments(table, where)
    values = value_columns(table.header)
    name = opened.sample or name
    if values and values[0].role in STRONG:
        parsed = _read_valued(table, found, where, values, name, scale, annotate)
    else:
        counts, fractions = allele_columns(table.header)
        if len(counts) > 1 or (fractions and "end" not in found):  # depths of polymorphic sites are no bins
            refuse_alleles(table)
        told = values and sample_columns(table.header)
        names, columns = ([], []) if told else _sample_values(opened, where)
        if names and not _are_details(names, values):
            parsed = _read_wide(opened, names, columns, where, scale)
        elif values:
            parsed = _read_valued(table, found, where, values, name, scale, annotate)
        else:
            refuse_alleles(table)
            require_column(found, "log2", table)
    parsed = parsed._replace(notes=opened.notes + parsed.notes)
    return parsed if {"end", "place"} & set(found) else _without_unplaced(parsed)


def _without_unplaced(parsed: ParsedFile) -> ParsedFile:
    """Return a file of probes without the values of those that no manifest places: chromosome 0, position 0."""
    masks = {id(where): _unplaced(where) for where in parsed.positions}
    lost = [masks[id(where)] for where in parsed.positions]
    count = sum(map(len, lost))
    if not count:
        return parsed
    log2 = Made(len(lost), lambda k: _blanked(parsed.log2[k], lost[k]))
    note = f"{count} probes without a place (chromosome 0, position 0) are left out"
    return parsed._replace(log2=log2, notes=(*parsed.notes, note))


def _unplaced(where: Positions) -> np.ndarray:
    """Return the probes at position 0 of chromosome 0, (k,) int64; none where all are there."""
    first = np.flatnonzero(where.start == 0)
    unplaced = first[where.chrom[first] == "0"]
    return unplaced[: 0 if len(unplaced) == len(where.start) else None]


def _blanked(value: np.ndarray, bins: np.ndarray) -> np.ndarray:
    value = value.copy()
    value[bins] = np.nan
    return value


def _read_valued(
    table: Table,
    found: dict[str, int],
    where: Positions,
    values: list[ValueColumn],
    name: str,
    scale: str | None,
    annotate: bool,
) -> ParsedFile:
    """Read a table with columns that are named for their values: one, or one a sample."""
    role = values[0].role
    samples = list(dict.fromkeys(v.sample for v in values))
    told = sample_columns(table.header)
    extras, extra_notes = read_annotations(table, [v.column for v in values]) if annotate else ({}, ())
    if samples[0] and not told:
        first = {v.sample: v.column for v in reversed(values)}
        columns = [first[s] for s in samples]
        value = [table.number(c) for c in columns]
        names, parts, what = samples, [where] * len(samples), f"values of {_named(table, columns)}"
        annotations = [extras] * len(samples)
    else:
        columns, value = _first_filled(table, values)
        what = f"values of column '{table.header[columns[0]]}'"
        names, parts, annotations = [name], [where], [extras]
        if role == "value" and are_positions(value[0], where):
            refuse_positions(table, [table.header[columns[0]]])
        if told:
            names, rows = _rows_by_sample(table, _sample_labels(table, told), told[0])
            parts, value = [where.select(r) for r in rows], [value[0][r] for r in rows]
            annotations = [{key: column[r] for key, column in extras.items()} for r in rows]
    notes, hold = where.notes + extra_notes, "holds" if len(columns) == 1 else "hold"
    rivals = [v.column for v in values if v.column not in columns]
    if unused := [table.header[c] for c in sorted({*rivals, *_free_columns(table, found)})]:
        notes += (f"columns left out, as {what.removeprefix('values of ')} {hold} the values: {abbreviated(unused)}",)
    log2, scale_notes = to_log2(value, names, what, role, scale, table.path)
    return ParsedFile(parts, log2, names, notes + scale_notes, annotations)


def _first_filled(table: Table, values: list[ValueColumn]) -> tuple[list[int], list[np.ndarray]]:
    """Return the first column that holds more than missing values, or else the first of all, and its values."""
    for column, _, _ in values[1:] and values:
        value = table.number(column)
        if (np.isfinite(value) & (value != MISSING_MARK)).any():
            return [column], [value]
    return [values[0].column], [table.number(values[0].column)]


def _sample_labels(table: Table, columns: list[int]) -> np.ndarray:
    """Return the name of the sample of each row, (rows,) bytes, from the finest of the columns that name one."""
    fields = [table.text(c) for c in columns]
    if len(fields) == 1:
        return fields[0]
    codes = [np.unique(f, return_inverse=True) for f in fields]
    best = max(range(len(codes)), key=lambda k: len(codes[k][0]))
    kinds, joint = codes[best]
    for k, (other, code) in enumerate(codes):
        pairs = np.unique(joint * len(other) + code)
        if k != best and len(pairs) > len(kinds):
            return np.char.add(np.char.add(fields[k], b"/"), fields[best])
    return fields[best]


def _rows_by_sample(table: Table, raw: np.ndarray, column: int) -> tuple[list[str], list[np.ndarray]]:
    """Return the samples of a column in order of appearance, and the rows of each, int64; rows may interleave."""
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


def _read_wide(
    opened: OpenedTable, names: list[str], columns: Sequence[np.ndarray], where: Positions, scale: str | None
) -> ParsedFile:
    """Read a table with a column a sample."""
    table, found = opened.table, opened.found
    if (name := first_duplicate(names)) is not None:
        raise FileFormatError(f"`path` {table.path} has two columns for sample {name!r}. Give every sample one name.")
    log2, notes = to_log2(columns, names, "values of the sample columns", "value", scale, table.path)
    header = opened.spilled.header if opened.spilled else table.header
    known = {*names, *(table.header[c] for c in found.values())}
    if unused := [name or "one without a name" for name in header if name not in known]:
        notes += (f"columns left out, as they hold no sample: {', '.join(unused)}",)
    return ParsedFile([where] * len(names), log2, names, where.notes + notes)


def _unknown_columns(table: Table, found: dict[str, int]) -> list[int]:
    taken = {*found.values(), *sample_columns(table.header)}
    return [c for c, name in enumerate(table.header) if c not in taken and may_be_sample(name)]


def _are_details(names: list[str], values: list[ValueColumn]) -> bool:
    """Return whether all names begin with that of a sample whose counts have a column: S1_CN beside S1_counts."""
    samples = tuple(v.sample for v in values if v.sample)
    return all(name.startswith(samples) and name not in samples for name in names)


def _free_columns(table: Table, found: dict[str, int]) -> list[int]:
    """Return the columns of numbers that have a name that tells nothing."""
    return [c for c in _unknown_columns(table, found) if not table.is_text(c)]


def _sample_values(opened: OpenedTable, where: Positions) -> tuple[list[str], Sequence[np.ndarray]]:
    """Return the samples of a wide table, and their values, each (rows,) float64."""
    table = opened.table
    if opened.spilled:
        names, values = opened.spilled.names, opened.spilled.values
    else:
        columns = table.numbers(_unknown_columns(table, opened.found))
        names, values = [table.header[c] for c in columns], list(columns.values())
    if names and sample_columns(table.header):
        raise FileFormatError(
            f"`path` {table.path} has a sample column but none named for the value (such as log2, ratio, value). "
            f"Columns present: {', '.join(repr(h) for h in table.header[:20])}. Rename one of them."
        )
    profiles = [k for k, value in enumerate(values) if not are_positions(value, where)]
    if names and not profiles:
        refuse_positions(table, names)
    if len(profiles) == len(names):
        return names, values
    return [names[k] for k in profiles], Made(len(profiles), lambda k: values[profiles[k]])


def _named(table: Table, columns: list[int]) -> str:
    names = abbreviated([f"'{table.header[c]}'" for c in columns])
    return f"column {names}" if len(columns) == 1 else f"the columns {names}"
