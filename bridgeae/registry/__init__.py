"""What is installed, by name: adapters, linkers, pairings and trained models, ours and those of strangers alike."""

from bridgeae.registry.models import PackagedModel, model_folder, model_table, packaged_model
from bridgeae.registry.registry import (
    ADAPTERS,
    LINKERS,
    MODELS,
    PAIRINGS,
    Registry,
    adapter_options,
    adapter_table,
    create_adapter,
    create_linker,
    create_pairing,
    distribution,
    registered_modules,
)

__all__ = [
    "ADAPTERS",
    "LINKERS",
    "MODELS",
    "PAIRINGS",
    "PackagedModel",
    "Registry",
    "adapter_options",
    "adapter_table",
    "create_adapter",
    "create_linker",
    "create_pairing",
    "distribution",
    "model_folder",
    "model_table",
    "packaged_model",
    "registered_modules",
]
