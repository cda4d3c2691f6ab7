"""Align two clouds of which no pair is known: coarse matchings by geometry, each refined, the most telling one kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridgeae.pairing.axes import principal_axes
from bridgeae.pairing.shared import MAX_CORRELATION, log_ratio, shared_axes, transport

_TEMPERATURE = 2e-3  # of the entropy in coarse matchings; distances lie in [0, 1]
_COARSE_STEPS, _SCALINGS = 60, 40
_DIFFERENT = 0.3  # total variation from which on two coarse matchings are two
_FIRST_CORRELATION = 0.95  # a coarse map is not trusted more when all samples take part
_MAX_AXES = 32  # principal axes of a cloud that are rotated
_SAME_AGREEMENT = 0.8  # from which on two alignments are one


@dataclass(frozen=True, eq=False)
class Cloud:
    """Weighted points of one side.

    Args:
        x: (n, k) whitened features.
        weight: (n,) 1 in all.
    """

    x: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True, eq=False)
class Alignment:
    """A transport plan between two clouds and the coordinates in which its partners are correlated.

    Args:
        plan: (n, m) weight of each match, 1 in all.
        information: mutual information of the plan in nats: how much a point says about its partner.
        maps: (centre, axes) of either side, from features to coordinates.
        correlation: (c,) of the coordinates.
    """

    plan: np.ndarray
    information: float
    maps: tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
    correlation: np.ndarray

    def moved_to(self, source: Cloud, target: Cloud) -> np.ndarray:
        """Return the plan between other points of the same two sides."""
        x, y = ((side.x - centre) @ axes for side, (centre, axes) in zip((source, target), self.maps, strict=True))
        score = log_ratio(x, y, np.minimum(self.correlation, _FIRST_CORRELATION))
        return transport(score, rows=source.weight, columns=target.weight, steps=_SCALINGS)[0]


def graph_distances(z: np.ndarray, neighbours: int) -> np.ndarray:
    """Return distances (n, n) in hops on the graph of nearest neighbours of rows at unit length, at most 1."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import shortest_path
    from scipy.spatial.distance import cdist

    unit = z / np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)
    near = np.argpartition(cdist(unit, unit), neighbours, axis=1)[:, : neighbours + 1]
    here = np.repeat(np.arange(len(z), dtype=np.int32), neighbours + 1)
    there = near.ravel().astype(np.int32)  # older scipy finds no paths with other indices
    graph = csr_array((np.ones(near.size), (here, there)), shape=(len(z), len(z)))
    hops = shortest_path(graph, directed=False, unweighted=True)
    furthest = hops[np.isfinite(hops)].max()
    hops[~np.isfinite(hops)] = 1.5 * furthest  # in another component
    return np.asarray(hops / max(hops.max(), 1))


def grouped(x: np.ndarray, count: int, seed: int, weight: np.ndarray | None = None) -> np.ndarray:
    """Return memberships (n, count) of points in clusters: columns that each hold a share of 1 in all."""
    from sklearn.cluster import KMeans

    label = KMeans(count, n_init=3, max_iter=50, random_state=seed).fit_predict(x, sample_weight=weight)
    share = np.eye(count)[label] * (np.full(len(x), 1 / len(x)) if weight is None else weight)[:, None]
    return np.asarray(share[:, share.sum(0) > 0])


def coarse_matchings(
    distances: list[np.ndarray], weights: list[np.ndarray], clusters: int, starts: int, keep: int, seed: int
) -> list[np.ndarray]:
    """Return plans (n, m) that match clusters of both sides by their mutual distances, best first.

    Entropic Gromov-Wasserstein transport (Peyre et al. 2016) between few clusters, from random plans.
    """
    shares = [grouped(_embedded(d, clusters), clusters, seed, w) for d, w in zip(distances, weights, strict=True)]
    p, q = (share.sum(0) for share in shares)
    c, d = ((s / s.sum(0)).T @ far @ (s / s.sum(0)) for s, far in zip(shares, distances, strict=True))
    apart = (c**2 @ p)[:, None] + d**2 @ q
    rng = np.random.default_rng(seed)
    found: list[tuple[float, np.ndarray]] = []
    for _ in range(starts):
        plan = transport(2 * rng.normal(size=(len(p), len(q))), rows=p, columns=q)[0]
        for _ in range(_COARSE_STEPS):
            before, gain = plan, 4 * c @ plan @ d - 2 * apart
            score = gain / _TEMPERATURE + np.log(np.maximum(plan, 1e-300) / p[:, None] / q)
            plan = transport(score, rows=p, columns=q, steps=_SCALINGS)[0]
            if np.abs(plan - before).sum() < 1e-3:
                break
        loss = float(((apart - 2 * c @ plan @ d) * plan).sum())
        if all(np.abs(plan - other).sum() > _DIFFERENT for _, other in found):
            found.append((loss, plan))
    best = sorted(found, key=lambda f: f[0])[:keep]
    inside = [share / share.sum(0) for share in shares]
    return [inside[0] @ plan @ inside[1].T for _, plan in best]


