"""The segment caller as a packaged model, for `bridgeae models`; apart, since segmenting never needs the registry."""

from bridgeae.registry import PackagedModel
from bridgeae_copynumber.segmentation.network import MODEL

SEGMENT_CALLER = PackagedModel(MODEL)
"""From log2 ratios to segments."""
__all__ = ["SEGMENT_CALLER"]
