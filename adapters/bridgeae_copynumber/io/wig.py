"""Fixed-step wig files, as HMMcopy writes and reads them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae_copynumber.io.columns import Positions
from bridgeae_copynumber.io.table import TextFieldError, parse_numbers

_FIELDS = re.compile(r"(\w+)=(\S+)")


def read_wig(data: bytes, path: str | Path) -> tuple[Positions, np.ndarray]:
    """Read every ``fixedStep`` block of a wig file.

    Args:
        data: the file's text, starting anywhere before its first block.
        path: name used in errors.

    Returns:
        The positions of the bins, and their values, (n,) float64, NaN where missing.

    Raises:
        FileFormatError: a block without chrom, start or step, a variable step, or text for a number.
    """
    chrom, start, end, values = [], [], [], []
    line = 1 + data[: _blocks(data)[0]].count(b"\n")
    for block in np.split(np.frombuffer(data, np.uint8), _blocks(data))[1:]:
        head, _, body = block.tobytes().partition(b"\n")
        name, first, step, span = _declaration(head.decode(), path, line)
        value = _values(body, path, line + 1)
        line += 1 + body.count(b"\n")
        position = first - 1 + step * np.arange(len(value), dtype=np.int64)
        chrom.append(np.full(len(value), name))
        start.append(position)
        end.append(position + span)
        values.append(value)
    if not sum(map(len, values)):
        raise FileFormatError(f"`path` {path} declares fixedStep blocks and no values.")
    positions = Positions(np.concatenate(chrom), np.concatenate(start), np.concatenate(end))
    return positions, np.concatenate(values)


def _blocks(data: bytes) -> list[int]:
    """Return the byte at which each declaration starts."""
    return [m.start() for m in re.finditer(rb"(?m)^(?:fixedStep|variableStep)", data)]


def _declaration(head: str, path: str | Path, line: int) -> tuple[str, int, int, int]:
    """Return the chromosome, first position (1-based), step and span of a block."""
    given = dict(_FIELDS.findall(head))
    numbers = [given.get("start", ""), given.get("step", ""), given.get("span", given.get("step", ""))]
    fits = "chrom" in given and all(re.fullmatch(r"[1-9]\d{0,14}", n) for n in numbers)
    if not fits or not head.startswith("fixedStep"):
        raise FileFormatError(
            f"`path` {path}: line {line} must read 'fixedStep chrom=NAME start=NUMBER step=NUMBER "
            f"[span=NUMBER]', received {head[:80]!r}. Other wig files can be converted to bedGraph."
        )
    first, step, span = map(int, numbers)
    return given["chrom"], first, step, min(span, step)


def _values(body: bytes, path: str | Path, line: int) -> np.ndarray:
    """Return one number a line, (n,) float64; blank lines are left out. `line` is that of the first in the file."""
    fields = np.char.strip(np.array(body.splitlines() or [b""], dtype="S"))
    filled = np.flatnonzero(fields != b"")
    try:
        return parse_numbers(fields[filled])
    except TextFieldError as error:
        row = int(filled[error.index])
        text = fields[row].decode("utf-8", "replace")
        raise FileFormatError(
            f"`path` {path}: line {line + row} must hold one number, received {text[:40]!r}."
        ) from None
