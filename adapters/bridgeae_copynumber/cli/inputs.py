"""What INPUT of `bridgeae-segment` stands for: files, or those of a folder in natural order."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence

from bridgeae.errors import InputError

ENDINGS = (
    ".bdg", ".bed", ".bedgraph", ".bg", ".cnr", ".csv", ".h5ad", ".igv", ".seg", ".tsv", ".txt", ".wig",
)  # fmt: skip
"""Endings of the files of a folder that are read, also with .gz after them."""
_NAMED = 3  # files that the note of skipped ones names


def files_of(inputs: Sequence[str], *, quiet: bool) -> list[str]:
    """Return the inputs, with the files in place of each folder: cell2 before cell10, hidden files left out.

    Args:
        inputs: files and folders.
        quiet: do not say which files of a folder are skipped for their ending, and which hold no ratios.

    Raises:
        InputError: a folder has no file that could be read.
    """
    for path in () if quiet else inputs:
        if path.lower().removesuffix(".gz").endswith(".cnn"):
            words = "a .cnn holds CNVkit's coverage, or a reference for --cohort; ratios of a sample are in its .cnr"
            print(f"note: {path}: {words}", file=sys.stderr)
    return [file for path in inputs for file in (_files_in(path, quiet) if os.path.isdir(path) else [path])]


def _files_in(folder: str, quiet: bool) -> list[str]:
    with os.scandir(folder) as entries:
        names = sorted((e.name for e in entries if e.is_file() and not e.name.startswith(".")), key=_natural)
    known = [name for name in names if name.lower().removesuffix(".gz").endswith(ENDINGS)]
    if not known:
        raise InputError(
            f"`INPUT` {folder} is a folder without a file that ends in one of {', '.join(ENDINGS)}. Name files."
        )
    if (skipped := [name for name in names if name not in set(known)]) and not quiet:
        more = ", ..." if len(skipped) > _NAMED else ""
        words = (
            f"{len(skipped)} of {len(names)} files are skipped for their ending: {', '.join(skipped[:_NAMED])}{more}"
        )
        print(f"note: {folder}: {words}", file=sys.stderr)
    return [os.path.join(folder, name) for name in known]


def _natural(name: str) -> tuple[list[str | int], str]:
    """Return what sorts names as people do: numbers in them by their value."""
    parts = re.split(r"([0-9]+)", name.lower())
    return [int(part) if k % 2 else part for k, part in enumerate(parts)], name
