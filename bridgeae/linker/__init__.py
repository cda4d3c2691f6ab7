"""Linkers: maps from source latents to target latents."""

from bridgeae.linker.chain import ChainLinker
from bridgeae.linker.flow import FlowLinker
from bridgeae.linker.network import NetworkLinker, RidgeLinker

__all__ = ["ChainLinker", "FlowLinker", "NetworkLinker", "RidgeLinker"]
