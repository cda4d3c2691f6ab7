"""AnnData ``.h5ad`` files written portion by portion, so that memory does not grow with the number of cells.

anndata writes the small parts, ``.obs`` and ``.var``; h5py appends rows to the matrices and to the table of segments,
in the layout that anndata describes: https://anndata.readthedocs.io/en/latest/fileformat-prose.html
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bridgeae.checks import check_hdf5
from bridgeae.errors import BridgeError, FileFormatError, InputError, MissingFileError
from bridgeae_copynumber.io.atomic import save
from bridgeae_copynumber.io.h5ad import H5PY_ERRORS, positions_of
from bridgeae_copynumber.profile import Profile, Segments

LAYER = "segments"
"""Name of the layer with the segment value of every bin, and of the table of segments in ``.uns``."""
COPIES = "copies"
"""Name of the layer with the whole copies of every bin, where segments have them."""
_CELLS, _VALUES = 64, 2**22  # that are written at once, at most
_ARRAY = {"encoding-type": "array", "encoding-version": "0.2.0"}
_TEXT = {"encoding-type": "string-array", "encoding-version": "0.2.0"}


class Cell(NamedTuple):
    """What is written of one cell: values of bins as (bins,) float32, NaN where there is none.

    Args:
        sample: its name.
        segments: its segments.
        log2: the values that were segmented.
        levels: the segment value of every bin.
        copies: the whole copies of every bin, or None.
        facts: single values become columns of ``.obs``.
        bins: a digest of the positions.
    """

    sample: str
    segments: Segments
    log2: np.ndarray
    levels: np.ndarray
    copies: np.ndarray | None
    facts: Mapping[str, Any]
    bins: bytes


def as_cell(segments: Segments, profile: Profile, facts: Mapping[str, Any]) -> Cell:
    """Return what is written of a cell, from its segments and the profile that was segmented."""
    levels, copies = segments.levels(profile), None
    if segments.copy_number is not None:
        copies = replace(segments, mean=segments.copy_number).levels(profile)
    return Cell(profile.sample, segments, profile.log2, levels, copies, facts, _digest(profile))


def write_cells(
    cells: Iterable[Cell],
    first: Profile,
    path: str | Path,
    *,
    source: str | Path | None = None,
    overwrite: bool = False,
) -> None:
    """Write cells by bins, with a layer and a table of segments in ``.uns``, both named `LAYER`, and a layer `COPIES`.

    Args:
        cells: in any number, all of equal bins; taken as they are needed.
        first: a profile with these bins.
        path: the file to write.
        source: the ``.h5ad`` file that the cells were read from, whose other contents are kept; None makes a new file
            with the log2 ratios as ``.X``.
        overwrite: replace an existing file.

    Raises:
        MissingFileError, FileFormatError: `source` is absent or unreadable.
        InputError: `source` has other cells or bins than the profiles, or the bins of cells differ.
    """
    kept = None if source is None else Path(source)
    save(path, lambda place: _fill(place, cells, first, kept), overwrite)


def _fill(path: Path, cells: Iterable[Cell], first: Profile, source: Path | None) -> None:
    import h5py

    if source is None:
        _write_empty(first, path)
    else:
        _copy(source, path)
    with h5py.File(path, "r+") as file:
        own = f"layers/{LAYER}" in file
        rows = _NewRows(file, len(first)) if source is None else _RowsOfSource(file, first, source)
        table = _Table(file)
        facts: dict[str, Mapping[str, Any]] = {}
        for part in _portions(_checked(cells, first), len(first)):
            names = [cell.sample for cell in part]
            rows.add(names, "X", [cell.log2 for cell in part])
            rows.add(names, f"layers/{LAYER}", [cell.levels for cell in part])
            if part[0].copies is not None:
                rows.add(names, f"layers/{COPIES}", [cell.copies for cell in part])
            table.add(Segments.concatenate([cell.segments for cell in part]))
            facts |= {cell.sample: cell.facts for cell in part}
        table.finish()
        _write_facts(file, facts, new=source is None, own=own)


def _digest(profile: Profile) -> bytes:
    digest = blake2b(digest_size=16)
    for column in (profile.chrom.astype("S"), profile.start, profile.end):
        digest.update(np.ascontiguousarray(column).data)
    return digest.digest()


def _checked(cells: Iterable[Cell], first: Profile) -> Iterator[Cell]:
    wanted = _digest(first)
    for cell in cells:
        if cell.bins != wanted:
            raise InputError(
                f"`profiles` must have equal bins for format h5ad, but {cell.sample} differs from {first.sample}."
            )
        yield cell


def _portions(cells: Iterable[Cell], bins: int) -> Iterator[list[Cell]]:
    cells, size = iter(cells), max(1, min(_CELLS, _VALUES // bins))
    return iter(lambda: list(islice(cells, size)), [])


def _write_empty(first: Profile, path: Path) -> None:
    """Write a file without cells."""
    import anndata
    import pandas  # type: ignore[import-untyped]

    var = pandas.DataFrame({"chrom": first.chrom, "start": first.start, "end": first.end})
    var.index = [f"{c}:{a}-{b}" for c, a, b in zip(first.chrom, first.start, first.end, strict=True)]
    obs = pandas.DataFrame(index=np.array([], dtype=object))
    anndata.AnnData(np.zeros((0, len(first)), np.float32), obs=obs, var=var).write_h5ad(path)


def _copy(source: Path, path: Path) -> None:
    """Copy a file, brought to the present layout if it has an older one."""
    import anndata
    import h5py

    try:
        with h5py.File(source) as file:
            check_hdf5(file, f"`source` {source}")
            present = "encoding-type" in file.attrs and "encoding-type" in file["obs"].attrs
        if present:
            shutil.copyfile(source, path)
        else:
            anndata.read_h5ad(source).write_h5ad(path)
    except BridgeError:
        raise
    except FileNotFoundError:
        raise MissingFileError(f"`source` {source} is not there. Check the name and the folder.") from None
    except H5PY_ERRORS as error:
        raise FileFormatError(f"`source` {source} is not a readable .h5ad file: {error}.") from None


class _NewRows:
    """Append rows to the matrices of a new file."""

    def __init__(self, file: Any, bins: int) -> None:
        self._file, self._bins = file, bins
        self._count: dict[str, int] = {}
        del file["X"]

    def add(self, names: Sequence[str], name: str, values: Sequence[Any]) -> None:
        first = self._count.get(name, 0)
        if not first:
            chunk = (max(1, min(16, 2**18 // self._bins)), self._bins)
            options = {"maxshape": (None, self._bins), "chunks": chunk, "dtype": np.float32}
            self._file.create_dataset(name, (0, self._bins), **options).attrs.update(_ARRAY)
        self._count[name] = last = first + len(names)
        self._file[name].resize(last, 0)
        self._file[name][first:last] = np.stack(values)


class _RowsOfSource:
    """Put rows at their cells and bins of a copied file, which may be unsorted; NaN elsewhere."""

    def __init__(self, file: Any, first: Profile, source: Path) -> None:
        names, where = positions_of(file, source)
        self._file, self._source = file, source
        self._shape, self._row = (len(names), len(where.start)), {name: k for k, name in enumerate(names)}
        theirs, ours = (np.lexsort((b.end, b.start, b.chrom)) for b in (where, first))
        same = (np.array_equal(getattr(where, c)[theirs], getattr(first, c)[ours]) for c in ("chrom", "start", "end"))
        if len(self._row) < len(names) or not all(same):
            raise self._other()
        self._columns = np.empty(len(first), np.int64)
        self._columns[ours] = theirs
        for name in (f"layers/{LAYER}", f"layers/{COPIES}"):
            if name in file:
                del file[name]

    def add(self, names: Sequence[str], name: str, values: Sequence[Any]) -> None:
        if name == "X":
            return
        if name not in self._file:
            made = self._file.create_dataset(name, self._shape, np.float32, fillvalue=np.nan)
            made.attrs.update(_ARRAY)
        matrix = self._file[name]
        for sample, value in zip(names, values, strict=True):
            if sample not in self._row:
                raise self._other()
            row = np.empty(self._shape[1], np.float32)
            row[self._columns] = value
            matrix[self._row[sample]] = row

    def _other(self) -> InputError:
        return InputError(
            f"`source` {self._source} has other cells or bins than the profiles. Name the file they were read from."
        )


class _Table:
    """Append segments to the table in ``.uns``."""

    def __init__(self, file: Any) -> None:
        if f"uns/{LAYER}" in file:
            del file[f"uns/{LAYER}"]
        self._group = file.create_group(f"uns/{LAYER}")
        self._names: list[str] = []
        self._rows = 0

    def add(self, segments: Segments) -> None:
        import h5py

        columns = {f.name: getattr(segments, f.name) for f in fields(segments)}
        columns = {name: value for name, value in columns.items() if value is not None}
        self._names = self._names or list(columns)
        index = np.arange(self._rows, self._rows + len(segments))
        for name, value in {**columns, "_index": index}.items():
            text = value.dtype.kind in "UO"
            if not self._rows and name not in self._group:
                kind = h5py.string_dtype() if text else value.dtype
                made = self._group.create_dataset(name, (0,), kind, maxshape=(None,), chunks=(8192,))
                made.attrs.update(_TEXT if text else _ARRAY)
            self._group[name].resize(self._rows + len(segments), 0)
            self._group[name][self._rows :] = value.astype(object) if text else value
        self._rows += len(segments)

    def finish(self) -> None:
        frame = {"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index"}
        self._group.attrs.update({**frame, "column-order": np.array(self._names, dtype=object)})


def _write_facts(file: Any, facts: Mapping[str, Mapping[str, Any]], *, new: bool, own: bool) -> None:
    """Write single values of each cell into ``.obs``; cells without one keep what an earlier run wrote.

    If the file is not of an earlier run (`own`), its columns of the same names are kept as NAME_before.
    """
    import pandas
    from anndata.io import read_elem, write_elem

    names = list(facts)
    obs = pandas.DataFrame(index=np.array(names, dtype=object)) if new else read_elem(file["obs"])
    for key in dict.fromkeys(key for fact in facts.values() for key in fact if key != "sample"):
        values = {n: v for n in names if isinstance(v := facts[n].get(key), str | float)}
        if not values:
            continue
        column = pandas.Series(values).reindex(obs.index)
        if key in obs and not own:
            obs[f"{key}_before"] = obs[key]
        elif key in obs:
            column = column.where(column.notna(), obs[key].astype(object))
        text = column.map(lambda v: isinstance(v, str)).any()
        obs[key] = column.astype("category") if text else column.astype(float)
    write_elem(file, "obs", obs)
