"""After the segments: genes, confidence intervals, gain and loss."""

from bridgeae_copynumber.calls.describe import describe
from bridgeae_copynumber.calls.noise import Noise, measure_noise

__all__ = ["Noise", "describe", "measure_noise"]
