"""Runs: a bridge described by a file, from data files to results."""

from bridgeae.runs.config import LinkerConfig, PairingConfig, RunConfig, SideConfig, Together, read_config
from bridgeae.runs.pictures import save_grid
from bridgeae.runs.run import run
from bridgeae.runs.side import Say

__all__ = [
    "LinkerConfig",
    "PairingConfig",
    "RunConfig",
    "Say",
    "SideConfig",
    "Together",
    "read_config",
    "run",
    "save_grid",
]
