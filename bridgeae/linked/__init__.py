"""Bridges: a source encoder, a linker and a target decoder; and hubs of several bridges."""

from bridgeae.linked.hub import Hub
from bridgeae.linked.linked import LinkedAutoencoder
from bridgeae.linked.one_sided import OneSidedPairing

__all__ = ["Hub", "LinkedAutoencoder", "OneSidedPairing"]
