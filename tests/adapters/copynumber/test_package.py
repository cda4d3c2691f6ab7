"""The face of the package: light imports, public names, and the names of version 0.1."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import bridgeae_copynumber

HEAVY = ("tensorflow", "keras", "pandas", "scipy", "matplotlib", "h5py")


@pytest.mark.parametrize(
    "code",
    [
        "import bridgeae_copynumber",
        "from bridgeae_copynumber import read, write, read_segments, segment, Profile, Segments, CopyNumberAdapter",
        "from bridgeae_copynumber.training import simulate_array, simulate_cell",
        "import bridgeae_copynumber.cli",
    ],
)
def test_names_are_loaded_without_heavy_packages(code: str) -> None:
    code += f"; import sys; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names_are_there_and_unknown_ones_are_not() -> None:
    assert set(dir(bridgeae_copynumber)) == set(bridgeae_copynumber.__all__)
    for name in bridgeae_copynumber.__all__:
        assert getattr(bridgeae_copynumber, name).__module__.startswith("bridgeae_copynumber.")
    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        _ = bridgeae_copynumber.missing


@pytest.mark.parametrize(
    ("old", "name", "new"),
    [
        ("caller", "segment", "segmentation"),
        ("calling", "call", "segmentation"),
        ("export", "export_onnx", "training"),
        ("inference", "MODEL", "segmentation"),
        ("networks", "segment_loss", "training.networks"),
        ("packing", "noise_sigma", "segmentation"),
        ("pairs", "simulated_pairs", "training"),
        ("programme", "best_breakpoints", "segmentation"),
        ("reading", "read", "io"),
        ("regions", "read_centromeres", "io"),
        ("simulate", "simulate_array", "training"),
        ("writing", "write", "io"),
    ],
)
def test_modules_that_moved_warn_and_forward(old: str, name: str, new: str) -> None:
    there = getattr(import_module(f"bridgeae_copynumber.{new}"), name)
    with pytest.warns(DeprecationWarning, match=rf"`bridgeae_copynumber\.{old}` is now `bridgeae_copynumber\.{new}"):
        assert getattr(import_module(f"bridgeae_copynumber.{old}"), name) is there
    with pytest.warns(DeprecationWarning, match=f"`bridgeae_copynumber.{old}` is now"):
        assert getattr(getattr(bridgeae_copynumber, old), name) is there
