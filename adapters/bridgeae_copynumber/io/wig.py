"""Wig files: fixed steps, as HMMcopy writes and reads them, and variable steps."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.columns import Positions, points
from bridgeae_copynumber.io.table import MAX_FIELD, TextFieldError, parse_numbers

_FIELDS = re.compile(r"(\w+)=(\S+)")
_TOP = re.compile(rb"(?:(?:(?:#|track\b|browser\b)[^\n]*|[ \t]*)\n)*(?:fixedStep|variableStep)\b")
_NO_PROFILE = re.compile(r"(?i)gc[ _-]?(content|percent)|mappab|conservation|phast|phylop")


class _Block(NamedTuple):
    """What a declaration says; a start of 0 stands for variable steps."""

    chrom: str
    start: int
    step: int
    span: int


def is_wig(data: bytes) -> bool:
    """Return whether a text begins as a wig file does."""
    return _TOP.match(data) is not None


def read_wig(data: bytes, path: str | Path, *, any_track: bool = False) -> tuple[Positions, np.ndarray]:
    """Read every block of a wig file.

    Args:
        data: the file's text, starting anywhere before its first block.
        path: name used in errors.
        any_track: take a track of GC content or mappability too.

    Returns:
        The positions of the bins, and their values, (n,) float64, NaN where missing.

    Raises:
        FileFormatError: a block without its chromosome, start or step, text for a number, or a track of GC content.
    """
    chrom, start, end, values = [], [], [], []
    cuts = [m.start() for m in re.finditer(rb"(?m)^(?:fixedStep|variableStep)\b", data)]
    line = 1 + data[: cuts[0]].count(b"\n")
    if not any_track:
        _refuse_track(data[: cuts[0]].decode(), path)
    for text in np.split(np.frombuffer(data, np.uint8), cuts)[1:]:
        head, _, body = text.tobytes().partition(b"\n")
        block = _declaration(head.decode(), path, line)
        position, value = _bins(block, body, path, line + 1)
        line += 1 + body.count(b"\n")
        chrom.append(np.full(len(value), block.chrom))
        start.append(position)
        end.append(position + block.span)
        values.append(value)
    if not sum(map(len, values)):
        raise FileFormatError(f"`path` {path} declares wig blocks and no values.")
    where = Positions(np.concatenate(chrom), np.concatenate(start), np.concatenate(end))
    if (where.end - where.start == 1).all():
        where = points(where.chrom, where.start, count_from_one=False)
    return where, np.concatenate(values)


def _refuse_track(top: str, path: str | Path) -> None:
    if found := _NO_PROFILE.search(top):
        raise FileFormatError(
            f"`path` {path} is a track of the genome ({found[0]}), no profile of a sample. Name the wig of read counts."
        )


def _declaration(head: str, path: str | Path, line: int) -> _Block:
    """Return the chromosome, first position (1-based), step and span of a block."""
    given = dict(_FIELDS.findall(head))
    fixed = head.startswith("fixedStep")
    names = ("start", "step") if fixed else ()
    span = given.get("span") or (given.get("step", "") if fixed else "1")
    numbers = [span, *(given.get(name, "") for name in names)]
    if "chrom" not in given or not all(re.fullmatch(r"[1-9]\d{0,14}", n) for n in numbers):
        raise FileFormatError(
            f"`path` {path}: line {line} must read 'fixedStep chrom=NAME start=NUMBER step=NUMBER [span=NUMBER]' or "
            f"'variableStep chrom=NAME [span=NUMBER]', received {head[:80]!r}."
        )
    if not fixed:
        return _Block(given["chrom"], 0, 0, int(span))
    step = int(given["step"])
    return _Block(given["chrom"], int(given["start"]), step, min(int(span), step))


def _bins(block: _Block, body: bytes, path: str | Path, line: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the starts (0-based) and values of a block; `line` is that of its first value in the file."""
    if block.start:
        value = _numbers(body.splitlines(), path, line, "one number")
        return block.start - 1 + block.step * np.arange(len(value), dtype=np.int64), value
    pairs = [row.split() for row in body.splitlines()]
    wrong = next((k for k, pair in enumerate(pairs) if len(pair) not in (0, 2)), None)
    if wrong is not None:
        raise FileFormatError(
            f"`path` {path}: line {line + wrong} must hold a position and a value, separated by a blank."
        )
    columns = ([pair[k] if pair else b"" for pair in pairs] for k in (0, 1))
    position, value = (_numbers(column, path, line, "a position and a value") for column in columns)
    if not ((position >= 1) & (position < 2**53) & (position == np.rint(position))).all():
        raise FileFormatError(f"`path` {path}: positions after line {line - 1} must be whole numbers from 1 on.")
    return position.astype(np.int64) - 1, value


def _numbers(lines: list[bytes], path: str | Path, line: int, expected: str) -> np.ndarray:
    """Return one number a line, (n,) float64; blank lines are left out. `line` is that of the first in the file."""
    if (longest := max(map(len, lines), default=0)) > MAX_FIELD:  # every field would take as much memory
        at = line + next(k for k, text in enumerate(lines) if len(text) == longest)
        raise FileFormatError(f"`path` {path}: line {at} has {longest} characters, expected {expected}.")
    fields = np.char.strip(np.array(lines or [b""], dtype="S"))
    filled = np.flatnonzero(fields != b"")
    try:
        return parse_numbers(fields[filled])
    except TextFieldError as error:
        row = int(filled[error.index])
        text = fields[row].decode("utf-8", "replace")
        raise FileFormatError(
            f"`path` {path}: line {line + row} must hold {expected}, received {text[:40]!r}."
        ) from None
