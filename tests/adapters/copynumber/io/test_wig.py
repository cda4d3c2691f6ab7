from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adapters.copynumber.samples import put
from bridgeae.errors import FileFormatError
from bridgeae_copynumber import read

WIG = "fixedStep chrom=chr1 start=1 step=100 span=100\n0.1\n-0.2\nfixedStep chrom=chrX start=1 step=100\n0.3\n"
BAD = {
    "wig, variable": ("variableStep chrom=1\n5 0.1\n", FileFormatError, "line 1 must read 'fixedStep"),
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
