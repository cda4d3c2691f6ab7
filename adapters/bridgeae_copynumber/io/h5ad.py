"""AnnData ``.h5ad`` files, bins in ``.var`` and cells in ``.obs``, read with h5py as cells are asked for."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.checks import check_growth, check_hdf5
from bridgeae.errors import BridgeError, FileFormatError
from bridgeae_copynumber.io.columns import ParsedFile, Positions, spans, split_places, to_base_pairs
from bridgeae_copynumber.io.foreign import hdf5_kind
from bridgeae_copynumber.io.lazy import PORTION, rows
from bridgeae_copynumber.io.roles import roles, unit
from bridgeae_copynumber.io.scale import to_log2
from bridgeae_copynumber.io.sparse import compress_rows, dense_rows

H5PY_ERRORS = (OSError, KeyError, RuntimeError, TypeError, ValueError, AttributeError, IndexError, OverflowError)
"""Errors that h5py raises for damaged files, depending on the place of the damage."""


def read_h5ad(source: str | Path | bytes, path: str | Path, scale: str | None) -> ParsedFile:
    """Read ``.X`` (cells, bins), dense or sparse, with the bins' positions from ``.var``.

    Args:
        source: the file, from which cells are read as they are asked for, or its contents.
        path: name used in errors.
        scale: as in `read`.

    Raises:
        FileFormatError: the file is damaged, or lacks ``.X``, or chrom, start and end in ``.var``.
    """
    import h5py

    with _explained(path):
        file = h5py.File(io.BytesIO(source) if isinstance(source, bytes) else source, "r")
        check_hdf5(file, f"`path` {path}")
        if not {"X", "var", "obs"} & set(file) and (kind := hdf5_kind(file)):
            raise ValueError(kind)
        if "X" not in file:
            layers = ", ".join(file.get("layers", ())) or "none"
            raise ValueError(f"the cells have no .X (layers present: {layers}; copy one of them to .X)")
        size = len(source) if isinstance(source, bytes) else os.path.getsize(source)
        shape, load = _matrix(file["X"], size, path)
        chunk = (getattr(file["X"], "chunks", None) or (1,))[0]
        portion = -(-PORTION // chunk) * chunk  # a chunk is unpacked as a whole
        columns = {str(name): _column(file["var"][name]) for name in file["var"] if name != "__categories"}
        cells = _column(file["obs"][_attribute(file["obs"], "_index", "_index")])
    names = [str(c) for c in cells]
    if not all(shape):
        raise FileFormatError(f"`path` {path} holds no cells or no bins: .X is of shape {shape}.")
    where = _positions(columns, path)
    if shape != (len(names), len(where.start)) or len({len(names), len(set(names))}) != 1:
        raise FileFormatError(
            f"`path` {path}: .X must be (cells, bins), every cell with a name of its own, received "
            f"{shape} for {len(names)} cells ({len(set(names))} names) and {len(where.start)} bins."
        )

    def explained(a: int, b: int) -> np.ndarray:
        with _explained(path):
            return load(a, b)

    log2, notes = to_log2(rows(len(names), explained, portion), names, "values of .X", "value", scale, path)
    return ParsedFile([where] * len(names), log2, names, where.notes + notes)


@contextmanager
def _explained(path: str | Path) -> Iterator[None]:
    """Raise FileFormatError where h5py finds a file damaged."""
    try:
        yield
    except BridgeError:
        raise
    except H5PY_ERRORS as error:
        raise FileFormatError(f"`path` {path} is not a readable .h5ad file: {error}.") from None


def positions_of(file: Any, path: str | Path) -> tuple[list[str], Positions]:
    """Return the names of the cells and the positions of the bins of an open file, of which `path` is the name."""
    columns = {str(name): _column(file["var"][name]) for name in file["var"] if name != "__categories"}
    cells = _column(file["obs"][_attribute(file["obs"], "_index", "_index")])
    return [str(c) for c in cells], _positions(columns, path)


def _positions(columns: Any, path: str | Path) -> Positions:
    """Return the positions in ``.var``, a dictionary or a data frame."""
    header = list(columns)
    found = roles(header)
    if not {"chrom", "start", "end"} <= set(found):
        for name in (name for name in header if np.asarray(columns[name]).dtype.kind == "U"):
            where = split_places("\n".join(columns[name].tolist()), name)
            if len(where.start) == len(columns[name]):
                return where
        raise FileFormatError(
            f"`path` {path} must have chrom, start and end in .var, or names such as chr1:1-1000; columns present: "
            f"{', '.join(map(repr, header[:20]))}."
        )
    chrom, start, end = (header[found[r]] for r in ("chrom", "start", "end"))
    names = np.asarray(columns[chrom]).astype(np.str_)
    if (names == "").any():
        raise FileFormatError(f"`path` {path}: chrom in .var must name a chromosome for every bin, some have none.")
    try:
        (first, bad), (last, worse) = (to_base_pairs(np.asarray(columns[c], np.float64), unit(c)) for c in (start, end))
    except (TypeError, ValueError):
        bad = worse = np.array([True])
    if (bad | worse).any():
        raise FileFormatError(f"`path` {path}: start and end in .var must be whole numbers.")
    return spans(header, names, first, last)


def _attribute(node: Any, name: str, default: str) -> str:
    value = node.attrs.get(name, default)
    return value.decode() if isinstance(value, bytes) else str(value)


def _column(node: Any) -> np.ndarray:
    """Return a column of a data frame on disk: plain, nullable or categorical ("" where a category is missing)."""
    if hasattr(node, "keys"):
        if "codes" not in node:
            return _column(node["values"])
        return np.append(_column(node["categories"]).astype(np.str_), "")[node["codes"][:]]  # missing is -1, the last
    value = node[:]
    return node.asstr()[:].astype(np.str_) if value.dtype.kind in "OS" else value


def _matrix(node: Any, size: int, path: str | Path) -> tuple[tuple[int, ...], Callable[[int, int], np.ndarray]]:
    """Return the shape of a matrix, dense or sparse, and how to read rows from one up to another, (k, bins) float64.

    A matrix that is compressed by columns is read at once. `size` is that of the file, in bytes.
    """
    if not hasattr(node, "keys"):
        return node.shape, lambda a, b: np.asarray(node[a:b], dtype=np.float64)
    shape = tuple(map(int, node.attrs["shape"]))
    check_growth(size, 8 * prod(shape), f"`path` {path}: .X as a dense matrix", held=False)
    values, columns, start = node["data"], node["indices"], node["indptr"][:]
    if _attribute(node, "encoding-type", "csr_matrix").startswith("csc"):
        values, columns, start = compress_rows(values[:], columns[:], start, shape)
    if len(start) != shape[0] + 1:
        raise ValueError(f"the sparse .X has {len(start) - 1} rows, its shape says {shape[0]}")

    def load(a: int, b: int) -> np.ndarray:
        first, last = int(start[a]), int(start[b])
        return dense_rows(values[first:last], columns[first:last], start[a : b + 1] - start[a], shape[1])

    return shape, load
