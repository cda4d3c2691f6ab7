"""Model folders that run no code, and files that appear whole or not at all."""

from bridgeae.saving.allow_list import STOCK_ACTIVATIONS, STOCK_LAYERS, check_architecture
from bridgeae.saving.bundle import (
    FORMAT,
    KerasOnlyWarning,
    convert_bundle,
    read_bundle,
    read_manifest,
    refuse_other_than_model,
    write_bundle,
)
from bridgeae.saving.checkpoint import Checkpoint
from bridgeae.saving.files import refuse_existing, restore_folder, whole_file, whole_folder
from bridgeae.saving.keras_network import describe_network
from bridgeae.saving.onnx_network import OnnxNetwork, trainable
from bridgeae.saving.state import State

__all__ = [
    "FORMAT",
    "STOCK_ACTIVATIONS",
    "STOCK_LAYERS",
    "Checkpoint",
    "KerasOnlyWarning",
    "OnnxNetwork",
    "State",
    "check_architecture",
    "convert_bundle",
    "describe_network",
    "read_bundle",
    "read_manifest",
    "refuse_existing",
    "refuse_other_than_model",
    "restore_folder",
    "trainable",
    "whole_file",
    "whole_folder",
    "write_bundle",
]
