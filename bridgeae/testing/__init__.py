"""Contract checks for adapters, pairings, linkers and bridges: call them from your own tests.

A check returns nothing, or raises a `ContractError` that names the broken promise of `bridgeae.protocols`.
"""

from bridgeae.testing.assertions import ContractError
from bridgeae.testing.checks import check_adapter, check_bridge, check_linker, check_pairing

__all__ = ["ContractError", "check_adapter", "check_bridge", "check_linker", "check_pairing"]
