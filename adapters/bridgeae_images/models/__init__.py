"""Trained models that come with the package; `bridgeae models` lists them."""

from pathlib import Path

from bridgeae.registry import PackagedModel

HAND_SIGNS = PackagedModel(Path(__file__).parent / "hand_signs")
"""The bridge from photos of hand signs to handwritten digits."""
__all__ = ["HAND_SIGNS"]
