"""What a page sends becomes a file with a checked name in a private folder, which an adapter reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bridgeae.errors import InputError

_ENDING = re.compile(r"(\.[a-z0-9]{1,8}){1,2}")


def endings(adapter: object) -> list[str]:
    """Return the file endings that an adapter declares; none where it reads any."""
    return [str(ending).lower() for ending in getattr(adapter, "suffixes", ())]


def safe_name(name: str, allowed: Sequence[str]) -> str:
    """Return the name under which an upload is kept: letters, digits, points and dashes, and an ending that is allowed.

    Raises:
        InputError: the ending is missing, odd, or none of `allowed` (any where that is empty).
    """
    base = re.split(r"[\\/]", name)[-1].strip()
    lower = base.lower()
    if allowed:
        ending = max((e for e in allowed if lower.endswith(e)), key=len, default="")
    else:
        ending = "".join(Path(lower).suffixes[-2:])
        ending = ending if _ENDING.fullmatch(ending) else Path(lower).suffix
    if not ending or not _ENDING.fullmatch(ending):
        expected = f"It has to end in {', '.join(allowed)}." if allowed else "Its name needs an ending, such as .csv."
        raise InputError(f"{_shown(base)} is no file that this model reads. {expected}")
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", base[: -len(ending)]).strip("-")[:60]
    return (stem or "file") + ending


@contextmanager
def upload(content: bytes, name: str) -> Iterator[Path]:
    """Keep content under a safe name in a folder that only this user can open, for as long as the block runs."""
    with TemporaryDirectory(prefix="bridgeae-") as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        yield path


def _shown(name: str) -> str:
    printable = "".join(c for c in name if c.isprintable())[:60]
    return f"`{printable}`" if printable else "A file without a name"