def refined(plan: np.ndarray, source: Cloud, target: Cloud, axes: int, steps: int) -> Alignment:
    """Return the alignment that a plan leads to: correlate what it matches, match what is correlated, and so on.

    Canonical correlation analysis with unknown matches (Haghighi et al. 2008), here with transport.
    """
    p, q = source.weight, target.weight
    centres = p @ source.x, q @ target.x
    a, b = source.x - centres[0], target.x - centres[1]
    for _ in range(steps):
        before, sides = plan, shared_axes(a.T @ plan @ b, axes)
        x, y = a @ sides[0], b @ sides[1]
        spread = [np.sqrt(np.maximum(w @ s**2, 1e-12)) for w, s in ((p, x), (q, y))]
        x, y = x / spread[0], y / spread[1]
        correlation = np.clip(((plan.T @ x) * y).sum(0), 0, MAX_CORRELATION)
        plan = transport(log_ratio(x, y, correlation), rows=p, columns=q, steps=_SCALINGS)[0]
        if np.abs(plan - before).sum() < 1e-3:
            break
    information = float((plan * (np.log(np.maximum(plan, 1e-300)) - np.log(p)[:, None] - np.log(q))).sum())
    maps = tuple((c, s / r) for c, s, r in zip(centres, sides, spread, strict=True))
    return Alignment(plan, information, maps, correlation)  # type: ignore[arg-type]


def distinct(found: list[Alignment], target: Cloud, most: int) -> list[Alignment]:
    """Return the most informative alignments that match differently."""
    kept: list[Alignment] = []
    for alignment in sorted(found, key=lambda a: -a.information):
        if len(kept) < most and all(agreement(other, alignment.plan, target) < _SAME_AGREEMENT for other in kept):
            kept.append(alignment)
    return kept


def agreement(alignment: Alignment, plan: np.ndarray, target: Cloud) -> float:
    """Return 1 where a plan gives source points the same mean partners as an alignment does, 0 for unrelated ones."""
    weight = alignment.plan.sum(1)
    x, y = (p @ (target.x @ alignment.maps[1][1]) / p.sum(1, keepdims=True) for p in (alignment.plan, plan))
    x, y = x - weight @ x, y - weight @ y
    return float(1 - weight @ ((x - y) ** 2).sum(1) / max(float(weight @ (x**2 + y**2).sum(1)), 1e-12))


def _embedded(distance: np.ndarray, axes: int) -> np.ndarray:
    """Return coordinates (n, axes) with about these mutual distances (classical scaling, Torgerson 1952)."""
    square = distance**2
    inner = (square.mean(0) + square.mean(1)[:, None] - square - square.mean()) / 2
    value, vector = np.linalg.eigh(inner)
    return np.asarray(vector[:, -axes:] * np.sqrt(np.maximum(value[-axes:], 0)))


def residual(plan: np.ndarray, source: np.ndarray, target: np.ndarray) -> float:
    """Return the root mean square distance of partners that the best rotation leaves; 0 for clouds of one shape.

    Args:
        plan: (n, m) weight of each match, 1 in all.
        source: (n, d) latents; scaled to a mean square of one, as the target's are.
        target: (m, e).
    """
    axes = min(_MAX_AXES, source.shape[1], target.shape[1])
    a, b = (principal_axes(z.astype(float), axes) for z in (source, target))
    a, b = (z / max(float(np.sqrt((z**2).sum(1).mean())), 1e-12) for z in (a, b))
    shared = np.linalg.svd(a.T @ plan @ b, compute_uv=False).sum()
    return float(np.sqrt(max(0.0, plan.sum(1) @ (a**2).sum(1) + plan.sum(0) @ (b**2).sum(1) - 2 * shared)))
