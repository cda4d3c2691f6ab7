"""Copy-number profiles: read, segment, write and plot them, and train bridges from raw bins to segments.

Names are loaded when they are first used, so that `segment` on a text file needs numpy and ONNX Runtime alone.
"""

from __future__ import annotations

import sys
import warnings
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgeae_copynumber.adapter import CopyNumberAdapter
    from bridgeae_copynumber.io import read, read_segments, write
    from bridgeae_copynumber.plotting import plot
    from bridgeae_copynumber.profile import Profile, Segments
    from bridgeae_copynumber.segmentation import segment

__all__ = ["CopyNumberAdapter", "Profile", "Segments", "plot", "read", "read_segments", "segment", "write"]

_HOME = {
    "CopyNumberAdapter": "adapter",
    "Profile": "profile",
    "Segments": "profile",
    "plot": "plotting",
    "read": "io",
    "read_segments": "io",
    "segment": "segmentation",
    "write": "io",
}
_MOVED = {
    "caller": "segmentation.segment",
    "calling": "segmentation.breakpoints",
    "export": "training.onnx_export",
    "inference": "segmentation.network",
    "networks": "training.networks",
    "packing": "segmentation.packing",
    "pairs": "training.pairs",
    "programme": "segmentation.dynamic_programming",
    "reading": "io.read",
    "regions": "io.regions",
    "simulate": "training.simulate",
    "writing": "io.write",
}
"""Modules of version 0.1 and their new places. The old names warn for one release."""


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    if name in _MOVED:
        return _moved(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


def _moved(old: str, name: str | None = None) -> Any:
    """Return a moved module, or a name in it, with a warning."""
    if name is not None and name.startswith("__"):
        raise AttributeError(name)
    new = import_module(f"{__name__}.{_MOVED[old]}")
    value = new if name is None else getattr(new, name)
    message = f"`{__name__}.{old}` is now `{new.__name__}`. The old name goes with the next release."
    warnings.warn(message, DeprecationWarning, stacklevel=3 if name is None else 2)
    return value


for _old in _MOVED:  # `import bridgeae_copynumber.pairs` looks here before it looks for a file
    _module = sys.modules[f"{__name__}.{_old}"] = ModuleType(f"{__name__}.{_old}")
    _module.__getattr__ = partial(_moved, _old)  # type: ignore[method-assign]
