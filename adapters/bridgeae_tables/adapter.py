"""The adapter between files of tables and bridgeae."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import numpy as np

from bridgeae import Domain
from bridgeae.errors import InputError, MissingFileError
from bridgeae.networks import dense_networks
from bridgeae.protocols import Shape
from bridgeae.saving import whole_file
from bridgeae_tables import arrays, frames, text
from bridgeae_tables.query import ROLES, Query, parse
from bridgeae_tables.table import Table, to_domain

_READERS: dict[str, Callable[[Path, Query], Table]] = {
    **dict.fromkeys(text.ENDINGS, lambda path, query: text.read(path)),
    ".npy": arrays.read_npy,
    ".npz": arrays.read_npz,
    ".h5": arrays.read_hdf5,
    ".parquet": frames.read_parquet,
    ".h5ad": frames.read_h5ad,
}
_WRITERS: dict[str, Callable[..., None]] = {
    **dict.fromkeys(text.ENDINGS, text.write),
    ".npy": arrays.write,
    ".npz": arrays.write,
    ".h5": arrays.write_hdf5,
    ".parquet": frames.write_parquet,
    ".h5ad": frames.write_h5ad,
}


class TableAdapter:
    """Read and write tables whose rows are samples, and build dense networks for them.

    In a run file everything may be left out: a path such as "cells.csv?label=type&name=cell&group=patient" says which
    column is what, all others are the samples, and the adapter remembers the columns of its training file.

    Args:
        columns: names of the columns of a sample, in their order, or how many there are; None takes what a file has.
        query: options for paths that leave them out, such as "label=type&name=cell"; their columns may be absent.

    Raises:
        InputError: an option is out of range.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> file = Path(mkdtemp(), "cells.csv")
        >>> _ = file.write_text("cell,type,a,b\\nc1,T,0.5,1\\nc2,B,0.1,2\\n")
        >>> domain = TableAdapter().read(f"{file}?label=type&name=cell")
        >>> domain.x.shape, domain.labels.tolist(), domain.names.tolist()
        ((2, 2), ['T', 'B'], ['c1', 'c2'])
    """

    name: ClassVar[str] = "tables"
    noun: ClassVar[str] = "rows"
    any_unit: ClassVar[bool] = True
    suffixes: ClassVar[tuple[str, ...]] = tuple(_READERS)
    inputs: ClassVar[tuple[str, ...]] = ("text",)

    def __init__(self, *, columns: Sequence[str] | int | None = None, query: str = "") -> None:
        if isinstance(columns, str) or columns == 0 or columns == []:
            raise InputError(f"`columns` must be names, or a number of at least 1, received {columns!r}.")
        self.columns = columns if columns is None or isinstance(columns, int) else list(columns)
        self.query = query
        self._remembered = parse(f"?{query}")
        if self._width:
            self.sample_shape = (self._width,)

    def read(self, path: str | Path) -> Domain:
        """Read the rows of a .csv, .tsv, .npy, .npz, .h5, .parquet, .h5ad, .csv.gz or .tsv.gz file.

        Args:
            path: the file, with options after a question mark; `bridgeae_tables.query` describes each.

        Returns:
            Domain with x (n, columns) float32, and labels, names and groups where the path or an option names them.
            More than 256 MiB of a .npy or .h5 file stay on disk, see `bridgeae.StoredSamples`.

        Raises:
            MissingFileError: the file does not exist.
            FileFormatError: the file is damaged or empty, a value is missing, a row has another length.
            InputError: a column or an extra is missing, or a column of text has no role.
        """
        return self._read(path)[0]

    def for_file(self, path: str | Path) -> TableAdapter:
        """Return the adapter of tables like this file: with its columns, and with the roles that the path names."""
        query = parse(path)
        _, columns = self._read(path)
        roles = {role: getattr(query, role) or getattr(self._remembered, role) for role in (*ROLES, "x")}
        named = "&".join(f"{role}={quote(value)}" for role, value in roles.items() if value)
        return TableAdapter(columns=list(columns) if isinstance(columns, tuple) else columns, query=named)

    def write(self, x: np.ndarray, path: str | Path, names: Sequence[str] | None = None) -> None:
        """Write rows as .csv, .tsv, .npy, .npz, .h5, .parquet, .h5ad, .csv.gz or .tsv.gz, whichever the path ends in.

        Args:
            x: (n, columns).
            path: the file.
            names: (n,) of the rows, as a first column without a header; .npy has no place for them.

        Raises:
            InputError: the samples have another shape, the ending is another, or an extra is missing.
        """
        x, path = np.asarray(x, np.float32), Path(path)
        if x.ndim != 2 or (self._width and x.shape[1] != self._width):
            raise InputError(f"`x` must have shape (n, {self._width or 'columns'}), received {x.shape}.")
        ending = _ending(path)
        header = self.columns if isinstance(self.columns, list) else [f"x{k}" for k in range(x.shape[1])]
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as new:
            _WRITERS[ending](x, new, header, names)

    def networks(self, latent_shape: Shape) -> tuple[Any, Any]:
        """Build a dense (encoder, decoder), untrained. Raises InputError where the number of columns is not known."""
        if not self._width:
            raise InputError("`columns` must be known to build networks: use TableAdapter().for_file(path).")
        return dense_networks((self._width,), latent_shape)

    @property
    def _width(self) -> int:
        return self.columns if isinstance(self.columns, int) else len(self.columns or ())

    def _read(self, path: str | Path) -> tuple[Domain, tuple[str, ...] | int]:
        query = parse(path)
        ending = _ending(query.place)
        if not query.place.is_file():
            raise MissingFileError(
                f"`path` {str(query.place)!r} is no file. Check the spelling, or pass its full path."
            )
        query = query.completed(**{role: getattr(self._remembered, role) for role in (*ROLES, "x")})
        return to_domain(_READERS[ending](query.place, query), query, self.columns)


def _ending(path: Path) -> str:
    """Return the ending of a table. Raises InputError for another one, or if its extra is not installed."""
    ending = "".join(path.suffixes[-2:] if path.suffix.lower() == ".gz" else path.suffixes[-1:]).lower()
    if ending not in _READERS:
        raise InputError(f"`path` must end in {', '.join(_READERS)}, received {str(path)!r}.")
    frames.check_extra(ending)
    return ending
