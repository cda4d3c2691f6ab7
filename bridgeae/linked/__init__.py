"""Bridges: a source encoder, a linker and a target decoder; and hubs of several bridges."""

from bridgeae.linked.hub import Hub
from bridgeae.linked.linked import Data, Judge, LinkedAutoencoder

__all__ = ["Data", "Hub", "Judge", "LinkedAutoencoder"]
