"""Work on many samples in several processes, which get what they have in common once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain, islice
from typing import Any

from bridgeae.errors import InputError
from bridgeae_copynumber.segmentation.cluster import backend_is_chosen, map_chunks

LARGEST_CHUNK = 16
"""Most rows that a process gets at once: what they share, such as the positions of their bins, is sent once."""
WAITING = 3
"""Chunks for each process that are on their way."""
_common: Any = None


def spread(function: Callable[..., Any], *columns: Iterable[Any], common: Any, jobs: int) -> Iterator[Any]:
    """Yield ``function(common, ...)`` of each row of the columns, in order.

    Inside of ``joblib.parallel_config`` the backend that it names does the work, such as a cluster of Dask workers.
    Rows are taken as they are needed, so that memory does not grow with their number.

    Raises:
        InputError: a process was killed.
    """
    rows: Iterator[tuple[Any, ...]] = zip(*columns, strict=True)
    if backend_is_chosen():
        for part in map_chunks(partial(_apply_to, function), chunks(rows, max(jobs, 2)), common=common, jobs=jobs):
            yield from part
        return
    if jobs > 1:
        first = list(islice(rows, 2))
        jobs = jobs if len(first) > 1 else 1
        rows = chain(first, rows)
    if jobs == 1:
        yield from (function(common, *row) for row in rows)
        return
    from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor  # takes time; most calls need none

    waiting: deque[Future[list[Any]]] = deque()
    try:
        with ProcessPoolExecutor(jobs, initializer=_keep, initargs=(common,)) as pool:
            for chunk in chunks(rows, jobs):
                waiting.append(pool.submit(_apply, function, chunk))
                if len(waiting) > WAITING * jobs:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
    except BrokenExecutor:
        raise InputError(
            f"`jobs` {jobs}: one of the processes was killed, perhaps for lack of memory. Use fewer jobs."
        ) from None


def chunks(rows: Iterable[tuple[Any, ...]], jobs: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows in lists: of one first, so that few samples are shared evenly, then of more and more."""
    rows, number = iter(rows), 0
    while chunk := list(islice(rows, min(1 + number // (2 * jobs), LARGEST_CHUNK))):
        yield chunk
        number += 1


def _keep(common: Any) -> None:
    global _common
    _common = common


def _apply(function: Callable[..., Any], chunk: list[tuple[Any, ...]]) -> list[Any]:
    return _apply_to(function, _common, chunk)


def _apply_to(function: Callable[..., Any], common: Any, chunk: list[tuple[Any, ...]]) -> list[Any]:
    return [function(common, *row) for row in chunk]
