from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adapters.copynumber.io.test_layouts import LOG2, RATIO
from adapters.copynumber.io.test_no_profile import MARKS, SEGMENTS
from adapters.copynumber.samples import TABLE, put
from bridgeae.errors import FileFormatError
from bridgeae_copynumber import read_segments
from bridgeae_copynumber.io import read_centromeres

SEG = (
    "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\nS1\tchr1\t1\t100\t1\t0.1\nS1\tchr1\t101\t200\t1\t-0.2\n"
    "S1\tchrX\t1\t100\t1\t0.3\n"
)


def test_segments_of_other_callers_are_read(tmp_path: Path) -> None:
    s = read_segments(put(tmp_path, SEG))
    assert (s.start.tolist(), s.n_bins.tolist(), s.samples) == ([0, 100, 0], [1, 1, 1], ["S1"])
    assert np.isnan(s.confidence).all()
    with pytest.raises(FileFormatError, match="must hold segments"):
        read_segments(put(tmp_path, TABLE))


@pytest.mark.parametrize("kind", [kind for kind in SEGMENTS if kind != "our BED"])
def test_tables_of_segments_that_cannot_be_segmented_are_read_as_segments(tmp_path: Path, kind: str) -> None:
    s = read_segments(put(tmp_path, SEGMENTS[kind], "T.txt"))
    assert len(s) == 50
    level = np.log2(RATIO) if kind == "sequenza" else LOG2
    np.testing.assert_allclose(s.mean, level, atol=1e-4)
    assert s.samples in (["T"], ["pgxbs"])
    assert s.n_bins.tolist() == ([0] * 50 if kind in ("pgxseg", "by width alone") else MARKS)


def test_segments_may_be_one_base_wide(tmp_path: Path) -> None:
    text = "sample\tchrom\tstart\tend\tnum_mark\tseg.mean\nd\tchr22\t5\t5\t1\t0.5\nd\tchr22\t9\t20\t4\t-0.5\n"
    s = read_segments(put(tmp_path, text.replace("num_mark", "num.mark")))
    assert (s.start.tolist(), s.end.tolist()) == ([4, 8], [5, 20])


def test_centromeres_from_cytobands_and_bed(tmp_path: Path) -> None:
    bands = "chr1\t0\t90\tp1\tgneg\nchr1\t90\t100\tp11\tacen\nchr1\t100\t120\tq11\tacen\nchr1\t120\t300\tq1\tgpos50\n"
    assert read_centromeres(put(tmp_path, bands)) == {"chr1": (90, 120)}
    assert read_centromeres(put(tmp_path, "#chrom\tstart\tend\n1\t5\t9\n2\t7\t8\n")) == {"1": (5, 9), "2": (7, 8)}
    with pytest.raises(FileFormatError, match="must hold centromeres"):
        read_centromeres(put(tmp_path, "hello\n"))


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("chr1\t5\t9\tcentromere of one\nchr2\t5\t9\tcen\n", {"chr1": (5, 9), "chr2": (5, 9)}),
        ('track name=x\n"chrom","start","end"\n"chr1",5,9\n', {"chr1": (5, 9)}),
        ("chr1 5 9 acen 0 +\n", {"chr1": (5, 9)}),
        ("chr1\t5\t9\tacen\nchr1\t9\t20\tacen\nchrM\t1\t2\t\tgneg\n", {"chr1": (5, 20)}),
        ("#c\nchr2\t1\t2\nchr1\t5e5\t5.1e5\n", "received 'chr1.*' on line 3"),
        ("chr1\t9\t5\n", "a larger end.* on line 1"),
        ("chr1\t0\t5\tp\nchr1\t9\t20\tq\n", "several rows for chr1"),
        ("chrom\tstart\tend\n", "no row"),
    ],
)
def test_centromere_tables_are_read_or_refused(tmp_path: Path, text: str, spans: dict | str) -> None:
    (tmp_path / "table").write_text(text)
    if isinstance(spans, dict):
        assert read_centromeres(tmp_path / "table") == spans
    else:
        with pytest.raises(FileFormatError, match=spans):
            read_centromeres(tmp_path / "table")
