"""After the segments: baseline, sex, gain and loss, purity and ploidy, genes, confidence intervals.

Names are loaded when they are first used: most runs of `bridgeae-segment` need none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bridgeae_copynumber.calls.names import CENTRES, GENOMES, SEXES, STATES

if TYPE_CHECKING:
    from bridgeae_copynumber.calls.call import CalledSample, Calls, call_segments
    from bridgeae_copynumber.calls.cells import cell_facts
    from bridgeae_copynumber.calls.centring import baseline
    from bridgeae_copynumber.calls.clones import Clones, find_clones
    from bridgeae_copynumber.calls.description import describe
    from bridgeae_copynumber.calls.genes import gene_table, name_genes
    from bridgeae_copynumber.calls.genomes import Genome, genome
    from bridgeae_copynumber.calls.purity import Solution, fit_purity_ploidy
    from bridgeae_copynumber.calls.sex import SexLevels, sex_levels
    from bridgeae_copynumber.calls.states import CalledStates, call_states

__all__ = [
    "CENTRES",
    "GENOMES",
    "SEXES",
    "STATES",
    "CalledSample",
    "CalledStates",
    "Calls",
    "Clones",
    "Genome",
    "SexLevels",
    "Solution",
    "baseline",
    "call_segments",
    "call_states",
    "cell_facts",
    "describe",
    "find_clones",
    "fit_purity_ploidy",
    "gene_table",
    "genome",
    "name_genes",
    "sex_levels",
]

_HOME = {
    "CalledSample": "call",
    "CalledStates": "states",
    "Calls": "call",
    "Clones": "clones",
    "Genome": "genomes",
    "SexLevels": "sex",
    "Solution": "purity",
    "baseline": "centring",
    "call_segments": "call",
    "call_states": "states",
    "cell_facts": "cells",
    "describe": "description",
    "find_clones": "clones",
    "fit_purity_ploidy": "purity",
    "gene_table": "genes",
    "genome": "genomes",
    "name_genes": "genes",
    "sex_levels": "sex",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
