"""Zip archives, .npz files among them, checked before anything is unpacked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bridgeae.checks.files import check_ordinary
from bridgeae.checks.limits import check_growth, check_limit
from bridgeae.errors import FileFormatError

if TYPE_CHECKING:
    import zipfile

_END, _END_SIZE = b"PK\5\6", 22
_ENTRY_BYTES = 46  # of the directory, at least


def check_zip(path: Path) -> list[zipfile.ZipInfo]:
    """Return the files in a zip archive.

    Raises:
        FileFormatError: it holds too many, or they unpack to too much; or the file is not ordinary.
        OSError, zipfile.BadZipFile: it cannot be read.
    """
    import zipfile  # most files of bins need none

    check_ordinary(path)
    size, what = os.path.getsize(path), f"`path` {path}"
    with path.open("rb") as file:
        file.seek(max(size - _END_SIZE - 2**16, 0))
        tail = file.read()
    if (at := tail.rfind(_END)) >= 0 and len(tail) >= at + _END_SIZE:
        directory = int.from_bytes(tail[at + 12 : at + 16], "little")
        check_limit("archive_entries", directory // (4 * _ENTRY_BYTES), f"{what} has a long directory")
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    check_limit("archive_entries", len(entries), what)
    check_growth(size, sum(entry.file_size for entry in entries), what)
    if twice := len(entries) - len({entry.filename for entry in entries}):
        raise FileFormatError(f"{what} holds {twice} files of the same names. Pack it again.")
    return entries
