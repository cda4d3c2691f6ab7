"""Work on many samples in several processes, which get what they have in common once."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import Any

from bridgeae.errors import InputError
from bridgeae_copynumber.segmentation.cluster import backend_is_chosen, map_chunks

LARGEST_CHUNK = 16
"""Most rows that a process gets at once: what they share, such as the positions of their bins, is sent once."""
WAITING = 3
"""Chunks for each process that are on their way."""
MAX_LOST = 3
"""How often processes may be killed in turn, with no result in between."""
_HELD = (signal.SIGINT, signal.SIGTERM)
Chunk = list[tuple[Any, ...]]
_common: Any = None


def spread(function: Callable[..., Any], *columns: Iterable[Any], common: Any, jobs: int) -> Iterator[Any]:
    """Yield ``function(common, ...)`` of each row of the columns, in order.

    Inside of ``joblib.parallel_config`` the backend that it names does the work, such as a cluster of Dask workers.
    Rows are taken as they are needed, so that memory does not grow with their number. What a killed process had is
    computed again in new ones.

    Raises:
        InputError: processes are killed again and again.
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
    from concurrent.futures import BrokenExecutor  # takes time, and most calls need no processes

    waiting: deque[_Task] = deque()
    parts, lost = chunks(rows, jobs), 0
    while True:
        try:
            for result in _results(function, parts, waiting, common, jobs):
                lost = 0
                yield from result
            return
        except BrokenExecutor:
            lost += 1
            if lost > MAX_LOST:
                raise InputError(
                    f"`jobs` {jobs}: processes are killed again and again, perhaps for lack of memory. Use fewer jobs."
                ) from None


def _results(
    function: Callable[..., Any], parts: Iterator[Chunk], waiting: deque[_Task], common: Any, jobs: int
) -> Iterator[list[Any]]:
    """Yield the results of the chunks that wait from an earlier pool, then of the others, in order."""
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(jobs, initializer=_begin, initargs=(common,)) as pool:
        try:
            for task in waiting:
                task.submit(pool, function)
            for chunk in parts:
                waiting.append(_Task(chunk))  # before it is given away, so that it is not lost with the pool
                waiting[-1].submit(pool, function)
                if len(waiting) > WAITING * jobs:
                    yield from _first(waiting)
            while waiting:
                yield from _first(waiting)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _first(waiting: deque[_Task]) -> Iterator[list[Any]]:
    result = waiting[0].result()
    waiting.popleft()
    yield result


class _Task:
    """Rows, and the promise of their results."""

    def __init__(self, chunk: Chunk) -> None:
        self._chunk = chunk
        self._future: Any = None

    def submit(self, pool: Any, function: Callable[..., Any]) -> None:
        with _signals_held():
            self._future = pool.submit(_apply, function, self._chunk)

    def result(self) -> list[Any]:
        found: list[Any] = self._future.result()
        return found


@contextmanager
def _signals_held() -> Iterator[None]:
    """Let SIGTERM and Ctrl-C wait: an exception of theirs is lost in the hooks that run when a process is forked."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows, which does not fork
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def chunks(rows: Iterable[tuple[Any, ...]], jobs: int) -> Iterator[Chunk]:
    """Yield rows in lists: of one first, so that few samples are shared evenly, then of more and more."""
    rows, number = iter(rows), 0
    while chunk := list(islice(rows, min(1 + number // (2 * jobs), LARGEST_CHUNK))):
        yield chunk
        number += 1


def _begin(common: Any) -> None:
    """Begin a process: it dies of SIGTERM as others do, leaves Ctrl-C to its parent, and ends with it."""
    global _common
    _common = common
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    if (parent := parent_process()) is not None:
        wait([parent.sentinel])
        os._exit(1)


def _apply(function: Callable[..., Any], chunk: Chunk) -> list[Any]:
    return _apply_to(function, _common, chunk)


def _apply_to(function: Callable[..., Any], common: Any, chunk: list[tuple[Any, ...]]) -> list[Any]:
    return [function(common, *row) for row in chunk]
