from __future__ import annotations

from pathlib import Path

import pytest

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.plotting.serving import SegmentPage


def test_an_answer_is_a_page_of_the_genome(tmp_path: Path) -> None:
    path = tmp_path / "tumour.tsv"
    rows = [f"chr1\t{k * 1000}\t{k * 1000 + 1000}\t{(k > 60) + (k * 7 % 5 - 2) / 20:.3f}" for k in range(120)]
    path.write_text("\n".join(["chromosome\tstart\tend\tlog2", *rows]))
    page = SegmentPage().answer(path, 0)["document"]
    assert "<title>tumour</title>" in page and "120 bins, 2 segments." in page


def test_what_is_no_profile_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("hello")
    with pytest.raises(FileFormatError):
        SegmentPage().answer(tmp_path / "a.tsv", 0)
