"""Files appear under their name when they are complete, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bridgeae.errors import BridgeError, InputError, MissingFileError, OutputExistsError


def save(path: str | Path, fill: Callable[[Path], None], overwrite: bool) -> None:
    """Fill a temporary file beside `path`, then rename it: readers see the old file or the complete new one.

    Args:
        path: the file to write; streams (see `is_stream`) are filled directly.
        fill: called with the path to write to.
        overwrite: replace an existing file.

    Raises:
        OutputExistsError, MissingFileError: as `check_output` does.
        InputError: the system refuses to write.
    """
    with _explained(path):
        if is_stream(path):
            fill(Path(path))
        else:
            check_output(path, overwrite)
            _replace(Path(os.path.realpath(path)), fill, overwrite)


def check_output(path: str | Path, overwrite: bool) -> None:
    """Raise before any work the errors that `save` would raise after it.

    Raises:
        OutputExistsError: the file exists and `overwrite` is off, or it is a folder.
        MissingFileError: its folder is not there.
        InputError: its name is too long, or its folder is read-only.
    """
    if is_stream(path):
        return
    with _explained(path), suppress(FileNotFoundError):
        os.stat(path)
    if os.path.isdir(path):
        raise OutputExistsError(f"`path` {path} is a folder, expected the name of a file.")
    if os.path.exists(path) and not overwrite:
        raise _exists(path)
    folder = Path(os.path.realpath(path)).parent
    if not folder.is_dir():
        raise MissingFileError(f"`path` {path}: the folder {folder} is not there. Create it first.")
    if not os.access(folder, os.W_OK):
        raise InputError(f"`path` {path} cannot be written: its folder is read-only. Give another folder.")


def is_stream(path: str | Path) -> bool:
    """Return whether a path is standard input or output, a device or a pipe, which are never replaced."""
    return str(path) == "-" or (os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path))


def _replace(target: Path, fill: Callable[[Path], None], overwrite: bool) -> None:
    import tempfile  # slow, and not needed for `--help` or standard output

    handle, name = tempfile.mkstemp(prefix=f".{target.name[:80]}.", suffix=".part", dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        fill(temporary)
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        with temporary.open("rb+") as file:  # Windows syncs only what may be written
            os.fsync(file.fileno())  # or a power cut may leave the new name and no content
        if overwrite:
            os.replace(temporary, target)
        else:
            _link(temporary, target)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _link(temporary: Path, target: Path) -> None:
    """Give the finished file its name unless another process took it meanwhile."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise _exists(target) from None
    except OSError:  # a file system without hard links
        os.replace(temporary, target)


def _exists(path: str | Path) -> OutputExistsError:
    return OutputExistsError(f"`path` {path} exists. Give another name, or pass `overwrite=True`.")


@contextmanager
def _explained(path: str | Path) -> Iterator[None]:
    """Raise InputError where the system refuses to write."""
    try:
        yield
    except (BridgeError, BrokenPipeError):
        raise
    except OSError as error:
        raise InputError(
            f"`path` {path} cannot be written: {error.strerror or error}. Give another name or folder, or make room."
        ) from None
