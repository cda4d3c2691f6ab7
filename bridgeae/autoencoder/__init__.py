"""An autoencoder of one domain, the ways to train it, and what a few labels can do."""

from bridgeae.autoencoder.autoencoder import Autoencoder
from bridgeae.autoencoder.linear_head import LinearHead

__all__ = ["Autoencoder", "LinearHead"]
