"""The trained network on ONNX Runtime: no TensorFlow, one thread, rows of any length."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bridgeae.checks import check_limit, check_ordinary
from bridgeae.errors import FileFormatError, InputError, MissingFileError
from bridgeae_copynumber.segmentation.packing import SCALE, STRIDE

MODEL = Path(__file__).parent / "model" / "segment_caller.onnx"
"""The network that comes with the package."""
CHUNK = 1024 * STRIDE
"""Positions that run at once: few enough to keep activations in the cache."""
MARGIN = 32 * STRIDE
"""Positions of context on each side of a chunk; their outputs are dropped."""
LOG_SCALE_LIMITS = -1.2, 1.6
"""Bounds of the log spread that the network may answer."""


class NetworkOutput(NamedTuple):
    """Answers of the network for each bin, in units of the noise.

    Args:
        level: (n,) float32, level of the bin's segment, in sigma from the centre.
        logit: (n,) float32, log-odds that a segment starts at the bin.
        scale: (n,) float32, spread of the bins around the level, in sigma.
    """

    level: np.ndarray
    logit: np.ndarray
    scale: np.ndarray


def run_network(x: np.ndarray, *, model: str | Path = MODEL) -> NetworkOutput:
    """Run the network over one packed row and return its answers for the bins in it.

    Args:
        x: (length, 3) float32, signal, smallest jump and mask, as `pack` returns it.
        model: an ONNX file with input x (1, length, 3) and output (1, length, 3).

    Raises:
        MissingFileError, FileFormatError, InputError: `model` is absent, no ONNX file, or has other channels.
    """
    session = _session(str(model))
    inside = x[:, 2] > 0
    outputs = np.empty((3, np.count_nonzero(inside)), np.float32)
    filled = 0
    for begin in range(0, len(x), CHUNK):
        left = max(begin - MARGIN, 0)
        end = min(begin + CHUNK, len(x))
        out = _answer(session, x[None, left : min(end + MARGIN, len(x))], model)
        part = out[begin - left : end - left].compress(inside[begin:end], axis=0)
        outputs[:, filled : filled + len(part)] = part.T
        filled += len(part)
    level, logit, scale = outputs
    level *= SCALE
    return NetworkOutput(level, logit, np.exp(np.clip(scale, *LOG_SCALE_LIMITS, out=scale), out=scale))


def _answer(session: Any, x: np.ndarray, model: str | Path) -> np.ndarray:
    """Return what the network says of (1, length, 3), as (length, 3) finite numbers."""
    try:
        out = session.run(None, {"x": x})[0]
    except Exception as error:
        raise FileFormatError(f"`model` {model} cannot be run: {error}. Train it again.") from None
    if np.shape(out) != x.shape or not np.isfinite(out).all():
        raise FileFormatError(f"`model` {model} does not answer with finite numbers {x.shape}. Train it again.")
    return np.asarray(out[0])


@lru_cache(maxsize=4)
def _session(model: str) -> Any:
    import onnxruntime

    if not Path(model).exists():
        raise MissingFileError(f"`model` {model} is not there: install bridgeae again, or give the file you trained.")
    check_ordinary(Path(model))
    check_limit("model_bytes", Path(model).stat().st_size, f"`model` {model}")
    data = Path(model).read_bytes()
    if Path(model) == MODEL:
        _check_shipped(data)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the errors of ONNX Runtime share no base class
        raise FileFormatError(f"`model` {model} is not an ONNX file that can be read: {error}.") from None
    inputs = {port.name: port.shape[-1] for port in session.get_inputs()}
    if inputs != {"x": 3}:
        raise InputError(f"`model` {model} reads {inputs}, not 3 channels x as in this version: train it again.")
    return session


def _check_shipped(data: bytes) -> None:
    """Raise FileFormatError if the network that comes with the package is not the one that its record names."""
    import hashlib
    import json

    record = MODEL.with_suffix(".json")
    if hashlib.sha256(data).hexdigest() != json.loads(record.read_text())["sha256"]:
        raise FileFormatError(
            f"`model` {MODEL} is not the network that comes with this version: its sha256 differs from the one in "
            f"{record.name}. Install bridgeae again."
        )
