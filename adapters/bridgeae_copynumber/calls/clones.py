"""Clones among the cells of one individual: which cells belong together, and the consensus profile of each clone.

Cells are split in two again and again, as X-means does it (Pelleg & Moore 2000, ICML), along the axis on which their
segments vary most. A split stays if the mean profiles of both sides differ in a segment by more than chance allows.
What chance allows grows with the search for its ends and its level, as in the modified BIC of Zhang & Siegmund (2007,
Biometrics 63:22), and an event of one cell counts as spread within its side. At last each cell goes to the nearest
consensus profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.profile import Profile, Segments, as_profiles
from bridgeae_copynumber.segmentation import call, segment

MIN_CELLS = 3
"""Fewest cells of a clone; fewer are private variants of another one."""
SEARCHED = 5
"""Free numbers of a segment in which two clones differ: both ends, the level, and two for the search for the sides."""
MIN_STEP = 0.2
"""Least difference of two clones in some segment, log2: less than one copy makes at a ploidy of 8."""
ROUNDS = 10
"""Most rounds in which cells move between two sides, or between clones."""
BLOCK = 5
"""Bins whose mean enters the search for sides."""


@dataclass(frozen=True)
class Clones:
    """Hold the clones of some cells, the largest first.

    Args:
        samples: the names of the cells.
        clone: (cells,) int64, the clone of each cell, from 0.
        profiles: the consensus profile of each clone: the mean of its cells at each bin, named clone1 and so on.
        segments: of the consensus profiles.
    """

    samples: list[str]
    clone: np.ndarray
    profiles: list[Profile]
    segments: Segments

    def rows(self) -> list[dict[str, str | int]]:
        """Return a row for each cell: sample, clone, and how many cells the clone has."""
        count = np.bincount(self.clone)
        names = [p.sample for p in self.profiles]
        return [
            {"sample": name, "clone": names[k], "cells": int(count[k])}
            for name, k in zip(self.samples, self.clone.tolist(), strict=True)
        ]


def find_clones(segments: Segments, profiles: Sequence[Profile]) -> Clones:
    """Find the clones of cells of one individual; their number follows from the data.

    Args:
        segments: of all profiles, best from `segment` with ``joint=True``.
        profiles: the cells that were segmented, all in the same bins; those without any value are left out.

    Raises:
        InputError: no profiles, other bins, or segments that are not those of the profiles.
    """
    cells = [p for p in as_profiles(profiles) if not p.missing.all()]
    if not cells or not all(cells[0].same_bins(p) for p in cells):
        raise InputError("`profiles` must be cells in the same bins, received none with a value, or others.")
    level = _levels(segments, cells)
    signal = np.array([p.log2 for p in cells], np.float32)
    signal = np.where(np.isfinite(signal), signal, level)
    shift = np.median(level, axis=1, keepdims=True)
    offsets = cells[0].offsets
    starts = np.concatenate([np.arange(a, b, BLOCK) for a, b in pairwise(offsets)])
    size = np.diff(np.append(starts, len(cells[0])))
    blocks = np.add.reduceat(level - shift, starts, axis=1) / np.sqrt(size)
    groups = _split(signal - shift, blocks, np.arange(len(cells)), np.diff(offsets))
    clone = _assigned(signal - shift, groups, np.diff(offsets))
    consensus = [_consensus(cells, clone == k, k) for k in range(clone.max() + 1)]
    return Clones([p.sample for p in cells], clone, consensus, segment(consensus))


def _levels(segments: Segments, cells: Sequence[Profile]) -> np.ndarray:
    """Return the segment mean of each bin, (cells, n) float32; of bins without a value that of the bin before."""
    parts = dict(segments.by_sample())
    level = np.zeros((len(cells), len(cells[0])), np.float32)
    for k, cell in enumerate(cells):
        present = np.flatnonzero(~cell.missing)
        if (part := parts.get(cell.sample)) is None or part.n_bins.sum() != len(present):
            raise InputError(f"`segments` are not those of `profile` {cell.sample}. Give the one that was segmented.")
        before = np.maximum(np.searchsorted(present, np.arange(len(cell)), side="right") - 1, 0)
        level[k] = np.repeat(part.mean, part.n_bins)[before]
    return level


def _split(signal: np.ndarray, blocks: np.ndarray, members: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
    """Return groups of cells, each (k,) int64, that no further split improves; few outlying cells are left out."""
    while len(members) >= 2 * MIN_CELLS:
        side = _two_means(blocks[members])
        small = side if side.sum() <= len(side) / 2 else ~side
        if not small.any():
            break
        if small.sum() < MIN_CELLS:
            members = members[~small]  # one or two cells that differ are no clone, and hide those that are
            continue
        if not _differ(signal[members[small]], signal[members[~small]], lengths):
            break
        return [g for part in (small, ~small) for g in _split(signal, blocks, members[part], lengths)]
    return [members]


def _two_means(rows: np.ndarray) -> np.ndarray:
    """Return a side for each row, (cells,) bool, by 2-means from the sign along the first principal axis."""
    centred = rows - rows.mean(0)
    wide = centred.shape[0] <= centred.shape[1]
    _, vectors = np.linalg.eigh(centred @ centred.T if wide else centred.T @ centred)
    side = (vectors[:, -1] if wide else centred @ vectors[:, -1]) > 0
    for _ in range(ROUNDS):
        if side.all() or not side.any():
            break
        one, other = centred[side].mean(0), centred[~side].mean(0)
        nearer = centred @ (one - other) > (one @ one - other @ other) / 2
        if (nearer == side).all():
            break
        side = nearer
    return side


def _differ(one: np.ndarray, other: np.ndarray, lengths: np.ndarray) -> bool:
    """Return whether two groups of cells, each (cells, n) float, differ in a segment by more than chance allows."""
    starts = call(one.mean(0) - other.mean(0), lengths).starts
    size = np.diff(np.append(starts, one.shape[1]))
    step, error = np.zeros(len(starts)), np.zeros(len(starts))
    for sign, rows in ((1, one), (-1, other)):
        mean = np.add.reduceat(rows, starts, axis=1, dtype=np.float64) / size
        noise = float(np.median((rows[:, 1:] - rows[:, :-1]) ** 2)) / 2 / 0.455  # 0.455: median of chi-squared
        step += sign * mean.mean(0)
        error += np.maximum(mean.var(0, ddof=1), noise / size) / len(rows)
    limit = SEARCHED * np.log(one.shape[1] * (len(one) + len(other)))
    return bool(((step**2 / error > limit) & (np.abs(step) > MIN_STEP)).any())


def _assigned(signal: np.ndarray, groups: list[np.ndarray], lengths: np.ndarray) -> np.ndarray:
    """Return the clone of each cell, (cells,) int64, largest first: that of the nearest consensus profile."""
    clone = np.full(len(signal), -1)
    for k, members in enumerate(groups):
        clone[members] = k
    for _ in range(ROUNDS):
        names, count = np.unique(clone[clone >= 0], return_counts=True)
        names = names[count >= min(MIN_CELLS, count.max())]
        means = np.array([_smooth(signal[clone == k].mean(0), lengths) for k in names])
        nearest = names[((means**2).sum(1) - 2 * signal @ means.T).argmin(1)]
        if (nearest == clone).all():
            break
        clone = nearest
    names, place, count = np.unique(clone, return_inverse=True, return_counts=True)
    rank = np.empty(len(names), np.int64)
    rank[np.argsort(-count, kind="stable")] = np.arange(len(names))
    ranked: np.ndarray = rank[place]
    return ranked


def _smooth(mean: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    starts = call(mean, lengths).starts
    size = np.diff(np.append(starts, len(mean)))
    smooth: np.ndarray = np.repeat(np.add.reduceat(mean, starts) / size, size)
    return smooth


def _consensus(cells: Sequence[Profile], members: np.ndarray, k: int) -> Profile:
    log2 = np.array([p.log2 for p, here in zip(cells, members, strict=True) if here], np.float64)
    known = np.isfinite(log2)
    count = known.sum(0)
    mean = np.where(count > 0, np.where(known, log2, 0).sum(0) / np.maximum(count, 1), np.nan)
    return replace(cells[0], sample=f"clone{k + 1}", log2=mean, notes=(), weight=None, depth=None)
