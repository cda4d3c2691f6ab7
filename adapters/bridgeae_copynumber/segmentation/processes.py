"""Work on many samples in several processes, which get what they have in common once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from bridgeae.errors import InputError

_common: Any = None


def spread(function: Callable[..., Any], *columns: Sequence[Any], common: Any, jobs: int) -> Iterator[Any]:
    """Yield ``function(common, ...)`` of each row of the columns, in order.

    Raises:
        InputError: a process was killed.
    """
    rows = len(columns[0])
    if jobs == 1 or rows < 2:
        yield from map(partial(function, common), *columns)
        return
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor  # takes time, and most calls need no processes

    try:
        with ProcessPoolExecutor(min(jobs, rows), initializer=_keep, initargs=(common,)) as pool:
            yield from pool.map(partial(_apply, function), *columns, chunksize=min(4, -(-rows // jobs)))
    except BrokenExecutor:
        raise InputError(
            f"`jobs` {jobs}: one of the processes was killed, perhaps for lack of memory. Use fewer jobs."
        ) from None


def _keep(common: Any) -> None:
    global _common
    _common = common


def _apply(function: Callable[..., Any], *row: Any) -> Any:
    return function(_common, *row)
