"""Tracks along a genome, such as GC content and mappability: wig or bedGraph in, a value for each bin out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bridgeae.errors import FileFormatError, InputError
from bridgeae_copynumber.io.loading import as_text, load_bytes
from bridgeae_copynumber.io.table import is_number, split_line
from bridgeae_copynumber.io.wig import is_wig, read_wig
from bridgeae_copynumber.profile import Profile, plain_name

MIN_COVER = 0.1
"""Share of a bin that a track must cover to have a value there."""
MIN_KNOWN = 0.5
"""Share of the bins in which a track must have a value."""


@dataclass(frozen=True)
class Track:
    """Hold the spans of a track by chromosome, named without chr: (n, 3) float64 of start, end and value, sorted.

    Values below 0 are missing, as HMMcopy writes them.
    """

    name: str
    spans: Mapping[str, np.ndarray]

    def over(self, profile: Profile) -> np.ndarray:
        """Return the mean of the track over each bin, (n,) float64, NaN where it has none.

        Raises:
            InputError: most bins have none: the track is of another genome, or names its chromosomes otherwise.
        """
        out = np.full(len(profile), np.nan)
        for name, a, b in zip(profile.names.tolist(), profile.offsets[:-1], profile.offsets[1:], strict=True):
            if (rows := self.spans.get(plain_name(name))) is not None:
                out[a:b] = _means(rows, profile.start[a:b], profile.end[a:b])
        if np.isnan(out).mean() > 1 - MIN_KNOWN:
            raise InputError(
                f"`{self.name}` has values in {int(np.isfinite(out).sum())} of the {len(out)} bins of sample "
                f"{profile.sample}. Give the track of the same genome."
            )
        return out


def read_track(path: str | Path, name: str) -> Track:
    """Read a track from wig, as HMMcopy's gcCounter and mapCounter write it, or bedGraph, gzipped or not.

    Args:
        path: the file.
        name: of the argument, for errors.

    Raises:
        MissingFileError, FileFormatError: the file is absent or of another kind.
    """
    data = as_text(load_bytes(path), path)
    if is_wig(data):
        where, value = read_wig(data, path, any_track=True)
        chrom, start, end = where.chrom, where.start, where.end
    else:
        rows = [
            f for f in map(split_line, data.split(b"\n")) if len(f) > 3 and _is_span(f[1], f[2]) and is_number(f[3])
        ]
        if not rows:
            raise FileFormatError(f"`{name}` {path} must be a wig or bedGraph file (chrom, start, end, value).")
        chrom = np.array([f[0].decode() for f in rows])
        start, end, value = (np.array([float(f[k]) for f in rows]) for k in (1, 2, 3))
    spans = {}
    for chromosome in dict.fromkeys(chrom.tolist()):
        here = (chrom == chromosome) & (value >= 0) & np.isfinite(value)
        table = np.stack([start[here], end[here], value[here]], 1).astype(np.float64)
        spans[plain_name(chromosome)] = table[np.argsort(table[:, 0], kind="stable")]
    return Track(name, spans)


def _means(rows: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the mean of sorted spans over bins, (n,) float64: differences of running integrals."""
    if not len(rows):
        return np.full(len(start), np.nan)
    edges = rows[:, :2].ravel()
    width = rows[:, 1] - rows[:, 0]
    covered = np.stack([np.cumsum(width) - width, np.cumsum(width)], 1).ravel()
    area = width * rows[:, 2]
    total = np.stack([np.cumsum(area) - area, np.cumsum(area)], 1).ravel()
    cover, value = (np.interp(end, edges, y) - np.interp(start, edges, y) for y in (covered, total))
    enough = cover >= MIN_COVER * (end - start)
    return np.where(enough, value / np.maximum(cover, 1), np.nan)


def _is_span(start: bytes, end: bytes) -> bool:
    return len(end) < 16 and start.isdigit() and end.isdigit() and int(start) < int(end)
