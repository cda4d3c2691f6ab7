"""The words that contracts are written in: a promise, an error that must come, another process."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from bridgeae.errors import BridgeError

TOLERANCE = 1e-4
"""Between processes, of values of order one."""


class ContractError(BridgeError, AssertionError):
    """A promise of `bridgeae.protocols` is broken; the message says which, and what was seen."""


def elsewhere(code: str, folder: str, x: np.ndarray) -> np.ndarray:
    """Run code that makes `made` from `x` in another Python process with the same import path."""
    np.save(f"{folder}/x.npy", x)
    code = f"import sys, numpy as np; folder = sys.argv[1]; x = np.load(folder + '/x.npy'); {code}"
    code += "; np.save(folder + '/made.npy', made)"
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
    done = subprocess.run(
        [sys.executable, "-c", code, folder], env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True
    )
    if done.returncode:
        raise ContractError(f"what was saved cannot be used in another process: {done.stderr.strip()[-600:]}")
    made: np.ndarray = np.load(f"{folder}/made.npy")
    return made


def promise(kept: bool, otherwise: str) -> None:
    """Raise a `ContractError` that says `otherwise` unless the promise was kept."""
    if not kept:
        raise ContractError(otherwise)


@contextmanager
def must_raise(kind: type[BridgeError], what: str) -> Iterator[None]:
    """Expect an error of that kind from the block."""
    try:
        yield
    except kind:
        return
    except Exception as error:
        raise ContractError(
            f"{what} must raise bridgeae.errors.{kind.__name__}, it raised {type(error).__name__}: {error}"
        ) from error
    raise ContractError(f"{what} must raise bridgeae.errors.{kind.__name__}, it raised nothing.")


@contextmanager
def global_generator_untouched(what: str) -> Iterator[None]:
    """Expect the block to leave numpy's global generator as it is."""
    before = str(np.random.get_state())  # noqa: NPY002
    yield
    untouched = str(np.random.get_state()) == before  # noqa: NPY002
    promise(untouched, f"{what} must not touch numpy's global generator: use the `rng` it is given.")


def bytes_kept_by(draw: Callable[[], Any]) -> int:
    """Return the bytes still allocated after many calls."""
    tracemalloc.start()
    try:
        draw()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(100):
            draw()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def close(a: np.ndarray, b: np.ndarray) -> bool:
    """Tell whether two results are the same up to `TOLERANCE`."""
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE))


def said(value: Any) -> str:
    """Describe an array by shape and dtype, anything else by its type."""
    return f"{value.shape} {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
