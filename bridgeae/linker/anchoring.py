"""Shared coordinates of two sides from pairs, with what is open chosen by cross-validation over the pairs."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.pairing.shared import MAX_CORRELATION, VIEWS, Rows, SharedSpace, projection, shared_axes
from bridgeae.progress import Progress
from bridgeae.protocols import Pairing

_RIDGES = (0.03, 0.1, 0.3, 1.0, 3.0)  # of the whitening, relative to the mean variance
_FOLDS = 10
_MAX_SCORED = 2000  # pairs in the cross-validation
Axes = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
"""The axes of both sides, and the centres of both."""


def distinct_pairs(pairing: Pairing, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the distinct pairs that a pairing draws, and the share (p,) of the draws that each has."""
    drawn, count = np.unique(np.column_stack(pairing.sample(draws, rng)), axis=0, return_counts=True)
    return drawn[:, 0], drawn[:, 1], count / draws


def fit_space(
    a: np.ndarray,
    b: np.ndarray,
    i: np.ndarray,
    j: np.ndarray,
    weight: np.ndarray,
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[dict[str, Any], float, SharedSpace, list[tuple[np.ndarray, SharedSpace]]]:
    """Return what was chosen, its FOSCTTM on pairs left out, the coordinates that all pairs give, and the folds.

    A fold is some pairs, and the coordinates that were learned without them.

    Args:
        a: (n, d) flat latents of the source.
        b: (m, e) of the target.
        i: (p,) source samples of the distinct pairs.
        j: (p,) their target samples.
        weight: (p,) of the pairs, 1 in all.
        rng: of the folds.
        progress: where to show it.
    """
    scored = np.sort(rng.permutation(len(i))[:_MAX_SCORED])
    fold = rng.permutation(len(a))[i[scored]] % min(_FOLDS, len(scored))  # pairs of one sample stay together
    candidates = []
    for k, view in enumerate(VIEWS):
        for ridge in _RIDGES:
            sides = Rows.fit(a, view, ridge), Rows.fit(b, view, ridge)
            out = _LeftOut(*sides, i[scored], j[scored], weight[scored], fold)
            candidates.append((out.foscttm, view, ridge, sides, out))
        progress.update("anchors", k + 1, len(VIEWS))
    score, view, ridge, sides, out = min(candidates, key=lambda c: c[0])
    space = out.space(_axes(*sides, i, j, weight))
    return {"view": view, "ridge": ridge}, score, space, [(scored[rows], out.space(axes)) for rows, axes in out.folds]


class _LeftOut:
    """Coordinates of pairs that were left out when these were learned: their spread and correlation are honest."""

    def __init__(
        self, source: Rows, target: Rows, i: np.ndarray, j: np.ndarray, weight: np.ndarray, fold: np.ndarray
    ) -> None:
        self._sides, self._parts = (source, target), []
        self.folds: list[tuple[np.ndarray, Axes]] = []
        for k in np.unique(fold):
            rest, out = fold != k, np.flatnonzero(fold == k)
            axes, centres = learned = _axes(source, target, i[rest], j[rest], weight[rest])
            self.folds.append((out, learned))
            x, y = (
                (side.white[n[out]] - c) @ w
                for side, n, w, c in zip((source, target), (i, j), axes, centres, strict=True)
            )
            self._parts.append((x, y))
        x, y = (np.concatenate([part[side] for part in self._parts]) for side in (0, 1))
        self.scales = [np.sqrt(np.maximum((s**2).mean(0), 1e-12)) for s in (x, y)]
        self.correlation = np.clip((x * y).mean(0) / (self.scales[0] * self.scales[1]), 0, MAX_CORRELATION)

    def space(self, learned: Axes) -> SharedSpace:
        """Return the coordinates along some axes, with the spread and correlation that left-out pairs have."""
        source, target = (projection(*part) for part in zip(self._sides, *learned, self.scales, strict=True))
        return SharedSpace(source, target, self.correlation)

    @property
    def foscttm(self) -> float:
        """The mean share of left-out partners that are nearer than the true one, within a fold; ties count half."""
        pull = self.correlation / np.sqrt(1 - self.correlation**2)
        shares = []
        for x, y in self._parts:
            if len(x) > 1:
                gap = (x / self.scales[0] * pull)[:, None] - y / self.scales[1] * pull
                shares += [foscttm((gap**2).sum(-1))] * len(x)
        return float(np.mean(shares)) if shares else 0.5


def foscttm(distance: np.ndarray) -> float:
    """Return the fraction of samples closer than the true match, of distances (n, n) with matches on the diagonal."""
    match = np.diag(distance)
    return float(np.mean([_nearer(distance, match), _nearer(distance.T, match)]))


def _nearer(distance: np.ndarray, match: np.ndarray) -> float:
    nearer, equal = (distance < match[:, None]).sum(1), (distance == match[:, None]).sum(1) - 1
    return float((nearer + equal / 2).mean() / (len(match) - 1))


def _axes(source: Rows, target: Rows, i: np.ndarray, j: np.ndarray, weight: np.ndarray) -> Axes:
    """Return the axes of both sides along which pairs vary together, and the centres of the paired samples."""
    w = weight / weight.sum()
    centres = w @ source.white[i], w @ target.white[j]
    cross = ((source.white[i] - centres[0]) * w[:, None]).T @ (target.white[j] - centres[1])
    return shared_axes(cross), centres
