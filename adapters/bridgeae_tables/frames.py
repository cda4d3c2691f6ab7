"""Parquet files by pyarrow, and AnnData .h5ad files by anndata: both are extras of bridgeae."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from math import prod
from pathlib import Path

import numpy as np

from bridgeae.checks import check_growth, check_hdf5, did_you_mean
from bridgeae.errors import BridgeError, FileFormatError, InputError
from bridgeae_tables.query import Query
from bridgeae_tables.table import ROW_NAMES, Table, listed

_EXTRAS = {".parquet": ("pyarrow", "parquet"), ".h5ad": ("anndata", "anndata")}
"""Package of each format, and the extra of bridgeae that installs it."""

_INDEX = "__index_level_0__"
"""What pandas calls an index without a name in a Parquet file."""


def read_parquet(path: Path, query: Query) -> Table:
    """Read the columns of a Parquet file. Raises FileFormatError for a damaged file."""
    from pyarrow import parquet

    try:
        held = parquet.read_metadata(path)
        check_growth(path.stat().st_size, 8 * held.num_rows * held.num_columns, f"`path` {path}")
        read = parquet.read_table(path)
        columns = {name: column.to_numpy() for name, column in zip(read.column_names, read.columns, strict=True)}
    except BridgeError:
        raise
    except Exception as error:  # pyarrow has errors of its own
        raise FileFormatError(f"`path` {path} cannot be read as .parquet ({error}). Save it again.") from None
    if _INDEX in columns:
        columns = {ROW_NAMES: columns.pop(_INDEX)} | columns
    return Table(path, columns, roles={"name": ROW_NAMES} if ROW_NAMES in columns else {})


def write_parquet(x: np.ndarray, path: Path, columns: Sequence[str], names: Sequence[str] | None) -> None:
    """Write float32 columns and, with `names`, a first column of them."""
    import pyarrow
    from pyarrow import parquet

    first = {} if names is None else {_INDEX: list(names)}
    parquet.write_table(pyarrow.table(first | dict(zip(columns, x.T, strict=True))), path)


def read_h5ad(path: Path, query: Query) -> Table:
    """Read ``.X``, or what `query.x` names, with the columns of ``.obs`` and the names of both axes.

    Raises:
        FileFormatError: the file is damaged.
        InputError: `query.x` is no layer and no key of ``.obsm``.
    """
    import anndata
    import h5py

    try:
        with h5py.File(path) as file:
            check_hdf5(file, f"`path` {path}")
        cells = anndata.read_h5ad(path)
        columns = {str(name): cells.obs[name].astype(object).to_numpy() for name in cells.obs}
        columns |= {ROW_NAMES: cells.obs_names.to_numpy().astype(object)}
    except BridgeError:
        raise
    except Exception as error:  # h5py raises a dozen kinds
        raise FileFormatError(f"`path` {path} cannot be read as .h5ad ({error}). Save it again.") from None
    places = {"X": cells.X} | dict(cells.layers) | dict(cells.obsm)
    key = query.x or "X"
    if places.get(key) is None:
        known = [place for place, values in places.items() if values is not None]
        raise InputError(
            f"`path` {path} has no matrix {key!r}.{did_you_mean(key, known) or f' It has {listed(known)}.'}"
        )
    x = places[key]
    dense = 8 * prod(x.shape)
    check_growth(path.stat().st_size, dense, f"`path` {path}: {key} as a dense matrix")
    x = np.asarray(x.toarray() if hasattr(x, "toarray") else x)
    names = None if key in cells.obsm else tuple(map(str, cells.var_names))
    return Table(path, columns, matrix=x, matrix_names=names, roles={"name": ROW_NAMES})


def write_h5ad(x: np.ndarray, path: Path, columns: Sequence[str], names: Sequence[str] | None) -> None:
    """Write ``.X`` with the names of both axes."""
    import anndata

    cells = anndata.AnnData(np.asarray(x))
    cells.var_names = list(columns)
    if names is not None:
        cells.obs_names = list(names)
    cells.write_h5ad(path)


def check_extra(ending: str) -> None:
    """Raise InputError that names the extra, where a format needs one that is not installed."""
    if ending in _EXTRAS and find_spec(_EXTRAS[ending][0]) is None:
        package, extra = _EXTRAS[ending]
        raise InputError(f'`path`: {ending} files need {package}. Run: python -m pip install "bridgeae[{extra}]"')
