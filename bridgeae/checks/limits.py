"""How much a file or a request may ask for, and the environment variable that allows more."""

from __future__ import annotations

import os
from typing import NamedTuple

from bridgeae.errors import BridgeError, FileFormatError, InputError


class Limit(NamedTuple):
    """A limit: its value unless the environment says otherwise, and its unit in words."""

    default: int
    unit: str


LIMITS = {
    "memory_bytes": Limit(8 * 2**30, "bytes in memory from one file or request"),
    "growth": Limit(100, "times the packed size, for what unpacks to more than 64 MiB"),
    "line_bytes": Limit(16 * 2**20, "bytes a line of text"),
    "columns": Limit(100_000, "columns of a table of bins"),
    "picture_pixels": Limit(36_000_000, "pixels of a picture in memory"),
    "entry_bytes": Limit(100 * 2**20, "bytes of one picture in an archive"),
    "archive_entries": Limit(200_000, "files in an archive"),
    "objects": Limit(10_000, "groups and arrays in an HDF5 file"),
    "json_bytes": Limit(4 * 2**20, "bytes of a manifest or an architecture"),
    "yaml_bytes": Limit(64 * 2**10, "bytes of a run file, its aliases written out"),
    "depth": Limit(100, "levels of a run file"),
    "model_bytes": Limit(2 * 2**30, "bytes of one file of a model"),
    "layers": Limit(1_000, "layers of a network"),
    "latent_size": Limit(100_000, "numbers in a latent"),
    "samples": Limit(100_000_000, "samples that a path asks for"),
    "classes": Limit(100_000, "classes that a path names"),
    "follow_links": Limit(0, "1 lets folders hold symbolic links to other places"),
}
"""Every limit by name. The environment variable ``BRIDGEAE_MAX_LINE_BYTES`` replaces the limit ``line_bytes``."""

_HARMLESS_BYTES = 64 * 2**20


def limit(name: str) -> int:
    """Return a limit of `LIMITS`.

    Raises:
        InputError: its environment variable is no whole number.

    Example:
        >>> limit("columns")
        100000
    """
    text = os.environ.get(_variable(name), "")
    if text and not (text.isdecimal() and len(text) < 19):
        raise InputError(f"`{_variable(name)}` must be a whole number, received {text[:40]!r}.")
    return int(text) if text else LIMITS[name].default


def check_limit(name: str, asked: int, what: str, *, error: type[BridgeError] = FileFormatError) -> None:
    """Raise an error where more is asked for than a limit allows.

    Args:
        name: of the limit.
        asked: how much.
        what: who asks, the start of the message: "`path` bins.tsv has a line".
        error: the class to raise.

    Example:
        >>> check_limit("columns", 3, "`path` bins.tsv has a line")
    """
    if asked > (most := limit(name)):
        unit = LIMITS[name].unit
        raise error(
            f"{what}: {asked:,} exceeds the limit of {most:,} {unit}. If you trust it, set {_variable(name)} higher."
        )


def check_growth(packed: int, unpacked: int, what: str, *, held: bool = True) -> None:
    """Raise FileFormatError where data unpack to far more than the file that holds them, as bombs do.

    Args:
        packed: bytes of the file.
        unpacked: bytes that it unpacks to, as far as known.
        what: the start of the message.
        held: whether all of it is in memory at once.

    Example:
        >>> check_growth(1_000_000, 90_000_000, "`path` x.npz")
    """
    if held:
        check_limit("memory_bytes", unpacked, what)
    if unpacked > _HARMLESS_BYTES and unpacked > limit("growth") * max(packed, 1):
        raise FileFormatError(
            f"{what} would unpack to {unpacked >> 20} MiB: {unpacked // max(packed, 1):,} times its size, the limit is "
            f"{limit('growth')}. If you trust it, set {_variable('growth')} higher."
        )


def _variable(name: str) -> str:
    return f"BRIDGEAE_MAX_{name.upper()}" if name != "follow_links" else "BRIDGEAE_FOLLOW_LINKS"
