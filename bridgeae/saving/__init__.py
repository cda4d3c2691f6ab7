"""Model folders: a manifest, one JSON architecture and one safetensors file a network. Nothing in them runs code."""

from bridgeae.saving.bundle import FORMAT, read_bundle, read_manifest, write_bundle

__all__ = ["FORMAT", "read_bundle", "read_manifest", "write_bundle"]
