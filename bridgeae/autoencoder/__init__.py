"""An autoencoder of one domain, and the ways to train it."""

from bridgeae.autoencoder.autoencoder import Autoencoder
from bridgeae.autoencoder.encoding import Encoding
from bridgeae.autoencoder.found_labels import FoundLabels
from bridgeae.autoencoder.linear_head import Latents, LinearHead
from bridgeae.autoencoder.lossless import lossless_autoencoder

__all__ = ["Autoencoder", "Encoding", "FoundLabels", "Latents", "LinearHead", "lossless_autoencoder"]
