"""NumPy's .npy and .npz files, and arrays in HDF5 files; a large matrix stays on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae import StoredSamples
from bridgeae.checks import check_hdf5, check_zip, did_you_mean
from bridgeae.errors import BridgeError, FileFormatError, InputError
from bridgeae_tables.query import ROLES, Query
from bridgeae_tables.table import Table, listed

_NAMES = "columns"
"""Key of the names of the columns in .npz and HDF5 files."""

_LARGE_BYTES = 2**28
"""Size of a matrix above which it stays on disk."""


def read_npy(path: Path, query: Query) -> Table:
    """Read a matrix (n, d). Raises FileFormatError for a damaged file."""
    if path.stat().st_size <= _LARGE_BYTES:
        return Table(path, {}, matrix=_load(path))
    try:
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:
        raise FileFormatError(f"`path` {path} cannot be read as .npy ({error}). Save it again.") from None
    return Table(path, {}, matrix=_on_disk(path, mapped))


def read_npz(path: Path, query: Query) -> Table:
    """Read a matrix (n, d) under `query.x`, "x", or the only key of a matrix; keys of n values are columns.

    Raises:
        FileFormatError: the file is damaged, or it is not clear which key is the matrix.
        InputError: `query.x` is no key.
    """
    return _keyed(path, _load(path), query)


def read_hdf5(path: Path, query: Query) -> Table:
    """Read the matrix (n, d) of an HDF5 file and its columns, by the rules of `read_npz`.

    Raises:
        FileFormatError: the file is damaged, its values lie in another file, or it is not clear which is the matrix.
        InputError: `query.x` is no key.
    """
    import h5py

    try:
        file = h5py.File(path)  # open as long as samples are read from it
        check_hdf5(file, f"`path` {path}", held=False)
        arrays = {key: values for key, values in file.items() if isinstance(values, h5py.Dataset)}
        small = {key: values for key, values in arrays.items() if values.nbytes <= _LARGE_BYTES}
        arrays |= {key: values.asstr()[()] if values.dtype.kind == "O" else values[()] for key, values in small.items()}
    except BridgeError:
        raise
    except Exception as error:  # h5py raises a dozen kinds
        raise FileFormatError(f"`path` {path} cannot be read as HDF5 ({error}). Save it again.") from None
    return _keyed(path, arrays, query)


def _keyed(path: Path, arrays: dict[str, Any], query: Query) -> Table:
    """Return the table that arrays by key make."""
    key = _matrix_key(path, arrays, query.x)
    x = arrays.pop(key)
    if not isinstance(x, np.ndarray):
        x = _on_disk(path, x)
    names = arrays.pop(_NAMES, None)
    columns = {name: values for name, values in arrays.items() if values.shape == (len(x),)}
    roles = {role: f"{role}s" for role in ROLES if f"{role}s" in columns}
    if names is not None and len(names) != x.shape[-1]:
        raise FileFormatError(f"`path` {path}: {_NAMES!r} has {len(names)} names for {x.shape[-1]} columns.")
    return Table(path, columns, matrix=x, matrix_names=None if names is None else tuple(map(str, names)), roles=roles)


def _on_disk(path: Path, matrix: Any) -> StoredSamples:
    try:
        return StoredSamples(matrix)
    except InputError as error:
        raise FileFormatError(f"`path` {path}: {error}") from None


def write_hdf5(x: np.ndarray, path: Path, columns: Sequence[str], names: Sequence[str] | None) -> None:
    """Write a matrix under "x" with "names" and the names of its columns."""
    import h5py

    with h5py.File(path, "w") as file:
        file["x"] = x
        for key, values in {_NAMES: columns, "names": names}.items():
            if values is not None:
                file[key] = np.array(values, dtype=h5py.string_dtype())


def write(x: np.ndarray, path: Path, columns: Sequence[str] | None, names: Sequence[str] | None) -> None:
    """Write a matrix: .npy holds it alone, .npz under "x" with "names" and the names of its columns."""
    with path.open("wb") as file:  # given a name, numpy would add an ending of its own
        if path.suffix.lower() == ".npy":
            np.save(file, x)
        else:
            more = {_NAMES: columns, "names": names}
            np.savez_compressed(file, x=x, **{key: np.array(v) for key, v in more.items() if v is not None})  # type: ignore[arg-type]


def _matrix_key(path: Path, arrays: dict[str, np.ndarray], wanted: str | None) -> str:
    if wanted is not None and wanted not in arrays:
        hint = did_you_mean(wanted, arrays) or f" It holds {listed(list(arrays))}."
        raise InputError(f"`path` {path} has no key {wanted!r}.{hint}")
    matrices = [key for key, values in arrays.items() if values.ndim == 2 and values.dtype.kind in "buif"]
    key = wanted or ("x" if "x" in arrays else matrices[0] if len(matrices) == 1 else None)
    if key is None:
        shapes = ", ".join(f"{k} {values.shape}" for k, values in arrays.items()) or "nothing"
        raise FileFormatError(f"`path` {path} holds {shapes}. Say which is the matrix: {path.name}?x=KEY.")
    return key


def _load(path: Path) -> Any:
    """Return an array, or a dict of arrays. Damaged files raise a dozen kinds of errors."""
    try:
        if path.suffix.lower() == ".npz":
            check_zip(path)
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            return {key: loaded[key] for key in loaded.files} if hasattr(loaded, "files") else loaded
    except BridgeError:
        raise
    except Exception as error:
        raise FileFormatError(f"`path` {path} cannot be read as {path.suffix} ({error}). Save it again.") from None
