"""Default networks, what every network must offer, and Keras itself, which is imported on use."""

from bridgeae.networks.dense import (
    DEFAULT_LATENT,
    as_functional,
    check_networks,
    check_samples,
    check_trainable,
    dense_networks,
    fixed_size,
    model_shapes,
)
from bridgeae.networks.processes import joined

__all__ = [
    "DEFAULT_LATENT",
    "as_functional",
    "check_networks",
    "check_samples",
    "check_trainable",
    "dense_networks",
    "fixed_size",
    "joined",
    "model_shapes",
]
