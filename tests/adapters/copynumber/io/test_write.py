"""Segments and profiles into files: every format to the letter, and back."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from adapters.copynumber.samples import ANY_FOLDER, profiles_of_any_kind, segments_of_any_kind
from bridgeae.errors import InputError, MissingFileError, OutputExistsError
from bridgeae_copynumber import Profile, Segments, read, read_segments, write

TWO = Segments(["S1", "S1"], ["chr1", "chrX"], [0, 0], [200, 100], [2, 1], [-0.05, 0.58], [0.8, 1], [2, 3])


@ANY_FOLDER
@given(profiles_of_any_kind())
def test_profiles_come_back_as_they_were(tmp_path: Path, profiles: list[Profile]) -> None:
    write(profiles, tmp_path / "p.tsv", overwrite=True)
    back = read(tmp_path / "p.tsv")
    assert [p.sample for p in back] == [p.sample for p in profiles]
    for a, b in zip(back, profiles, strict=True):
        for column in ("chrom", "start", "end", "log2"):
            np.testing.assert_array_equal(getattr(a, column), getattr(b, column))


@ANY_FOLDER
@given(segments_of_any_kind())
def test_segments_come_back_as_they_were(tmp_path: Path, segments: Segments) -> None:
    write(segments, tmp_path / "s.tsv", overwrite=True)
    back = read_segments(tmp_path / "s.tsv")
    for column in ("sample", "chrom", "start", "end", "n_bins", "mean", "confidence"):
        np.testing.assert_array_equal(getattr(back, column), getattr(segments, column))
    assert (back.copy_number is None) == (segments.copy_number is None)


@ANY_FOLDER
@given(segments_of_any_kind())
def test_seg_files_keep_everything_but_decimals(tmp_path: Path, segments: Segments) -> None:
    write(segments, tmp_path / "s.seg", overwrite=True)
    back = read_segments(tmp_path / "s.seg")
    for column in ("sample", "chrom", "start", "end", "n_bins"):
        np.testing.assert_array_equal(getattr(back, column), getattr(segments, column))
    np.testing.assert_allclose(back.mean, segments.mean, atol=6e-5)


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (
            "seg",
            "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\nS1\tchr1\t1\t200\t2\t-0.0500\nS1\tchrX\t1\t100\t1\t0.5800\n",
        ),
        (
            "cns",
            "chromosome\tstart\tend\tgene\tlog2\tcn\tprobes\tweight\n"
            "chr1\t0\t200\t-\t-0.0500\t2\t2\t2.0\nchrX\t0\t100\t-\t0.5800\t3\t1\t1.0\n",
        ),
        ("bed", "chr1\t0\t200\tS1|-0.0500\t800\nchrX\t0\t100\tS1|0.5800\t1000\n"),
        (
            "tsv",
            "sample\tchrom\tstart\tend\tnum_mark\tmean\tconfidence\tcopy_number\n"
            "S1\tchr1\t0\t200\t2\t-0.05\t0.8\t2\nS1\tchrX\t0\t100\t1\t0.58\t1.0\t3\n",
        ),
    ],
)
def test_each_text_format_to_the_letter(tmp_path: Path, ending: str, text: str) -> None:
    write(TWO, tmp_path / f"S1.{ending}")
    assert (tmp_path / f"S1.{ending}").read_text() == text


def test_existing_files_are_kept_and_no_part_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "out.seg"
    path.write_text("mine")
    with pytest.raises(OutputExistsError, match=r"out\.seg exists"):
        write(TWO, path)
    assert path.read_text() == "mine"
    write(TWO, path, overwrite=True)
    assert path.read_text().startswith("ID\t")
    with pytest.raises(InputError, match="double quotes"):
        write(Segments(['a"b'], ["1"], [0], [1], [1], [0], [1]), path, overwrite=True)
    assert path.read_text().startswith("ID\t")
    assert os.listdir(tmp_path) == ["out.seg"]


def test_devices_are_written_to_and_links_followed(tmp_path: Path) -> None:
    write(TWO, "/dev/null", format="seg")
    assert not os.path.isfile("/dev/null")
    (tmp_path / "old.seg").write_text("old")
    (tmp_path / "link.seg").symlink_to(tmp_path / "old.seg")
    write(TWO, tmp_path / "link.seg", overwrite=True)
    assert (tmp_path / "link.seg").is_symlink()
    assert (tmp_path / "old.seg").read_text().startswith("ID\t")


def test_unwritable_requests_are_explained(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`data` must be one `Profile` or several, received str"):
        write("bins.tsv", tmp_path / "out.tsv")
    with pytest.raises(InputError, match="`format` must be given"):
        write(TWO, tmp_path / "out.xyz")
    with pytest.raises(InputError, match="`format` must be one of"):
        write(TWO, tmp_path / "out.seg", format="gff")
    with pytest.raises(MissingFileError, match=r"the folder .* is not there"):
        write(TWO, tmp_path / "no" / "out.seg")
    with pytest.raises(OutputExistsError, match="is a folder"):
        write(TWO, tmp_path, format="seg", overwrite=True)
    with pytest.raises(InputError, match="cns holds one sample, received 2"):
        write(Segments.concatenate([TWO, Segments(["b"], ["1"], [0], [1], [1], [0], [1])]), tmp_path / "a.cns")
    with pytest.raises(InputError, match="must be tsv for profiles"):
        write(Profile("S", ["1"], [0], [1], [0]), tmp_path / "p.seg")
    with pytest.raises(InputError, match="`profiles` must be given"):
        write(TWO, tmp_path / "a.h5ad")
