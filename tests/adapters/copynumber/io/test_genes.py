"""Genes from the files of the field."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from adapters.copynumber.samples import put
from bridgeae.errors import FileFormatError, MissingFileError
from bridgeae_copynumber.io.genes import read_genes

ATTRIBUTES = 'gene_id "ENSG1"; gene_name "TP53"; level 2'
FILES = {
    "refFlat": "TP53\tNM_1\tchr17\t-\t100\t900\t1\t2\t1\t100,\t900,\n"
    "TP53\tNM_2\tchr17\t-\t50\t400\t1\t2\t1\t50,\t400,\n"
    "MYC\tNM_3\tchr8\t+\t10\t90\t1\t2\t1\t10,\t90,\n",
    "refGene": "585\tNM_1\tchr17\t-\t50\t900\t1\t2\t1\t50,\t900,\t0\tTP53\tcmpl\tcmpl\t0,\n"
    "585\tNM_3\tchr8\t+\t10\t90\t1\t2\t1\t10,\t90,\t0\tMYC\tcmpl\tcmpl\t0,\n",
    "gtf": f"#!genome-build GRCh38\nchr17\tHAVANA\tgene\t51\t900\t.\t-\t.\t{ATTRIBUTES}\n"
    f"chr17\tHAVANA\texon\t51\t60\t.\t-\t.\t{ATTRIBUTES}\n"
    'chr8\tHAVANA\tgene\t11\t90\t.\t+\t.\tgene_id "ENSG2"; gene_name "MYC";\n',
    "exons.gtf": f"chr17\tucsc\texon\t51\t600\t.\t-\t.\t{ATTRIBUTES}\n"
    f"chr17\tucsc\texon\t600\t900\t.\t-\t.\t{ATTRIBUTES}\n"
    'chr8\tucsc\texon\t11\t90\t.\t+\t.\tgene_id "ENSG2"; gene_name "MYC";\n',
    "gff3": "##gff-version 3\nchr17\tx\tgene\t51\t900\t.\t-\t.\tID=gene:ENSG1;Name=TP53;biotype=protein_coding\n"
    "chr8\tx\tgene\t11\t90\t.\t+\t.\tID=gene:ENSG2;Name=MYC\n",
    "bed": "track name=genes\nchr17\t50\t900\tTP53\nchr8\t10\t90\tMYC\t0\t+\n",
}


@pytest.mark.parametrize("kind", FILES)
def test_each_format_gives_the_same_genes(tmp_path: Path, kind: str) -> None:
    found = read_genes(put(tmp_path, FILES[kind], f"genes.{kind}"))
    rows = zip(found.name, found.chrom, found.start, found.end, strict=True)
    assert [tuple(map(str, r)) for r in rows] == [("TP53", "chr17", "50", "900"), ("MYC", "chr8", "10", "90")]
    packed = read_genes(put(tmp_path, gzip.compress(FILES[kind].encode()), "genes.gz"))
    assert packed.name.tolist() == found.name.tolist()


def test_copies_of_a_gene_that_lie_apart_stay_apart(tmp_path: Path) -> None:
    found = read_genes(put(tmp_path, "1\t0\t10\tU1\n1\t5\t20\tU1\n1\t500\t510\tU1\n", "g.bed"))
    assert len(found) == 2 and found.start.tolist() == [0, 500] and found.end.tolist() == [20, 510]


@pytest.mark.parametrize("text", ["chrom\tstart\tend\n1\t0\t10\n", "1\t0\t10\n", "a b c\n"])
def test_files_without_names_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FileFormatError, match="must hold genes: refFlat, GTF, GFF, or BED"):
        read_genes(put(tmp_path, text, "g.bed"))
    with pytest.raises(MissingFileError):
        read_genes(tmp_path / "absent")
