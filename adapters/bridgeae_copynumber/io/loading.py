"""The bytes of a file, packed or not: all at once, or block by block."""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import IO

from bridgeae.checks import limited_blocks, read_limited
from bridgeae.errors import BridgeError, FileFormatError, MissingFileError
from bridgeae_copynumber.io.foreign import refuse_foreign

GZIP_MAGIC = b"\x1f\x8b"


def load(path: str | Path) -> bytes:
    """Return the bytes of a file, unpacked if its first bytes are those of gzip; ``-`` is standard input.

    Raises:
        MissingFileError: the file is not there.
        FileFormatError: a folder, an empty, unreadable or damaged file, or one of another kind.
    """
    refuse_foreign(data := load_bytes(path), path)
    return data


def load_bytes(path: str | Path) -> bytes:
    """Return the bytes of a file of any kind, as `load` does."""
    with _explained(path), _opened(path) as file:
        data = read_limited(file, f"`path` {path}")
    if not data or data.isspace():
        refuse_empty(path)
    return data


def refuse_empty(path: str | Path) -> None:
    """Raise FileFormatError for a file that holds nothing."""
    raise FileFormatError(f"`path` {path} is empty, expected bins with a value each.")


def load_blocks(path: str | Path) -> Iterator[bytes]:
    """Yield the bytes of a file of any kind in blocks of a megabyte; errors as those of `load`."""
    with _explained(path), _opened(path) as file:
        yield from limited_blocks(file, f"`path` {path}")


def is_plain_file(path: str | Path) -> bool:
    """Return whether a path is a file that is not packed, which can be read more than once."""
    if str(path) == "-" or not Path(path).is_file():
        return False
    with _explained(path), open(path, "rb") as file:
        return file.read(len(GZIP_MAGIC)) != GZIP_MAGIC


def as_text(data: bytes, path: str | Path) -> bytes:
    """Return UTF-8 text with ``\\n`` line ends and one at the end, without a byte order mark; refuse other data."""
    if b"\0" in data:
        raise FileFormatError(
            f"`path` {path} is binary, not text, expected a table, wig, bedGraph or SEG file (or an .h5ad file). "
            "A spreadsheet has to be saved as tab-separated UTF-8 text."
        )
    try:
        if not data.isascii():
            data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileFormatError(
            f"`path` {path} is not UTF-8 text (byte {error.start}). Convert it, for instance with `iconv -t utf-8`."
        ) from None
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    complete = data.endswith(b"\n") and not data.endswith(b"\n\n")
    return data if complete else data.rstrip(b"\n") + b"\n"


def _opened(path: str | Path) -> AbstractContextManager[IO[bytes]]:
    """Open a file or standard input."""
    return nullcontext(sys.stdin.buffer) if str(path) == "-" else open(path, "rb")


@contextmanager
def _explained(path: str | Path) -> Iterator[None]:
    """Raise our own errors where the system refuses to read, or a packed file is damaged."""
    try:
        yield
    except FileNotFoundError:
        raise MissingFileError(f"`path` {path} is not there. Check the name and the folder.") from None
    except IsADirectoryError:
        raise FileFormatError(f"`path` {path} is a folder, expected one file. Name the files in it.") from None
    except BridgeError:
        raise
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileFormatError(
            f"`path` {path} is a truncated or damaged gzip file ({error}). Copy or download it again."
        ) from None
    except (OSError, ValueError) as error:
        raise FileFormatError(f"`path` {path!s} cannot be read: {error}.") from None
