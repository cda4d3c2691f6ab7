"""Segments of a profile: a trained network, then an exact choice of breakpoints. Needs numpy and ONNX Runtime only."""

from bridgeae_copynumber.segmentation.breakpoints import CalledSegments, call
from bridgeae_copynumber.segmentation.cluster import check_dask, dask_cluster
from bridgeae_copynumber.segmentation.cohort import LEAVE_ONE_OUT, Panel, aligned, subtract_cohort
from bridgeae_copynumber.segmentation.dynamic_programming import best_breakpoints
from bridgeae_copynumber.segmentation.min_jump import MIN_JUMP, without_small_jumps
from bridgeae_copynumber.segmentation.network import MODEL
from bridgeae_copynumber.segmentation.noise import Noise, Steps, measure_noise, measure_steps
from bridgeae_copynumber.segmentation.packing import GAP, LIMIT, SCALE, STRIDE, noise_sigma, pack
from bridgeae_copynumber.segmentation.processes import spread
from bridgeae_copynumber.segmentation.segment import Options, check_options, refuse_duplicate, segment, segment_each

__all__ = [
    "GAP",
    "LEAVE_ONE_OUT",
    "LIMIT",
    "MIN_JUMP",
    "MODEL",
    "SCALE",
    "STRIDE",
    "CalledSegments",
    "Noise",
    "Options",
    "Panel",
    "Steps",
    "aligned",
    "best_breakpoints",
    "call",
    "check_dask",
    "check_options",
    "dask_cluster",
    "measure_noise",
    "measure_steps",
    "noise_sigma",
    "pack",
    "refuse_duplicate",
    "segment",
    "segment_each",
    "spread",
    "subtract_cohort",
    "without_small_jumps",
]
