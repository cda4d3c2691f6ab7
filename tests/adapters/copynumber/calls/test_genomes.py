"""Lengths, centromeres and the fit of a genome to a file."""

from __future__ import annotations

import numpy as np
import pytest

from bridgeae.errors import InputError
from bridgeae_copynumber import Profile
from bridgeae_copynumber.calls import GENOMES, genome


def bins(*places: tuple[str, int]) -> Profile:
    chrom, start = [p[0] for p in places], np.array([p[1] for p in places])
    return Profile("S", np.array(chrom), start, start + 1000, np.zeros(len(start)))


@pytest.mark.parametrize("name", GENOMES)
def test_centromeres_and_shared_regions_lie_on_their_chromosomes(name: str) -> None:
    facts = genome(name)
    assert len(facts.lengths) == (21 if name.startswith("mm") else 24)
    assert set(facts.centromeres) >= set(facts.lengths) - {"Y"}
    for chrom, (start, end) in facts.centromeres.items():
        assert 0 < start < end < facts.lengths[chrom]
    for chrom, start, end in facts.par:
        assert 0 <= start < end <= facts.lengths[chrom]
    total = sum(facts.lengths.values())
    assert (2.6e9 < total < 2.8e9) if name.startswith("mm") else (3.0e9 < total < 3.2e9)


@pytest.mark.parametrize(
    ("alias", "name"), [("GRCh38", "hg38"), ("HG19", "hg19"), ("chm13", "t2t"), ("grcm39", "mm39")]
)
def test_other_names_are_known(alias: str, name: str) -> None:
    assert genome(alias).name == name


def test_names_with_and_without_chr_are_matched() -> None:
    facts = genome("hg38")
    assert facts.spans(["1", "chr1", "chrUn"]) == {"1": facts.centromeres["1"], "chr1": facts.centromeres["1"]}
    assert facts.contigs(["chrX", "23", "MT"]) == {"chrX": 156_040_895, "23": 156_040_895}
    in_par = facts.in_par(np.array(["chrX", "X", "Y", "1"]), np.array([1_000_000, 3_000_000, 1_000_000, 1_000_000]))
    assert in_par.tolist() == [True, False, True, False]


def test_accessions_of_refseq_are_chromosomes_of_man_and_mouse() -> None:
    human, mouse = genome("hg38").lengths, genome("mm10").lengths
    names = ["NC_000001.11", "NC_000023.11", "NC_000024.10", "NC_012920.1"]
    assert genome("hg38").contigs(names) == dict(zip(names, [human["1"], human["X"], human["Y"]], strict=False))
    names = ["NC_000067.6", "NC_000085.6", "NC_000086.7", "NC_000087.7", "NC_005089.1"]
    assert genome("mm10").contigs(names) == dict(zip(names, [mouse[c] for c in ("1", "19", "X", "Y")], strict=False))
    genome("hg38").check(bins(("NC_000001.11", 248_900_000)))


def test_a_file_of_another_genome_is_refused_by_name() -> None:
    genome("hg19").check(bins(("chr1", 249_200_000), ("chrUn_gl000220", 0)))
    with pytest.raises(InputError, match=r"hg38 is not that of sample S: chr1 ends at 248,956,422.* fits hg19"):
        genome("hg38").check(bins(("chr1", 249_200_000)))
    with pytest.raises(InputError, match="mm10 is not that of sample S: it has no chromosome 20"):
        genome("mm10").check(bins(("20", 0)))
    with pytest.raises(InputError, match=r"it has none of 2L, 2R.*leave `--genome` out"):
        genome("hg19").check(bins(("2L", 0), ("2R", 0)))
    with pytest.raises(InputError, match="must be one of hg19, hg38, t2t, mm10, mm39, received 'hg17'"):
        genome("hg17")
