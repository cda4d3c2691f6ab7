"""Files read within limits: bytes, gzip, lines, JSON, and where a name leads."""

from __future__ import annotations

import gzip
import io
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from bridgeae.checks.limits import check_growth, check_limit, limit
from bridgeae.errors import BridgeError, FileFormatError

_BLOCK = 1 << 20
_GZIP, _HDF5 = b"\x1f\x8b", b"\x89HDF\r\n\x1a\n"


def check_ordinary(path: Path, *, error: type[BridgeError] = FileFormatError) -> None:
    """Raise an error unless `path` is an ordinary file: no folder, device or pipe, which may never end."""
    try:
        ordinary = stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError) as cause:
        raise error(f"`path` {str(path)[:200]!r} cannot be read: {cause}.") from None
    if not ordinary:
        raise error(f"`path` {path} is no ordinary file, such as a folder, a device or a pipe. Copy it to a file.")


def check_inside(path: Path, folder: Path, *, error: type[BridgeError] = FileFormatError) -> None:
    """Raise an error where symbolic links lead from a file of `folder` to somewhere else."""
    real, home = os.path.realpath(path), os.path.realpath(folder)
    if os.path.commonpath([real, home]) != home and not limit("follow_links"):
        raise error(
            f"{path} is a symbolic link that leads out of {folder}: it is not followed. Copy the file itself, or set "
            "BRIDGEAE_FOLLOW_LINKS=1."
        )


def read_limited(file: IO[bytes], what: str) -> bytes:
    """Return all bytes of an open file, unpacked where they are gzip's; see `limited_blocks`."""
    held = io.BytesIO()
    for block in limited_blocks(file, what):
        held.write(block)
        check_limit("memory_bytes", held.tell(), what)
    return held.getvalue()


def limited_blocks(file: IO[bytes], what: str) -> Iterator[bytes]:
    """Yield the bytes of an open file block by block, unpacked where they are gzip's; the file may have any size.

    Raises:
        FileFormatError: it grows faster or has a longer line than the limits allow.
        EOFError, OSError, zlib.error: as `gzip` raises them.
    """
    head = file.read(len(_GZIP))
    size = line = 0
    text, packed = True, head == _GZIP
    joined = _Joined(head, file)
    with gzip.GzipFile(fileobj=joined) if packed else io.BufferedReader(joined, _BLOCK) as unpacked:
        while block := unpacked.read(_BLOCK):
            text = text and (size > 0 or not block.startswith(_HDF5))
            size += len(block)
            check_growth(joined.taken if packed else size, size, what, held=False)
            if text:
                last = max(block.rfind(b"\n"), block.rfind(b"\r"))
                line = len(block) - last - 1 if last >= 0 else line + len(block)
                check_limit("line_bytes", line, f"{what} has a line that is too long")
            yield block


class _Joined(io.RawIOBase):
    """Bytes that were already read, then the rest of a file; `taken` counts them."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head, self._rest, self.taken = head, rest, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(block) :] if self._head else b""
        buffer[: len(block)] = block
        self.taken += len(block)
        return len(block)


def limited_lines(file: IO[str], what: str) -> Iterator[str]:
    """Yield the lines of a text file. Raises FileFormatError for one that is too long."""
    most = limit("line_bytes")
    while line := file.readline(most + 1):
        check_limit("line_bytes", len(line), f"{what} has a line that is too long")
        yield line


def read_small(path: Path, name: str, *, error: type[BridgeError] = FileFormatError) -> str:
    """Return the text of an ordinary file that the limit `name` bounds. Raises `error`, and UnicodeDecodeError."""
    check_ordinary(path, error=error)
    check_limit(name, os.path.getsize(path), str(path), error=error)
    return path.read_text(encoding="utf-8")


def parse_json(text: str, what: str, *, error: type[BridgeError] = FileFormatError) -> Any:
    """Return the value of a JSON text. Raises `error` where it is damaged, too deep, or holds a key twice."""
    import json

    try:
        return json.loads(text, object_pairs_hook=_unique)
    except RecursionError:
        raise error(f"{what} is damaged: its brackets are nested too deeply.") from None
    except ValueError as cause:
        raise error(f"{what} is damaged: {cause}.") from None


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    pairs = list(pairs)
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(k for k in keys if keys.count(k) > 1)[:60]!r} is there twice")
    return made
