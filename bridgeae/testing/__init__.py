"""Contracts for adapters, pairings, linkers and bridges: call them from your own tests.

A contract is a list of named checks, one for each promise of `bridgeae.protocols`. `check_adapter`, `check_pairing`,
`check_linker` and `check_bridge` run all of them and raise one `ContractError` that lists every broken promise.
`parametrize_with_checks` makes each check a test of its own in pytest.
"""

from bridgeae.testing.adapters import adapter_checks, check_adapter
from bridgeae.testing.assertions import ContractError, parametrize_with_checks
from bridgeae.testing.bridges import check_bridge
from bridgeae.testing.linkers import check_linker, linker_checks
from bridgeae.testing.pairings import check_pairing, pairing_checks

__all__ = [
    "ContractError",
    "adapter_checks",
    "check_adapter",
    "check_bridge",
    "check_linker",
    "check_pairing",
    "linker_checks",
    "pairing_checks",
    "parametrize_with_checks",
]
