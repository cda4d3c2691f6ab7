"""Link the latent spaces of two autoencoders and translate between modalities.

Names are imported on first use (PEP 562), so that `import bridgeae` costs no backend.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgeae.autoencoder import Autoencoder
    from bridgeae.domain import Domain
    from bridgeae.errors import BridgeError
    from bridgeae.flow import FlowLinker
    from bridgeae.hub import Hub
    from bridgeae.linked import LinkedAutoencoder
    from bridgeae.linker import NetworkLinker, RidgeLinker
    from bridgeae.matching import NearestPairing, TransportPairing
    from bridgeae.pairing import ClassPairing, GivenPairing
    from bridgeae.unpaired import UnpairedPairing

__version__ = "0.1.0"

_HOME = {
    "Autoencoder": "autoencoder",
    "BridgeError": "errors",
    "ClassPairing": "pairing",
    "Domain": "domain",
    "FlowLinker": "flow",
    "GivenPairing": "pairing",
    "Hub": "hub",
    "LinkedAutoencoder": "linked",
    "NearestPairing": "matching",
    "NetworkLinker": "linker",
    "RidgeLinker": "linker",
    "TransportPairing": "matching",
    "UnpairedPairing": "unpaired",
}

__all__ = [
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
    "RidgeLinker",
    "TransportPairing",
    "UnpairedPairing",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'bridgeae' has no attribute {name!r}")
    return getattr(import_module(f"bridgeae.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
