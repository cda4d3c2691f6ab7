"""Sessions of ONNX Runtime, and how many threads they take."""

from __future__ import annotations

import os
from typing import Any

from bridgeae.errors import BundleError, InputError

THREADS_VARIABLE = "BRIDGEAE_THREADS"
"""Environment variable with the threads of each network; one without it."""


def open_session(graph: bytes, threads: int | None = None, where: str = "the graph") -> Any:
    """Return an ONNX Runtime session of a graph on the CPU. Raises BundleError where it cannot be read."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads or default_threads(), 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the errors of ONNX Runtime share no base class
        raise BundleError(f"{where} is damaged: ONNX Runtime cannot read it ({error}).") from None


def default_threads() -> int:
    """Return the threads of a network: what BRIDGEAE_THREADS says, or one."""
    given = os.environ.get(THREADS_VARIABLE, "1")
    if not given.isdecimal() or int(given) < 1:
        raise InputError(f"{THREADS_VARIABLE} must be a whole number of at least 1, received {given!r}.")
    return int(given)
