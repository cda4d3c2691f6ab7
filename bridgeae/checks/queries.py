"""Places with options: ``file.npz?half=test&n=100``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote

from bridgeae.checks.arguments import did_you_mean
from bridgeae.errors import InputError

_MAX_DIGITS = 18  # what 64 bits hold


def split_query(path: str | Path, known: Iterable[str]) -> tuple[str, dict[str, str]]:
    """Split a path into its place and its options, as text; ``%20`` and the like are decoded.

    A path that exists as it is written has no options, even where its name contains a question mark.

    Args:
        path: ``place?key=value&key=value``.
        known: the keys there are.

    Raises:
        InputError: a key is unknown, or has no value.
    """
    known = list(known)
    place, _, tail = str(path).partition("?")
    if os.path.exists(path):
        return str(path), {}
    options: dict[str, str] = {}
    for part in filter(None, tail.split("&")):
        key, _, value = part.partition("=")
        if key not in known:
            hint = did_you_mean(key, known) or f" Known are {', '.join(known)}."
            raise InputError(f"`path` has the unknown option {key!r} in {str(path)!r}.{hint}")
        if not value:
            raise InputError(f"`path` {str(path)!r}: {key} is empty; write {key}=VALUE, or leave it out.")
        options[key] = unquote(value)
    return place, options


def whole_number(key: str, text: str, least: int) -> int:
    """Return the whole number that an option of a path holds. Raises InputError for less than `least`, or for text."""
    if not text.isdecimal() or len(text) > _MAX_DIGITS or int(text) < least:
        raise InputError(f"`path`: {key} must be a whole number, {least} or more, received {text[:40]!r}.")
    return int(text)
