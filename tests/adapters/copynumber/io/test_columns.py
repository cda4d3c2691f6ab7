from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adapters.copynumber.samples import put
from bridgeae_copynumber import Segments, read, read_segments, write
from bridgeae_copynumber.io.columns import to_base_pairs

ONE_APART = ["1\t11\t20\t0", "1\t21\t30\t-1", "1\t31\t40\t1", "1\t41\t50\t0"]


@pytest.mark.parametrize("odd", [0.5, np.nan, np.inf, 2.0**53, -(2.0**53)])
def test_positions_are_whole_numbers_of_base_pairs(odd: float) -> None:
    for values, wrong in (([1.0, -2.0, 3e9], []), ([1.0, odd, 3e9], [1])):
        position, bad = to_base_pairs(np.array(values), 1)
        assert np.flatnonzero(bad).tolist() == wrong
        assert position[[0, 2]].tolist() == [1, 3_000_000_000]


def test_positions_alone_count_from_one_and_bin_numbers_from_zero(tmp_path: Path) -> None:
    (probe,) = read(put(tmp_path, "chrom\tPosition\tlog2\n1\t5\t0\n1\t5\t1\n1\t9\t-1\n"))
    assert (probe.start.tolist(), probe.end.tolist()) == ([4, 4, 8], [5, 5, 9])
    (number,) = read(put(tmp_path, "chrom\tbin\tlog2\n1\t5\t0\n1\t6\t1\n"))
    assert number.start.tolist() == [5, 6]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [2, 0, 3, 1], [0, 0, 1, 1, 2, 2, 3, 3]])
def test_one_based_tables_are_recognised_in_any_order(tmp_path: Path, order: list[int]) -> None:
    rows = [f"{'ab'[k % 2 * (len(order) > 4)]}\t{ONE_APART[i]}\n" for k, i in enumerate(order)]
    for p in read(put(tmp_path, "sample\tchrom\tstart\tend\tlog2\n" + "".join(rows)), sort=True):
        assert p.start.tolist() == [10, 20, 30, 40]
        assert any("1-based and closed" in note for note in p.notes)


def test_tables_of_cnvkit_and_bridgeae_are_zero_based(tmp_path: Path) -> None:
    rows = [row.split("\t") for row in ONE_APART]
    cnr = "chromosome\tstart\tend\tgene\tlog2\n" + "".join("\t".join([*r[:3], "-", r[3]]) + "\n" for r in rows)
    (p,) = read(put(tmp_path, cnr))
    assert (p.start.tolist(), p.notes) == ([11, 21, 31, 41], ())
    segments = Segments(["S1"] * 4, p.chrom, p.start, p.end, [1] * 4, [0.0] * 4, [1.0] * 4)
    for name in ("S1.tsv", "S1.cns"):
        write(segments, tmp_path / name, overwrite=True)
        assert read_segments(tmp_path / name).start.tolist() == [11, 21, 31, 41]


@pytest.mark.parametrize("name", ["chr1", "1", "X", "Ⅳ", "scaffold_12|x", "NA", "MT"])
def test_chromosome_names_are_kept_as_given(tmp_path: Path, name: str) -> None:
    (p,) = read(put(tmp_path, f"chrom\tstart\tend\tlog2\n{name}\t0\t9\t-1\n"))
    assert p.names.tolist() == [name]


def test_bins_that_end_on_their_first_base_count_from_one(tmp_path: Path) -> None:
    (p,) = read(put(tmp_path, "chrom\tstart\tend\tlog2\n1\t5\t9\t0\n1\t20\t20\t-1\n"))
    assert (p.start.tolist(), p.end.tolist()) == ([4, 19], [9, 20])
    assert any("end on the base on which they start" in note for note in p.notes)


def test_bins_may_overlap_by_one_base(tmp_path: Path) -> None:
    (p,) = read(put(tmp_path, "chrom\tstart\tend\tlog2\n1\t0\t10\t0\n1\t9\t10\t-1\n1\t10\t20\t0\n"))
    assert len(p) == 3
