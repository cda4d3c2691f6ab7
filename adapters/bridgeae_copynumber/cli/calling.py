"""The part of `bridgeae-segment` that calls segments: what was asked for, what is printed and what is written."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from bridgeae.errors import InputError
from bridgeae_copynumber.calls import CalledSample, Genome, call_segments, gene_table, genome, name_genes
from bridgeae_copynumber.calls.genomes import bare
from bridgeae_copynumber.io import read_centromeres, write_rows
from bridgeae_copynumber.io.genes import Genes, read_genes
from bridgeae_copynumber.profile import Profile, Segments

MAX_PRINTED = 5
"""Most samples whose sex, centre and solutions are printed."""


@dataclass
class Caller:
    """Call, print and write what the options ask for; files are read when it is made, before any work."""

    options: argparse.Namespace
    genome: Genome | None = None
    genes: Genes | None = None
    samples: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.options.genome:
            self.genome = genome(self.options.genome)
        if self.options.genes:
            self.genes = read_genes(self.options.genes)

    def check(self, profiles: Sequence[Profile]) -> None:
        """Raise InputError if the genome does not fit."""
        for profile in profiles if self.genome else ():
            self.genome.check(profile)  # type: ignore[union-attr]

    def check_genes(self, profiles: Sequence[Profile]) -> None:
        """Raise InputError if there are no genes for the table."""
        if self.options.gene_table and self.genes is None and all(p.gene is None for p in profiles):
            raise InputError("`--gene-table` needs genes: the input has no column gene. Give --genes FILE.")

    def call(
        self, segments: Segments, profiles: list[Profile], normals: Sequence[Profile]
    ) -> tuple[Segments, list[Profile], list[CalledSample]]:
        """Return called segments, centred profiles, and what was decided for each sample."""
        options = self.options
        found = call_segments(
            segments,
            profiles,
            center=options.center or "mode",
            sex=options.sex,
            genome=self.genome,
            normals=normals,
            purity_ploidy=options.purity_ploidy,
        )
        called = found.segments if self.genes is None else name_genes(found.segments, self.genes)
        return called, found.profiles, found.samples

    def report(self, facts: Sequence[CalledSample]) -> None:
        """Keep what was decided for further samples, and print it of the first ones."""
        if not self.options.quiet:
            for fact in facts[: max(MAX_PRINTED - len(self.samples), 0)]:
                _print_fact(fact, self.options.purity_ploidy == "fit")
        self.samples += [
            {**asdict(fact), "solutions": [solution._asdict() for solution in fact.solutions]} for fact in facts
        ]

    def report_rest(self) -> None:
        """Print of how many samples nothing was printed."""
        if len(self.samples) > MAX_PRINTED and not self.options.quiet:
            print(f"note: and {len(self.samples) - MAX_PRINTED} more samples", file=sys.stderr)

    def write_genes(self, segments: Segments, profiles: Sequence[Profile]) -> None:
        """Write the table of genes, if it is asked for."""
        if self.options.gene_table:
            rows = gene_table(segments, profiles, self.genes)
            write_rows(rows, self.options.gene_table, overwrite=self.options.overwrite)

    def extras(self, segments: Segments) -> dict[str, Any]:
        """Return the arguments of `write` beside the segments."""
        contigs = self.genome.contigs(dict.fromkeys(segments.chrom.tolist())) if self.genome else None
        return {"samples": self.samples, "contigs": contigs, "reference": self.genome.name if self.genome else None}


def centromeres(options: argparse.Namespace, profiles: Sequence[Profile]) -> Mapping[str, tuple[int, int]] | None:
    """Return the centromeres of a file or a genome, under the names that the bins have."""
    asked = options.centromeres or options.genome
    if asked is None:
        return None
    names = dict.fromkeys(str(name) for p in profiles for name in p.names)
    if not os.path.exists(asked):
        return genome(asked).spans(names)
    spans = _spans(asked)
    by_bare = {bare(name): span for name, span in spans.items()}
    return {name: by_bare[bare(name)] for name in names if bare(name) in by_bare} or spans


_spans = lru_cache(maxsize=4)(read_centromeres)
"""Centromeres of a file, read once for many samples."""


def _print_fact(fact: CalledSample, fitted: bool) -> None:
    text = f"{fact.sample}: {fact.center:+.3f} is the normal level, sex {fact.sex}, noise {fact.noise:.3f}"
    print(f"note: {text}", file=sys.stderr)
    for k, (purity, ploidy, cost) in enumerate(fact.solutions, start=1):
        chosen = ", taken" if k == 1 else ""
        print(f"note:   solution {k}: purity {purity:g}, ploidy {ploidy:g}, cost {cost:.3f}{chosen}", file=sys.stderr)
    if fitted and not fact.solutions:
        print("note:   no solution: the sample is flat, and is taken as diploid", file=sys.stderr)
