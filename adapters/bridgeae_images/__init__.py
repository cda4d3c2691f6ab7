"""Images as a domain of bridgeae: hand signs, digits, photos of any object."""

from bridgeae_images.adapter import ImageAdapter

__all__ = ["ImageAdapter"]
