"""Coordinates that two sides share, learned from pairs or from a transport plan, and the transport plan in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

VIEWS = ("plain", "unit", "both")
"""How a row of latents is read: as it is, divided by its length, or both with the arcsinh of the latter."""

MAX_CORRELATION = 0.98  # what a limited sample calls more than this is no more certain
_ARCSINH_SCALE = 3.0  # in units of the size that a value of a row of length one has on average
_MAX_AXES = 64  # shared coordinates kept
_SMALLEST, _CONVERGED = 1e-100, 1e-3  # of sums and of log potentials in the scaling of a plan


@dataclass(frozen=True, eq=False)
class Rows:
    """All flat latents of one side, read in one way and whitened: every direction counts alike, but for a ridge.

    Args:
        view: one of `VIEWS`.
        centre: (k,) mean of the features.
        whitening: (k, k) from centred features to `white`.
        white: (n, k).
    """

    view: str
    centre: np.ndarray
    whitening: np.ndarray
    white: np.ndarray

    @classmethod
    def fit(cls, z: np.ndarray, view: str, ridge: float) -> Rows:
        """Learn from all flat latents (n, d) of a side, paired or not; `ridge` is relative to the mean variance."""
        features = _features(z, view)
        centre, scale = features.mean(0), np.maximum(features.std(0), 1e-6)
        standardised = (features - centre) / scale
        variance, axes = np.linalg.eigh(standardised.T @ standardised / len(z))
        variance = np.maximum(variance, 0)
        whitening = axes / np.sqrt(variance + ridge * max(float(variance.mean()), 1e-12)) / scale[:, None]
        return cls(view, centre, whitening, (features - centre) @ whitening)


@dataclass(frozen=True, eq=False)
class Projection:
    """Coordinates of the latents of one side: ``features(z) @ weights + offset``, of mean zero and variance one."""

    view: str
    weights: np.ndarray
    offset: np.ndarray

    def apply(self, z: np.ndarray) -> np.ndarray:
        """Return the shared coordinates (n, k) of flat latents (n, d)."""
        return np.asarray(_features(z, self.view) @ self.weights + self.offset)


def shared_axes(cross: np.ndarray, limit: int = _MAX_AXES) -> tuple[np.ndarray, np.ndarray]:
    """Return the axes (k, limit) and (l, limit) of whitened sides that vary together, from their cross-covariance."""
    left, _, right = np.linalg.svd(cross, full_matrices=False)
    return left[:, :limit], right.T[:, :limit]


def projection(rows: Rows, axes: np.ndarray, centre: np.ndarray, scale: np.ndarray) -> Projection:
    """Return the projection of a side onto axes (k, c) of its whitened features, moved by `centre` and scaled."""
    weights = rows.whitening @ axes / scale
    return Projection(rows.view, weights, -rows.centre @ weights - centre @ axes / scale)


@dataclass(frozen=True, eq=False)
class SharedSpace:
    """Coordinates (n, c) of both sides, and how each is correlated between partners.

    Args:
        source: projection of the source's flat latents.
        target: of the target's.
        correlation: (c,) in [0, 1).
    """

    source: Projection
    target: Projection
    correlation: np.ndarray

    def log_ratio(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Return ``log p(x, y) / p(x) p(y)`` (n, m) of flat latents (n, d) and (m, e)."""
        return log_ratio(self.source.apply(source), self.target.apply(target), self.correlation)


def log_ratio(x: np.ndarray, y: np.ndarray, correlation: np.ndarray) -> np.ndarray:
    """Return ``log p(x, y) / p(x) p(y)`` (n, m) of shared coordinates (n, c) and (m, c), taken as Gaussian.

    This is what canonical correlation analysis means as a probability (Bach and Jordan 2005).
    """
    r = np.clip(correlation, 0, MAX_CORRELATION)
    pull = r / (1 - r**2)
    norms = [(s**2) @ (r * pull) / 2 for s in (x, y)]
    return np.asarray((x * pull) @ y.T - norms[0][:, None] - norms[1] - np.log(1 - r**2).sum() / 2)


def transport(
    score: np.ndarray,
    *,
    rows: np.ndarray | None = None,
    columns: np.ndarray | None = None,
    steps: int = 100,
    power: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the transport plan (n, m) with the entropy that `score` implies, and the log potentials (m,) of columns.

    Sinkhorn's scaling (Cuturi 2013). With `power` below 1 the sums are only drawn towards the weights, so that a sample
    without counterpart stays alone (unbalanced transport, Chizat et al. 2018).

    Args:
        score: (n, m) log weight of each match, relative to the product of the weights.
        rows: (n,) sums of the rows, 1 in all; None for equal ones.
        columns: (m,) of the columns, likewise.
        steps: scalings of rows and columns.
        power: of each scaling, in (0, 1].
    """
    p, q = (np.full(n, 1 / n) if w is None else w for n, w in zip(score.shape, (rows, columns), strict=True))
    top = score.max(1, keepdims=True)
    kernel, v = np.exp(score - top), np.ones(len(q))
    raised = np.exp(np.clip((1 - power) * top[:, 0], -100, 100))
    for _ in range(steps):
        before = v
        u = raised * np.maximum(kernel @ (q * v), _SMALLEST) ** -power
        v = np.maximum((p * u) @ kernel, _SMALLEST) ** -power
        if np.abs(np.log(v / before)).max() < _CONVERGED:
            break
    return (p * u)[:, None] * kernel * (q * v), np.log(v)


def _features(z: np.ndarray, view: str) -> np.ndarray:
    z = np.asarray(z, float)
    if view == "plain":
        return z
    unit = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)
    if view == "unit":
        return unit
    return np.column_stack([z, unit, np.arcsinh(_ARCSINH_SCALE * np.sqrt(z.shape[1]) * unit)])
