"""Limits: each can be raised, and their messages say how."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridgeae.checks import LIMITS, check_growth, check_limit, limit
from bridgeae.errors import BridgeError, FileFormatError, InputError


@pytest.mark.parametrize("name", [name for name in LIMITS if name != "follow_links"])
def test_every_limit_is_raised_by_the_variable_that_its_message_names(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = limit(name) + 1
    with pytest.raises(FileFormatError, match="If you trust it, set BRIDGEAE_MAX_") as caught:
        check_limit(name, asked, "this file")
    variable = str(caught.value).split(" set ")[1].split()[0]
    monkeypatch.setenv(variable, str(asked))
    check_limit(name, asked, "this file")


@pytest.mark.parametrize("text", ["many", "-1", "1e9", "9" * 30])
def test_a_limit_that_is_no_number_is_refused_by_name(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGEAE_MAX_COLUMNS", text)
    with pytest.raises(InputError, match="`BRIDGEAE_MAX_COLUMNS` must be a whole number"):
        limit("columns")


def test_a_small_file_may_grow_to_64_mib_and_a_hundredfold_above() -> None:
    check_growth(1, 64 << 20, "x")
    check_growth(1 << 20, 100 << 20, "x")
    with pytest.raises(FileFormatError, match="x would unpack to 101 MiB: 101 times its size, the limit is 100"):
        check_growth(1 << 20, 101 << 20, "x")


def test_the_guide_names_every_limit_with_its_default() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guides" / "promises.md").read_text(encoding="utf-8")
    for name, (default, unit) in LIMITS.items():
        assert re.search(
            rf"^\| `BRIDGEAE_\w*{name.upper()}` \| {default:,} \| {re.escape(unit)} \|$", guide, re.MULTILINE
        )


def test_the_error_is_the_one_asked_for() -> None:
    with pytest.raises(BridgeError) as caught:
        check_limit("columns", 10**9, "x", error=InputError)
    assert type(caught.value) is InputError
