"""Tables as a domain of bridgeae: embeddings, measurements, expression; a row is a sample."""

from bridgeae_tables.adapter import TableAdapter

__all__ = ["TableAdapter"]
