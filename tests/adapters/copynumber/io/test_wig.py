from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adapters.copynumber.samples import put
from bridgeae.errors import FileFormatError
from bridgeae_copynumber import read

WIG = "fixedStep chrom=chr1 start=1 step=100 span=100\n0.1\n-0.2\nfixedStep chrom=chrX start=1 step=100\n0.3\n"
BAD = {
    "wig, no chromosome": ("variableStep span=5\n5 0.1\n", FileFormatError, "line 1 must read 'fixedStep"),
    "wig, no position": ("variableStep chrom=1\n5 0.1\n0.3\n", FileFormatError, "line 3 must hold a position"),
    "wig, half a base": ("variableStep chrom=1\n5.5 0.1\n", FileFormatError, "must be whole numbers from 1"),
    "wig, GC": ("track type=wiggle_0 name='GC Percent'\n" + WIG, FileFormatError, "track of the genome .GC Percent"),
    "wig, no start": ("fixedStep chrom=1 step=5\n0.1\n", FileFormatError, "line 1 must read"),
    "wig, text": (WIG + "tall\n", FileFormatError, "line 6 must hold one number, received 'tall'"),
    "wig, no values": ("fixedStep chrom=1 start=1 step=5\n", FileFormatError, "no values"),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.filterwarnings("error")
def test_bad_wig_files_are_refused_with_a_reason(tmp_path: Path, kind: str) -> None:
    text, error, message = BAD[kind]
    with pytest.raises(error, match=message):
        read(put(tmp_path, text))


def test_blocks_may_have_gaps_and_blank_or_missing_values(tmp_path: Path) -> None:
    text = "track type=wiggle_0\n" + WIG + "\nNA\nfixedStep chrom=chrX start=1001 step=100 span=50\n-1\n"
    (p,) = read(put(tmp_path, text))
    assert p.chrom.tolist() == ["chr1"] * 2 + ["chrX"] * 3
    assert (p.start.tolist(), p.end.tolist()) == ([0, 100, 0, 100, 1000], [100, 200, 100, 200, 1050])
    np.testing.assert_array_equal(p.log2, np.float32([0.1, -0.2, 0.3, np.nan, -1]))


def test_variable_steps_give_a_position_a_line(tmp_path: Path) -> None:
    text = "#c\ntrack type=wiggle_0\nvariableStep chrom=chr1 span=50\n1 0.5\n101 -0.25\n\n"
    text += "variableStep chrom=chrX\n7\t-1.5\n"
    (p,) = read(put(tmp_path, text))
    assert p.chrom.tolist() == ["chr1", "chr1", "chrX"]
    assert (p.start.tolist(), p.end.tolist()) == ([0, 100, 6], [50, 150, 7])
    assert p.log2.tolist() == [0.5, -0.25, -1.5]


def test_variable_steps_without_a_span_are_as_wide_as_their_grid(tmp_path: Path) -> None:
    text = "variableStep chrom=1\n" + "".join(f"{1000 * k + 1} {-1 if k % 2 else 0.5}\n" for k in range(20))
    (p,) = read(put(tmp_path, text))
    assert (p.start[1], p.end[1]) == (1000, 2000)
    assert any("1,000 bases wide" in note for note in p.notes)
