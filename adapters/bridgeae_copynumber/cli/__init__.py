"""The command `bridgeae-segment`."""

from bridgeae_copynumber.cli.program import main

__all__ = ["main"]
