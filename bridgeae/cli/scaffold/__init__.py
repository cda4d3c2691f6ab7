"""A small distribution to start an adapter from: `bridgeae new-adapter NAME`."""

from bridgeae.cli.scaffold.new_adapter import new_adapter

__all__ = ["new_adapter"]
