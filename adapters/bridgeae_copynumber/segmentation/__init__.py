"""Segments of a profile: a trained network, then an exact choice of breakpoints. Needs numpy and ONNX Runtime only."""

from bridgeae_copynumber.segmentation.breakpoints import Called, call
from bridgeae_copynumber.segmentation.dynamic_programming import best_breakpoints
from bridgeae_copynumber.segmentation.min_jump import MIN_JUMP, without_small_jumps
from bridgeae_copynumber.segmentation.network import MODEL
from bridgeae_copynumber.segmentation.packing import GAP, LIMIT, SCALE, STRIDE, noise_sigma, pack
from bridgeae_copynumber.segmentation.segment import segment

__all__ = [
    "GAP",
    "LIMIT",
    "MIN_JUMP",
    "MODEL",
    "SCALE",
    "STRIDE",
    "Called",
    "best_breakpoints",
    "call",
    "noise_sigma",
    "pack",
    "segment",
    "without_small_jumps",
]
