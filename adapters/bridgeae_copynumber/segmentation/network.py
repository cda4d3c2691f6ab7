"""The trained network on ONNX Runtime: no TensorFlow, one thread, any length."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bridgeae.errors import FileFormatError, InputError, MissingFileError
from bridgeae_copynumber.segmentation.packing import SCALE, STRIDE

MODEL = Path(__file__).parent / "model" / "segment_caller.onnx"
_CHUNK = 16384  # positions at once: keeps activations in the cache and memory flat
_MARGIN = 512  # positions of context on each side of a chunk that are computed and thrown away


class Seen(NamedTuple):
    """What the network says of each bin, in units of the noise.

    level: (n,) float32, of the segment, in sigma from the centre; logit: (n,) float32, log-odds that a segment starts
    here; scale: (n,) float32, spread of the bins around the level, in sigma.
    """

    level: np.ndarray
    logit: np.ndarray
    scale: np.ndarray


def look(x: np.ndarray, *, model: str | Path = MODEL) -> Seen:
    """Run the network over one packed row; give what it says of the bins in it.

    Args:
        x: (length, 3) float32, signal, smallest jump and mask, as `pack` makes it.
        model: an ONNX file with input x (1, length, 3) and output (1, length, 3).
    """
    session = _session(str(model))
    parts = []
    for begin in range(0, len(x), _CHUNK):
        left = max(begin - _MARGIN, 0)
        end = min(begin + _CHUNK, len(x))
        out = session.run(None, {"x": x[None, left : min(end + _MARGIN, len(x))]})[0][0]
        parts.append(out[begin - left : end - left])
    whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
    level, logit, scale = np.ascontiguousarray(whole.compress(x[:, 2] > 0, axis=0).T)
    level *= SCALE
    return Seen(level, logit, np.exp(np.clip(scale, -1.2, 1.6, out=scale), out=scale))


@lru_cache(maxsize=4)
def _session(model: str) -> Any:
    import onnxruntime

    if not Path(model).exists():
        raise MissingFileError(f"`model` {model} is not there: install bridgeae again, or give the file you trained.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's have no base of their own
        raise FileFormatError(f"`model` {model} is not an ONNX file that can be read: {error}.") from None
    if (channels := session.get_inputs()[0].shape[-1]) != 3:
        raise InputError(f"`model` {model} reads {channels} channels, not 3 as in this version: train it again.")
    return session


assert _CHUNK % STRIDE == 0 and _MARGIN % STRIDE == 0
