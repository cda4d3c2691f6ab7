"""Linkers: maps from source latents to target latents."""

from bridgeae.linker.anchors import AnchorLinker
from bridgeae.linker.auto import AutoLinker
from bridgeae.linker.chain import ChainLinker
from bridgeae.linker.flow import FlowLinker
from bridgeae.linker.kinds import linker_from_state, linker_state
from bridgeae.linker.network import NetworkLinker
from bridgeae.linker.noise import sample_keys
from bridgeae.linker.ridge import RidgeLinker

__all__ = [
    "AnchorLinker",
    "AutoLinker",
    "ChainLinker",
    "FlowLinker",
    "NetworkLinker",
    "RidgeLinker",
    "linker_from_state",
    "linker_state",
    "sample_keys",
]
