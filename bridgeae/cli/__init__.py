"""The command `bridgeae`."""

from bridgeae.cli.main import main

__all__ = ["main"]
