"""Work on samples through joblib: on any backend that the caller chose, such as a cluster of Dask workers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from bridgeae.errors import AdapterError, InputError

SECONDS = 10
"""How long a scheduler may take to answer."""
WAITING = 3
"""Chunks for each core that are on their way."""


def backend_is_chosen() -> bool:
    """Return whether the call runs inside of ``joblib.parallel_config``."""
    if "joblib" not in sys.modules:
        return False
    from joblib.parallel import get_active_backend

    backend, jobs = get_active_backend()
    return jobs is not None or type(backend).__name__ != "LokyBackend"


def map_chunks(
    function: Callable[..., list[Any]], chunks: Iterable[list[Any]], *, common: Any, jobs: int
) -> Iterator[list[Any]]:
    """Yield ``function(common, chunk)`` of each chunk, in order, on the backend of joblib.

    Chunks travel with their tasks, so that those of a worker that dies are computed again elsewhere.

    Args:
        function, chunks, common: what is computed; `function` can be imported on the workers.
        jobs: tasks at once, or 1 for as many as the backend has cores.

    Raises:
        InputError: a chunk ended several workers, or no worker came.
    """
    from joblib import Parallel, delayed

    run = Parallel(
        n_jobs=None if jobs == 1 else jobs, return_as="generator", batch_size=1, pre_dispatch=f"{WAITING} * n_jobs"
    )
    try:
        yield from run(delayed(function)(common, chunk) for chunk in chunks)
    except TimeoutError as error:
        raise InputError(f"the cluster has no worker: {error}") from None
    except Exception as error:  # Dask is no dependency, so that its error is known by name only
        if type(error).__name__ not in ("KilledWorker", "TerminatedWorkerError"):
            raise
        raise InputError(
            f"the same samples ended several workers, perhaps for lack of memory ({error}). Give workers more memory."
        ) from None


@contextmanager
def dask_cluster(scheduler: str | None) -> Iterator[None]:
    """Let the workers of a Dask scheduler do the work inside of the ``with`` block; None leaves it here.

    Args:
        scheduler: its address, such as tcp://node1:8786, or the .json file that ``dask scheduler --scheduler-file``
            writes.

    Raises:
        AdapterError: the extra ``dask`` is not installed.
        InputError: no scheduler answers.
    """
    if scheduler is None:
        yield
        return
    check_dask()
    from distributed import Client
    from joblib import parallel_config

    where = {"scheduler_file": scheduler} if scheduler.endswith(".json") else {"address": scheduler}
    try:
        client = Client(**where, timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"`--dask` {scheduler}: no scheduler answers there ({type(error).__name__}). Start one with "
            "`dask scheduler` and workers with `dask worker`, and give the address that it prints."
        ) from None
    with client, parallel_config(backend="dask", client=client):
        yield


def check_dask() -> None:
    """Raise AdapterError if Dask is not installed."""
    if not find_spec("distributed"):
        raise AdapterError("`--dask` needs dask.distributed. Install it: pip install 'bridgeae[dask]'.")
