"""Bridges: a source encoder, a linker and a target decoder; and hubs of several bridges."""

from bridgeae.linked.hub import Hub
from bridgeae.linked.linked import LinkedAutoencoder

__all__ = ["Hub", "LinkedAutoencoder"]
