"""Link the latent spaces of two autoencoders and translate between modalities.

Names are imported on first use (PEP 562), so that `import bridgeae` loads no backend.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgeae.autoencoder import Autoencoder
    from bridgeae.domain import Domain, StoredSamples
    from bridgeae.errors import BridgeError
    from bridgeae.linked import Hub, LinkedAutoencoder, OneSidedPairing
    from bridgeae.linker import AnchorLinker, AutoLinker, FlowLinker, NetworkLinker, RidgeLinker
    from bridgeae.pairing import ClassPairing, GivenPairing, NearestPairing, TransportPairing, UnpairedPairing
    from bridgeae.progress import Progress

__version__ = "0.2.0"

__all__ = [
    "AnchorLinker",
    "AutoLinker",
    "Autoencoder",
    "BridgeError",
    "ClassPairing",
    "Domain",
    "FlowLinker",
    "GivenPairing",
    "Hub",
    "LinkedAutoencoder",
    "NearestPairing",
    "NetworkLinker",
    "OneSidedPairing",
    "Progress",
    "RidgeLinker",
    "StoredSamples",
    "TransportPairing",
    "UnpairedPairing",
]

_HOME = {
    "AnchorLinker": "linker",
    "AutoLinker": "linker",
    "Autoencoder": "autoencoder",
    "BridgeError": "errors",
    "ClassPairing": "pairing",
    "Domain": "domain",
    "FlowLinker": "linker",
    "GivenPairing": "pairing",
    "Hub": "linked",
    "LinkedAutoencoder": "linked",
    "NearestPairing": "pairing",
    "NetworkLinker": "linker",
    "OneSidedPairing": "linked",
    "Progress": "progress",
    "RidgeLinker": "linker",
    "StoredSamples": "domain",
    "TransportPairing": "pairing",
    "UnpairedPairing": "pairing",
}

_MOVED = {  # modules of 0.1; they go in 0.3
    "bundle": "saving",
    "confidence": "evaluation",
    "config": "runs",
    "labels": "autoencoder.few_labels",
    "metrics": "evaluation",
    "pictures": "runs",
    "run": "runs",
}


class _MovedModule(ModuleType):
    """A module of 0.1, which warns and forwards to its new home."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        new = f"bridgeae.{_MOVED[self.__name__.rpartition('.')[2]]}"
        warnings.warn(f"{self.__name__} has moved to {new}.", DeprecationWarning, stacklevel=2)
        return getattr(importlib.import_module(new), name)


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(importlib.import_module(f"bridgeae.{_HOME[name]}"), name)
    if name in _MOVED:
        return sys.modules[f"bridgeae.{name}"]
    raise AttributeError(f"module 'bridgeae' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


for _name in _MOVED:
    sys.modules[f"bridgeae.{_name}"] = _MovedModule(f"bridgeae.{_name}")
