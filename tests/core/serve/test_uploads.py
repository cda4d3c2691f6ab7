from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae.errors import InputError
from bridgeae.serve.uploads import safe_name, upload


@given(name=st.text(max_size=80), ending=st.sampled_from([".png", ".PNG", ".tar.gz", ".csv"]))
def test_any_name_becomes_a_plain_one(name: str, ending: str) -> None:
    kept = safe_name(name + ending, [".png", ".tar.gz", ".csv"])
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.png|\.tar\.gz|\.csv)", kept) and len(kept) <= 70


@pytest.mark.parametrize(
    ("name", "allowed", "kept"),
    [
        ("my photo (1).JPG", [".jpg"], "my-photo-1.jpg"),
        ("sample.cnr.gz", [], "sample.cnr.gz"),
        ("v1.2.final_data.tsv", [], "v1-2-final_data.tsv"),
        ("C:\\photos\\a.png", [".png"], "a.png"),
        ("фото.png", [".png"], "file.png"),
    ],
)
def test_what_says_something_is_kept(name: str, allowed: list[str], kept: str) -> None:
    assert safe_name(name, allowed) == kept


@pytest.mark.parametrize("name", ["", "noending", ".", "..", "a.", "a.ex e", "a." + "b" * 20])
def test_a_name_without_a_plain_ending_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="needs an ending"):
        safe_name(name, [])


def test_an_upload_lasts_as_long_as_its_block() -> None:
    with upload(b"abc", "a.txt") as path:
        assert path.read_bytes() == b"abc" and path.parent.stat().st_mode & 0o777 == 0o700
    assert not path.parent.exists()
