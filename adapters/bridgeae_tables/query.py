"""What a path asks of a table: ``cells.csv?label=type&name=cell&group=patient``.

Options follow a question mark and are separated by ``&``; each may be left out:

label, name, group
    The column that holds the class of a row, what it is called in outputs, and what a split keeps together. In .npz
    files these are keys, "labels", "names" and "groups" where left out; in .h5ad files they are columns of ``.obs``.
x
    The matrix, of .npz files a key ("x", or the only matrix), of .h5ad files "X", a layer, or a key of ``.obsm``.
drop
    Columns that are left out, separated by commas.
n
    The largest number of rows; they are chosen at random, and stay in file order.
seed
    The seed of that choice. The default is 0.

A path that exists as it is written has no options, even where its name contains a question mark.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bridgeae.checks import split_query, whole_number

ROLES = ("label", "name", "group")
_MIN = {"n": 1, "seed": 0}
_OPTIONS = (*ROLES, "x", "drop", *_MIN)


@dataclass(frozen=True)
class Query:
    """A file and its options, which the grammar at the top of this module describes; None where one is left out.

    `expected` names the roles whose column need not be there: an adapter remembers them from its training file.
    """

    place: Path
    label: str | None = None
    name: str | None = None
    group: str | None = None
    x: str | None = None
    drop: tuple[str, ...] = ()
    n: int | None = None
    seed: int = 0
    expected: frozenset[str] = frozenset()

    def completed(self, **remembered: str | None) -> Query:
        """Return the query with values for what it leaves out; columns of these may be absent."""
        new = {key: value for key, value in remembered.items() if value is not None and getattr(self, key) is None}
        return replace(self, **new, expected=frozenset(new))  # type: ignore[arg-type]


def parse(path: str | Path) -> Query:
    """Split a path into its file and its options. Raises InputError for an option that is unknown or out of range."""
    place, given = split_query(path, _OPTIONS)
    options: dict[str, Any] = {}
    for key, value in given.items():
        options[key] = whole_number(key, value, _MIN[key]) if key in _MIN else value
    if "drop" in options:
        options["drop"] = tuple(options["drop"].split(","))
    return Query(Path(place), **options)
