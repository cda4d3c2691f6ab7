"""The HTML page: one file, with all of its data, that needs no network."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from adapters.copynumber.samples import genome as sample_genome
from bridgeae.errors import InputError, OutputExistsError
from bridgeae_copynumber import read_segments, segment, write
from bridgeae_copynumber.calls import call_segments
from bridgeae_copynumber.cli import main
from bridgeae_copynumber.plotting import write_page


def content(path: Path) -> dict[str, list[dict[str, object]]]:
    found = re.search(r'id="data">(.*?)</script>', path.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_bins_segments_and_genes_are_in_the_page(tmp_path: Path) -> None:
    gene = np.array([f"G{k // 20},-" for k in range(240)], np.object_)
    bins = replace(sample_genome("S"), gene=gene)
    called = call_segments(segment(bins), bins)
    write_page(called.profiles, called.segments, tmp_path / "p.html")
    data = content(tmp_path / "p.html")
    (sample,) = data["samples"]
    assert sum(len(values) for _, _, values in sample["bins"]) == 240  # type: ignore[attr-defined]
    rows = sample["segments"]
    assert [r["call"] for r in rows[:3]] == ["neutral", "gain", "neutral"]  # type: ignore[index]
    assert rows[0]["lo"] < rows[0]["log2"] < rows[0]["hi"]  # type: ignore[index]
    assert [c[0] for c in data["chroms"]] == ["chr1", "chr2", "chrX"]  # type: ignore[index]
    assert data["genes"]["g1"] == [0, 20_000, 40_000, "G1"]  # type: ignore[call-overload]


def test_it_refers_to_nothing_outside_and_escapes_names(tmp_path: Path) -> None:
    bins = replace(sample_genome("S"), sample="</script><b>&")
    write_page(bins, segment(bins), tmp_path / "p.html")
    text = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|src=|@import|<link", text)
    assert text.count("</script>") == 2 and "<title>&lt;/script&gt;" in text
    assert content(tmp_path / "p.html")["samples"][0]["name"] == "</script><b>&"


def test_the_command_writes_it_beside_the_segments(tmp_path: Path) -> None:
    write([replace(sample_genome("A"), sample=name) for name in ("A", "B")], tmp_path / "c.tsv")
    page = tmp_path / "c.html"
    assert main([str(tmp_path / "c.tsv"), "--call", "-o", f"{tmp_path}/c.bed", "--plot", str(page), "-q"]) == 0
    assert [s["name"] for s in content(page)["samples"]] == ["A", "B"]
    assert "sex female" in str(content(page)["samples"][0]["facts"])
    assert main([str(tmp_path / "c.tsv"), "-o", f"{tmp_path}/d.seg", "--plot", f"{tmp_path}/d.html", "-q"]) == 0
    drawn = [len(s["segments"]) for s in content(tmp_path / "d.html")["samples"]]  # type: ignore[arg-type]
    assert len(read_segments(tmp_path / "d.seg")) == sum(drawn)


def test_existing_pages_and_no_profiles_are_refused(tmp_path: Path) -> None:
    bins = sample_genome("S")
    (tmp_path / "p.html").write_text("mine")
    with pytest.raises(OutputExistsError):
        write_page(bins, segment(bins), tmp_path / "p.html")
    with pytest.raises(InputError, match="at least one profile"):
        write_page([], segment(bins), tmp_path / "q.html")
