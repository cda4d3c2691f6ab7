"""Reading bytes, lines and JSON within limits."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae.checks import check_inside, check_ordinary, limited_lines, parse_json, read_limited, read_small
from bridgeae.errors import BundleError, FileFormatError


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=4))
def test_what_is_read_is_what_gzip_packed_in_any_number_of_members(parts: list[bytes]) -> None:
    whole = b"".join(parts)
    assert read_limited(io.BytesIO(b"".join(map(gzip.compress, parts))), "x") == whole
    if not whole.startswith(b"\x1f\x8b"):
        assert read_limited(io.BytesIO(whole), "x") == whole


def test_a_line_is_measured_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGEAE_MAX_LINE_BYTES", str(3 << 20))
    line = b"1" * ((3 << 20) - 1) + b"\n"
    assert len(read_limited(io.BytesIO(line * 3), "x")) == 3 * len(line)
    with pytest.raises(FileFormatError, match=r"x has a line that is too long: .* the limit of 3,145,728"):
        read_limited(io.BytesIO(b"1" * (5 << 20)), "x")


def test_lines_are_those_of_the_file_until_one_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGEAE_MAX_LINE_BYTES", "5")
    assert list(limited_lines(io.StringIO("abcd\nef"), "x")) == ["abcd\n", "ef"]
    with pytest.raises(FileFormatError, match="line that is too long"):
        list(limited_lines(io.StringIO("abcdefgh\n"), "x"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "the key 'c' is there twice"),
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ("9" * 5000, "is damaged"),
        ('{"a"', "is damaged"),
    ],
)
def test_json_that_is_damaged_is_refused(text: str, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        parse_json(text, "m.json", error=BundleError)


def test_only_ordinary_files_are_read(tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/zero"), tmp_path / "gone", tmp_path / ("a" * 5000), tmp_path / "a\0b"):
        with pytest.raises(FileFormatError, match=r"is no ordinary file|cannot be read"):
            check_ordinary(path)


def test_a_link_that_leads_out_of_a_folder_is_refused_unless_it_is_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder := tmp_path / "photos").mkdir()
    (tmp_path / "secret").write_text("x")
    (folder / "own").write_text("x")
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "in").symlink_to(folder / "own")
    check_inside(folder / "in", folder)
    with pytest.raises(FileFormatError, match="is a symbolic link that leads out of"):
        check_inside(folder / "out", folder)
    monkeypatch.setenv("BRIDGEAE_FOLLOW_LINKS", "1")
    check_inside(folder / "out", folder)


def test_a_small_file_is_one_within_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_text("12345")
    assert read_small(tmp_path / "a.json", "json_bytes") == "12345"
    monkeypatch.setenv("BRIDGEAE_MAX_JSON_BYTES", "4")
    with pytest.raises(FileFormatError, match="5 exceeds the limit of 4 bytes of a manifest"):
        read_small(tmp_path / "a.json", "json_bytes")
