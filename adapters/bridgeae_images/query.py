"""Which images a path asks for: ``place?half=test&classes=0-5&n=100&seed=1&repeat=3``.

The place is a file, a folder, or a named set such as ``sklearn:digits``. Options follow a question mark and are
separated by ``&``; each may be left out:

half
    ``train``, ``test`` or ``all``. Only .npz files and named sets have halves; their default is ``train``.
classes
    The classes to keep, by name: names and ranges of whole numbers, separated by commas, as in ``0-5,9``.
n
    The largest number of samples; they are chosen at random, and stay in file order.
seed
    The seed of that choice, and of ``drawn:hands``. The default is 0.
repeat
    How many times the chosen samples are repeated. A small set then gives as many steps an epoch as a large one.
others
    Of ``drawn:hands``: how many hands that show another sign than 0 to 5, unlabelled (-1), come after the `n`.

A path that exists as it is written has no options, even where its name contains a question mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from bridgeae.checks import check_limit, split_query, whole_number
from bridgeae.errors import InputError

HALVES = ("train", "test", "all")
SMALLEST = {"n": 1, "seed": 0, "repeat": 1, "others": 0}
OPTIONS = ("half", "classes", *SMALLEST)
_MAX_DIGITS = 18  # what 64 bits hold


@dataclass(frozen=True)
class Query:
    """A place and its options, which the grammar at the top of this module describes; None where one is left out."""

    place: str
    half: str | None = None
    classes: tuple[str, ...] | None = None
    n: int | None = None
    seed: int = 0
    repeat: int = 1
    others: int = 0


@dataclass(frozen=True)
class Pictures:
    """The images of a place, in memory or as files that are opened one by one.

    Attributes:
        labels: (n,) classes, or None.
        images: (n, height, width[, channels]) uint8, or None for files.
        names: (n,) file names, or None for images in memory.
        open_files: maps indices (k,) to the files of these samples; None for images in memory.
    """

    labels: np.ndarray | None = None
    images: np.ndarray | None = None
    names: np.ndarray | None = None
    open_files: Callable[[np.ndarray], Iterator[IO[bytes] | Path]] | None = None

    def __len__(self) -> int:
        return len(self.images if self.images is not None else self.names)  # type: ignore[arg-type]


def parse(path: str | Path) -> Query:
    """Split a path into its place and its options.

    Raises:
        InputError: an option is unknown or out of range.
    """
    place, options = split_query(path, OPTIONS)
    return Query(place, **{key: _option(key, value) for key, value in options.items()})


def _option(key: str, value: str) -> Any:
    """Convert one option from its text."""
    if key == "classes":
        return _class_names(value)
    if key == "half":
        if value not in HALVES:
            raise InputError(f"`path`: half must be one of {', '.join(HALVES)}, received {value!r}.")
        return value
    number = whole_number(key, value, SMALLEST[key])
    if key == "repeat":
        check_limit("samples", number, "`path` repeats a sample", error=InputError)
    return number


def _class_names(text: str) -> tuple[str, ...]:
    names: list[str] = []
    for part in text.split(","):
        span = re.fullmatch(rf"(\d{{1,{_MAX_DIGITS}}})-(\d{{1,{_MAX_DIGITS}}})", part)
        found = range(int(span[1]), int(span[2]) + 1) if span else [part]
        check_limit("classes", len(names) + len(found), "`path` names many classes", error=InputError)
        names += map(str, found)
    return tuple(names)


def choose(pictures: Pictures, query: Query) -> np.ndarray:
    """Return the indices (k,) of the samples that a query keeps, in file order.

    Raises:
        InputError: the query names classes, and the place has no classes or none of these.
    """
    index = np.arange(len(pictures))
    if query.classes is not None:
        if pictures.labels is None:
            raise InputError(f"`path` {query.place!r} has no classes to choose from: leave `classes` out.")
        index = index[np.isin(pictures.labels.astype(str), query.classes)]
        if not len(index):
            present = ", ".join(map(str, np.unique(pictures.labels)))
            raise InputError(f"`path` {query.place!r} has no class {', '.join(query.classes)}; it has {present}.")
    if query.n is not None and (n := query.n + query.others) < len(index):
        index = np.sort(np.random.default_rng(query.seed).choice(index, n, replace=False))
    check_limit("samples", len(index) * query.repeat, f"`path` repeats {len(index):,} samples", error=InputError)
    return np.tile(index, query.repeat)
