"""The part of `bridgeae-segment` for cells: the table of clones, their profiles, and facts of each cell."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from bridgeae_copynumber.io import write, write_rows
from bridgeae_copynumber.profile import Profile, Segments


def write_clones(options: argparse.Namespace, segments: Segments, profiles: Sequence[Profile]) -> dict[str, str]:
    """Write the tables of clones that the options ask for; return the clone of each cell by name."""
    if not (options.clones or options.clone_profiles):
        return {}
    from bridgeae_copynumber.calls import find_clones

    found = find_clones(segments, profiles)
    if options.clones:
        header = ["sample", "clone", "cells"]
        known = {str(row["sample"]): [str(row[name]) for name in header] for row in found.rows()}
        rows = [known.get(p.sample, [p.sample, "NA", "0"]) for p in profiles]  # a cell without values has no clone
        write_rows([header, *rows], options.clones, overwrite=options.overwrite)
    if options.clone_profiles:
        write(found.segments, options.clone_profiles, profiles=found.profiles, overwrite=options.overwrite)
    if not options.quiet:
        sizes = ", ".join(f"{p.sample} {(found.clone == k).sum()}" for k, p in enumerate(found.profiles))
        print(f"note: cells of each clone: {sizes}", file=sys.stderr)
    return {str(row["sample"]): str(row["clone"]) for row in found.rows()}


def facts_of_cells(
    segments: Segments, profiles: Sequence[Profile], called: Sequence[dict[str, Any]], clone: dict[str, str]
) -> list[dict[str, Any]]:
    """Return facts of each cell: noise, segments, ploidy and quality, its clone, and what the calls found."""
    from bridgeae_copynumber.calls import cell_facts

    known = {fact["sample"]: {k: v for k, v in fact.items() if v is not None} for fact in called}
    facts: list[dict[str, Any]] = []
    for fact in cell_facts(segments, profiles):
        name = str(fact["sample"])
        facts.append({**fact, **({"clone": clone[name]} if name in clone else {}), **known.get(name, {})})
    return facts
