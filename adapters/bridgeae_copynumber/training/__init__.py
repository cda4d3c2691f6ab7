"""What trained the segment caller: simulated samples, pairs of rows, Keras networks, and their export to ONNX.

Names are loaded when they are first used: simulation needs numpy alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgeae_copynumber.training import networks
    from bridgeae_copynumber.training.clone_simulation import SimulatedClones, simulate_clones
    from bridgeae_copynumber.training.onnx_export import export_onnx
    from bridgeae_copynumber.training.pairs import pair, profile_pairs, simulated_pairs
    from bridgeae_copynumber.training.simulate import Simulated, chromosome_bins, simulate_array, simulate_cell

__all__ = [
    "Simulated",
    "SimulatedClones",
    "chromosome_bins",
    "export_onnx",
    "networks",
    "pair",
    "profile_pairs",
    "simulate_array",
    "simulate_cell",
    "simulate_clones",
    "simulated_pairs",
]

_HOME = {
    "Simulated": "simulate",
    "SimulatedClones": "clone_simulation",
    "chromosome_bins": "simulate",
    "export_onnx": "onnx_export",
    "pair": "pairs",
    "profile_pairs": "pairs",
    "simulate_array": "simulate",
    "simulate_cell": "simulate",
    "simulate_clones": "clone_simulation",
    "simulated_pairs": "pairs",
}


def __getattr__(name: str) -> Any:
    if name == "networks":
        return import_module(f"{__name__}.networks")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
