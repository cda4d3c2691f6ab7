from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae.checks import split_query, whole_number
from bridgeae.errors import InputError

KNOWN = ("half", "n")


@given(st.dictionaries(st.sampled_from(KNOWN), st.text(min_size=1, max_size=9)))
def test_options_come_back_as_they_were_written(options: dict[str, str]) -> None:
    try:
        tail = "&".join(f"{key}={quote(value)}" for key, value in options.items())
    except UnicodeEncodeError:
        return
    assert split_query(f"nowhere.npz?{tail}", KNOWN) == ("nowhere.npz", options)


def test_a_path_that_exists_has_no_options(tmp_path: Path) -> None:
    (file := tmp_path / "why?n=3").touch()
    assert split_query(file, KNOWN) == (str(file), {})


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        ("haf=test", "unknown option 'haf' in 'a.csv.haf=test'. Did you mean `half`"),
        ("q", "Known are half, n"),
        ("n", "n is empty"),
    ],
)
def test_a_wrong_option_is_refused(tail: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        split_query(f"a.csv?{tail}", KNOWN)


@pytest.mark.parametrize("text", ["many", "0", "-1", "1.5", "", "\u00b2", "9" * 19])
def test_a_number_is_whole_and_large_enough(text: str) -> None:
    assert whole_number("n", "12", 1) == 12
    with pytest.raises(InputError, match="n must be a whole number, 1 or more, received"):
        whole_number("n", text, 1)
