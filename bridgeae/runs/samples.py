"""The samples that a run file names: read, put together, brought into pairs, and split into training and test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.domain import Domain
from bridgeae.errors import ConfigError, MissingFileError
from bridgeae.pairing.given import shared_names
from bridgeae.runs.config import Together

Place = str | Together


def read_first(
    adapter: Any, places: Iterable[Place], data: str | Path | None, base: Path, *, settle: bool = False
) -> tuple[Domain, str, Any]:
    """Read the first of several places that exists; a data folder, once given, must hold the file.

    Returns:
        The samples, the place in words, and the adapter: with `settle` that of these files, where it has `for_file`.

    Raises:
        MissingFileError: none exists.
        ConfigError: files that are read together do not fit each other.
    """
    missing: list[str] = []
    for place in places:
        parts = place.all if isinstance(place, Together) else (place,)
        named_by_adapter = [":" in part.split("/")[0] for part in parts]
        if all(named_by_adapter) and data is not None and missing:
            break
        paths: list[Any] = [
            p if own else Path(data or base) / p for p, own in zip(parts, named_by_adapter, strict=True)
        ]
        try:
            if settle and callable(getattr(adapter, "for_file", None)):
                adapter = adapter.for_file(paths[0])
            domains = [adapter.read(path) for path in paths]
        except MissingFileError as error:
            missing.append(str(error))
            continue
        return concatenate(domains, parts), " + ".join(parts), adapter
    raise MissingFileError(" ".join(missing) + " Pass the folder that holds it as `data`.")


def concatenate(domains: Sequence[Domain], places: Sequence[str]) -> Domain:
    """Return the samples of several places as one Domain. Raises ConfigError where they do not fit each other."""
    first, columns = domains[0], {}
    if len(domains) == 1:
        return first
    for domain, place in zip(domains, places, strict=True):
        for what in ("sample_shape", "labels", "groups", "names"):
            if _kind(getattr(domain, what)) != _kind(getattr(first, what)):
                raise ConfigError(
                    f"{places[0]} and {place} cannot be read together: their {what} are {_kind(getattr(first, what))} "
                    f"and {_kind(getattr(domain, what))}. Name the same columns in both, or leave them out of both."
                )
    for what in ("labels", "groups", "names"):
        if getattr(first, what) is not None:
            columns[what] = np.concatenate([getattr(domain, what) for domain in domains])
    return Domain(np.concatenate([domain.x for domain in domains]), **columns)


def _kind(value: Any) -> str:
    """Return what two columns must have in common, in words."""
    if isinstance(value, np.ndarray):
        return "text" if value.dtype.kind == "U" else "numbers"
    return "absent" if value is None else str(value)


def pair_rows(source: Domain, target: Domain) -> tuple[Domain, Domain, str]:
    """Return both sides in the order of given pairs, where their names tell it, and what was done in words."""
    if (named := shared_names(source, target)) is None:
        a, b = source.names, target.names
        if a is None or b is None or np.array_equal(a, b):
            return source, target, ""
        said = f"pairs: no name is on both sides ({str(a[0])!r} and {str(b[0])!r} are the first)"
        return source, target, f"{said}; row k belongs with row k"
    i, j = named
    said = f"pairs: {len(i)} rows by their names; {len(source) - len(i)} of the source and {len(target) - len(i)} of "
    return source.select(i), target.select(j), said + "the target have no partner and are left out"


def with_singles(paired: Domain, whole: Domain, test: Domain) -> Domain:
    """Return the paired rows of a side together with those of `whole` that have no partner, in the order of `whole`.

    Rows that are tests, or of a group that has one, stay out. Pairs are then found by their names.
    """
    out = np.isin(whole.names, test.names)  # type: ignore[arg-type]
    if whole.groups is not None and test.groups is not None:
        out |= np.isin(whole.groups, test.groups)
    return whole.select(np.isin(whole.names, paired.names) | ~out)  # type: ignore[arg-type]


def split_pairs(source: Domain, target: Domain, share: float, *, seed: int) -> tuple[Domain, Domain, Domain, Domain]:
    """Split pairs by position into test and training: the same rows on both sides, and no group of either side torn.

    Returns:
        source's test and training samples, target's test and training samples.
    """
    blocks = _joined(source.blocks(), target.blocks())
    rows = Domain(np.arange(len(source), dtype=np.float32)[:, None], groups=blocks)
    test, train = (part.x[:, 0].astype(int) for part in rows.split(share, seed=seed))
    return source.select(test), source.select(train), target.select(test), target.select(train)


def _joined(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return blocks (n,) that keep together what either of two kinds of blocks keeps together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = a.max() + 1 + b.max() + 1
    edges = coo_array((np.ones(len(a)), (a, a.max() + 1 + b)), shape=(size, size))
    return np.asarray(connected_components(edges, directed=False)[1][a])
