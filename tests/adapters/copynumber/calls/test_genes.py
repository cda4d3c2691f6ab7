"""Genes of segments."""

from __future__ import annotations

import numpy as np

from adapters.copynumber.samples import profile, segments
from bridgeae_copynumber.calls import gene_table, name_genes
from bridgeae_copynumber.io.genes import Genes

GENES = Genes(np.array(["A", "B", "C", "D"], np.object_), np.array(["chr1", "chr1", "chr1", "chr2"]),
              np.array([0, 40, 50, 0]), np.array([10, 60, 55, 10]))  # fmt: skip


def test_overlap_counts_and_touching_does_not() -> None:
    found = name_genes(segments([5, 5], [0, 1], chrom="1"), GENES)
    assert found.gene is not None and found.gene.tolist() == ["A,B", "B,C"]
    assert name_genes(segments([5], [0], chrom="3"), GENES).gene.tolist() == ["-"]  # type: ignore[union-attr]


def test_a_gene_with_a_breakpoint_has_two_rows() -> None:
    bins = profile(np.zeros(10), ["1"] * 10, "S")
    head, *rows = gene_table(segments([5, 5], [0, 1]), [bins], GENES)
    assert head[:6] == ["sample", "gene", "chrom", "start", "end", "log2"]
    assert [(r[1], r[5], r[6], r[9]) for r in rows] == [
        ("A", "0.0000", "NA", "1:1-50"),
        ("B", "0.0000", "NA", "1:1-50"),
        ("B", "1.0000", "NA", "1:51-100"),
        ("C", "1.0000", "NA", "1:51-100"),
    ]
