"""Files and folders that appear whole or not at all, and never replace others unasked."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridgeae.errors import OutputExistsError


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Raise OutputExistsError where `path` holds something, unless it may be overwritten."""
    if not overwrite and (path.is_file() or path.is_symlink() or (path.is_dir() and any(path.iterdir()))):
        raise OutputExistsError(f"{path} already exists. Choose another place, or allow it to be overwritten.")


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; a file of that name replaces `path` when the block ends without an error."""
    with _scratch(path) as scratch:
        yield scratch / path.name
        os.replace(scratch / path.name, path)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside `path`, which replaces `path` when the block ends without an error."""
    with _scratch(path) as scratch:
        (scratch / "new").mkdir()
        yield scratch / "new"
        if path.exists():
            shutil.move(path, scratch / "old")
        try:
            (scratch / "new").rename(path)
        except BaseException:
            if (scratch / "old").exists():
                shutil.move(scratch / "old", path)
            raise


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as scratch:
        yield Path(scratch)
