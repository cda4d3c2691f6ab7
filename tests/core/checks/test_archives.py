"""Zip archives are measured by their table of contents."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

import pytest

from bridgeae.checks import check_zip
from bridgeae.errors import FileFormatError


def test_the_files_of_an_honest_archive_are_listed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.mkdir("b")
        archive.writestr("b/c.txt", "text")
    assert [entry.filename for entry in check_zip(tmp_path / "a.zip")] == ["b/c.txt"]


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive, warnings.catch_warnings(action="ignore"):
        archive.writestr("a", "1")
        archive.writestr("a", "2")
    with pytest.raises(FileFormatError, match="holds 1 files of the same names"):
        check_zip(tmp_path / "a.zip")


def test_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for k in range(9):
            archive.writestr(f"{k}", "")
    monkeypatch.setenv("BRIDGEAE_MAX_ARCHIVE_ENTRIES", "8")
    with pytest.raises(FileFormatError, match="9 exceeds the limit of 8 files in an archive"):
        check_zip(tmp_path / "a.zip")
