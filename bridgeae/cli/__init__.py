"""The command `bridgeae`."""

from bridgeae.cli.program import main

__all__ = ["main"]
