"""Hostile files of bins."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path


def gzip_bomb(folder: Path) -> Path:
    """Return 10 MB that unpack to 10 GB."""
    return _members(folder / "a.tsv.gz", gzip.compress(bytes(1 << 24)), 640)


def gzip_of_lines(folder: Path) -> Path:
    """Return 1 MB that unpack to a gigabyte of short lines."""
    return _members(folder / "a.tsv.gz", gzip.compress(b"chr1\t1\t2\t0.1\n" * (1 << 20)), 80)


def gzip_of_gzip(folder: Path) -> Path:
    inner = gzip.compress(bytes(1 << 24)) * 640
    (path := folder / "a.tsv.gz").write_bytes(gzip.compress(inner))
    return path


def long_line(folder: Path, n: int = 10**8) -> Path:
    (path := folder / "a.csv").write_text("chrom,start,end,log2\nchr1,0,1000," + "1" * n + "\n")
    return path


def endless(folder: Path) -> Path:
    (path := folder / "a.tsv").symlink_to("/dev/zero")
    return path


def many_columns(folder: Path, n: int = 200_000) -> Path:
    names, values = "\t".join(f"s{k}" for k in range(n)), "\t".join(["0.1"] * n)
    (path := folder / "a.tsv").write_text(f"chrom\tstart\tend\t{names}\nchr1\t0\t10\t{values}\n")
    return path


def wig_long_line(folder: Path, n: int = 10**7, m: int = 10**5) -> Path:
    (path := folder / "a.wig").write_text("fixedStep chrom=chr1 start=1 step=1\n" + "1" * n + "\n" + "1\n" * m)
    return path


def wig_step(folder: Path) -> Path:
    (path := folder / "a.wig").write_text("fixedStep chrom=chr1 start=1 step=0\n1\n2\n")
    return path


def far_position(folder: Path) -> Path:
    (path := folder / "a.tsv").write_text(f"chrom\tstart\tend\tlog2\nchr1\t{2**63}\t{2**63 + 1}\t0.1\n")
    return path


BINS: dict[str, Callable[[Path], Path]] = {
    f.__name__: f
    for f in (
        gzip_bomb,
        gzip_of_lines,
        gzip_of_gzip,
        long_line,
        endless,
        many_columns,
        wig_long_line,
        wig_step,
        far_position,
    )
}


def _members(path: Path, member: bytes, count: int) -> Path:
    with path.open("wb") as file:
        for _ in range(count):
            file.write(member)
    return path
