"""No table of any layout breaks a reader: it is read, or refused in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.copynumber.io.test_read import attempt
from adapters.copynumber.samples import ANY_FOLDER, put
from bridgeae_copynumber import read, read_segments
from bridgeae_copynumber.io import read_centromeres
from bridgeae_copynumber.io.genes import read_genes
from bridgeae_copynumber.io.roles import ANNOTATION, ROLES, SAMPLE_NAMES, SEGMENT_BINS, SEGMENT_WORDS
from bridgeae_copynumber.io.tracks import read_track

NAMES = [
    *[name for names in ROLES.values() for name in names], *SAMPLE_NAMES, *sorted(ANNOTATION), *SEGMENT_BINS,
    *sorted(SEGMENT_WORDS), "S1.logR", "S1_count", "S1.BAF", "CONTIG", "chr_start", "REF_COUNT", "ALT_COUNT",
    "tumorGCRatio", "x", "chr1:1-9",
]  # fmt: skip
FIELDS = [
    *"1 2 X chr1 0 5 9 10 100 250000000 3000000000 -1 0.5 -0.25 1e5 1e400 inf NA . + - S1".split(),
    *"chr1:1-9 chr1_0_9 S1|0.5 0x1 1_0".split(), "",
]  # fmt: skip
TOPS = [
    "", "#c\n", "@HD\tVN:1.6\n@RG\tID:1\tSM:T\n", 'track name="T"\n', "track name=\n", "[Header]\n[Data]\n", "##x\n",
    "variableStep chrom=1\n", "variableStep chrom=1 span=5\n", "fixedStep chrom=1 start=1 step=5\n", "\n",
    "#chr\tstart\tend\tx\n",
]  # fmt: skip
rows = st.integers(1, 8).flatmap(
    lambda width: st.lists(st.lists(st.sampled_from(FIELDS), min_size=width, max_size=width), min_size=1, max_size=30)
)
regular = st.tuples(st.sampled_from([1, 5, 1000, 20_000_000]), st.integers(1, 40), st.lists(st.sampled_from(FIELDS)))


pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")
HEADS: list[list[str]] = [[], ["chrom", "start", "end"], ["chr", "pos", "abspos"], ["Target"]]


def check(path: Path) -> None:
    profiles = attempt(read, path)
    for p in profiles or ():
        assert len(p) and np.isfinite(p.log2[~p.missing]).all() and (p.end > p.start).all()
    for reader in (read_segments, read_centromeres, read_genes, lambda path: read_track(path, "--gc").spans):
        found = attempt(reader, path)
        assert found is None or len(found)


@ANY_FOLDER
@given(st.sampled_from(TOPS), st.booleans(), rows, st.sampled_from(["\t", ",", " "]), st.data())
def test_no_table_of_known_names_breaks_a_reader(
    tmp_path: Path, top: str, headed: bool, fields: list[list[str]], separator: str, data: st.DataObject
) -> None:
    head = [data.draw(st.lists(st.sampled_from(NAMES), min_size=len(fields[0]), max_size=len(fields[0])))] * headed
    check(put(tmp_path, top + "\n".join(separator.join(row) for row in head + fields)))


@ANY_FOLDER
@given(
    st.sampled_from(TOPS),
    regular,
    st.sampled_from([[], ["chrom", "start", "end"], ["chr", "pos", "abspos"], ["Target"]]),
)
def test_no_regular_bins_break_a_reader(
    tmp_path: Path, top: str, grid: tuple[int, int, list[str]], names: list[str]
) -> None:
    step, n, values = grid
    fields = [["1", str(k * step + 1), str((k + 1) * step), *values] for k in range(n)]
    if names == ["Target"]:
        fields = [[f"chr{c}:{a}-{b}", *rest] for c, a, b, *rest in fields]
    head = [[*names, *(f"S{k}" for k in range(len(values)))]] if names else []
    check(put(tmp_path, top + "\n".join("\t".join(row) for row in head + fields)))
