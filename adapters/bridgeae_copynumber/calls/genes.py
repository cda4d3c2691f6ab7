"""Genes of segments, from the bins or from a file, and a table with a row a gene."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from bridgeae_copynumber.calls.description import NO_GENE, segment_bins
from bridgeae_copynumber.calls.genomes import bare
from bridgeae_copynumber.io.genes import Genes
from bridgeae_copynumber.profile import Profile, Segments

COLUMNS = ("sample", "gene", "chrom", "start", "end", "log2", "call", "probability", "copies", "segment")
Hit = tuple[int, str, int, int]
"""A segment, the name of one of its genes, and the gene's start and end."""


def name_genes(segments: Segments, genes: Genes) -> Segments:
    """Return segments with the names of the genes that they overlap, whether or not the names of chromosomes have chr.

    Args:
        segments: of any number of samples.
        genes: as `bridgeae_copynumber.io.read_genes` returns them.
    """
    names: list[dict[str, None]] = [{} for _ in range(len(segments))]
    for k, name, _, _ in _overlaps(segments, genes):
        names[k][name] = None
    return replace(segments, gene=np.array([",".join(found) or "-" for found in names], np.object_))


def gene_table(segments: Segments, profiles: Sequence[Profile], genes: Genes | None = None) -> Iterable[list[str]]:
    """Return the header and the rows of a table of genes: `COLUMNS`, a row for each gene and segment that meet.

    A gene in two segments has a breakpoint inside, and two rows.

    Args:
        segments: called or not, of all profiles.
        profiles: their column `gene` gives the genes where `genes` is None.
        genes: from a file.
    """
    yield list(COLUMNS)
    by_name = {p.sample: p for p in profiles}
    for name, part in segments.by_sample():
        hits = _in_bins(part, by_name[name]) if genes is None else _overlaps(part, genes)
        for k, gene, start, end in hits:
            yield _row(part, k, gene, start, end)


def _row(s: Segments, k: int, gene: str, start: int, end: int) -> list[str]:
    call = "NA" if s.call is None else str(s.call[k])
    probability = "NA" if s.probability is None or np.isnan(s.probability[k]) else f"{s.probability[k]:.4f}"
    copies = "NA" if s.copy_number is None else str(s.copy_number[k])
    place = f"{s.chrom[k]}:{s.start[k] + 1}-{s.end[k]}"
    level = f"{s.mean[k]:.4f}"
    return [str(s.sample[k]), gene, str(s.chrom[k]), str(start), str(end), level, call, probability, copies, place]


def _overlaps(segments: Segments, genes: Genes) -> Iterable[Hit]:
    """Return genes and segments that overlap, segment by segment."""
    bare_names = {name: bare(name) for name in np.unique(genes.chrom).tolist()}
    chrom = np.array([bare_names[c] for c in genes.chrom.tolist()], np.str_)
    rows = {name: np.flatnonzero(chrom == bare(name)) for name in dict.fromkeys(segments.chrom.tolist())}
    places = zip(segments.chrom.tolist(), segments.start.tolist(), segments.end.tolist(), strict=True)
    for k, (name, a, b) in enumerate(places):
        here = rows[name]
        for row in here[(genes.start[here] < b) & (genes.end[here] > a)].tolist():
            yield k, genes.name[row], int(genes.start[row]), int(genes.end[row])


def _in_bins(segments: Segments, profile: Profile) -> Iterable[Hit]:
    """Return the genes that the bins of a profile name, segment by segment."""
    if profile.gene is None:
        return
    present, starts = segment_bins(segments, profile)
    for k, bins in enumerate(np.split(present, starts[1:])):
        spans: dict[str, tuple[int, int]] = {}
        places = zip(profile.gene[bins].tolist(), profile.start[bins].tolist(), profile.end[bins].tolist(), strict=True)
        for names, a, b in places:
            for gene in names.split(","):
                low, high = spans.get(gene, (a, b))
                spans[gene] = (min(low, a), max(high, b))
        for gene, (a, b) in spans.items():
            if gene not in NO_GENE:
                yield k, gene, a, b
