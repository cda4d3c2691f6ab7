"""Copy-number profiles: read, simulate, segment and draw them, and bridge raw to segmented ones.

Names are loaded when first used, so that ``segment`` on a text file needs numpy and ONNX Runtime alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgeae_copynumber import simulate
    from bridgeae_copynumber.adapter import CopyNumberAdapter
    from bridgeae_copynumber.caller import segment
    from bridgeae_copynumber.plotting import plot
    from bridgeae_copynumber.profile import Profile, Segments
    from bridgeae_copynumber.reading import read
    from bridgeae_copynumber.regions import read_segments
    from bridgeae_copynumber.writing import write

_HOME = {
    "CopyNumberAdapter": "adapter",
    "Profile": "profile",
    "Segments": "profile",
    "plot": "plotting",
    "read": "reading",
    "read_segments": "regions",
    "segment": "caller",
    "write": "writing",
}

__all__ = [
    "CopyNumberAdapter",
    "Profile",
    "Segments",
    "plot",
    "read",
    "read_segments",
    "segment",
    "simulate",
    "write",
]


def __getattr__(name: str) -> Any:
    if name == "simulate":
        return import_module(f"{__name__}.simulate")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
