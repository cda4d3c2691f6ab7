"""Files and folders that appear whole or not at all, and never replace others unasked."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bridgeae.errors import BridgeError, InputError, OutputExistsError

UNFINISHED = ".unfinished"
"""Ending of the temporary folders that a killed process leaves behind; their names begin with a point."""


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Raise before any work what writing to `path` would raise after it.

    Raises:
        OutputExistsError: it holds something, and may not be overwritten.
        InputError: its folder is read-only.
    """
    if not overwrite and (path.is_file() or path.is_symlink() or (path.is_dir() and any(path.iterdir()))):
        raise OutputExistsError(f"{path} already exists. Choose another place, or allow it to be overwritten.")
    folder = next(part for part in path.absolute().parents if part.exists())
    if not os.access(folder, os.W_OK):
        raise InputError(f"{path} cannot be written: {folder} is read-only. Name another place.")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; a file of that name replaces `path` when the block ends without an error."""
    with _explained(path), _scratch(path) as scratch:
        yield scratch / path.name
        _sync(scratch / path.name)
        os.replace(scratch / path.name, path)
        _sync(path.parent)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside `path`, which replaces `path` when the block ends without an error.

    A folder cannot be replaced in one step. The old one is put aside under a fixed name, from which `restore_folder`
    brings it back where the process was killed before the new one took its place.
    """
    with _explained(path), _scratch(path) as scratch:
        new = scratch / "new"
        new.mkdir()
        yield new
        for part in (*new.rglob("*"), new):
            _sync(part)
        restore_folder(path)
        aside = _aside(path)
        if path.exists():
            shutil.rmtree(aside, ignore_errors=True)
            os.rename(path, aside)
        try:
            os.rename(new, path)
        except BaseException:
            restore_folder(path)
            raise
        _sync(path.parent)
        shutil.rmtree(aside, ignore_errors=True)


def restore_folder(path: Path) -> None:
    """Bring back what a killed process had put aside, where nothing took its place."""
    if not path.exists() and _aside(path).is_dir():
        os.rename(_aside(path), path)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.replaced")


def _sync(path: Path) -> None:
    """Wait until a file or folder is on the disk, where the system can do so; a full disk may say so only here."""
    with suppress(*([OSError] if path.is_dir() else [])):  # Windows opens no folders, some file systems sync none
        handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)  # Windows syncs what may be written
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        finally:
            os.close(handle)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Raise InputError that names `path`, not a temporary file, where the system refuses to write."""
    try:
        yield
    except BridgeError:
        raise
    except OSError as error:
        why = error.strerror or error
        raise InputError(f"{path} cannot be written: {why}. Make room, or name another place.") from error


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-", suffix=UNFINISHED) as scratch:
        yield Path(scratch)
