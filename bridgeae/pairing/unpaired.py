"""Pseudo-pairs without labels or pairs, from the shape of the two latent clouds alone."""

from __future__ import annotations

import warnings

import numpy as np

from bridgeae.checks import check_counts, check_fitted
from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.pairing.aligning import (
    Alignment,
    Cloud,
    agreement,
    coarse_matchings,
    distinct,
    graph_distances,
    grouped,
    refined,
    residual,
)
from bridgeae.pairing.shared import Rows

_MAX_POINTS = 1500  # samples a side that take part; plans are (points, points)
_MAX_GROUPS = 200  # that stand for the samples in the search
_CLUSTERS = (3, 4, 5, 6, 8)  # tried in coarse matchings
_NEIGHBOURS = (0.02, 0.05, 0.1)  # of each sample in the graph, as a share of all
_RIDGE = 0.3  # of the whitening, relative to the mean variance
_KEPT = 6  # coarse matchings of each graph and number of clusters
_FINALISTS = 10  # alignments of groups that are refined with all samples
_PARTS, _PART = 2, 0.8  # alignments of some of the samples that have to agree, and the share that takes part
_CERTAIN = 0.7  # agreement from which on an alignment is no guess


class AlignmentWarning(UserWarning):
    """Two clouds can be aligned in different ways that fit about equally well."""


class UnpairedPairing:
    """Draw pseudo-pairs found by aligning the two latent clouds; labels are never read.

    Clusters of both sides are matched by their distances on a graph of nearest neighbours (Gromov-Wasserstein
    transport, Peyre et al. 2016; Demetci et al. 2022), with several graphs, numbers of clusters and starts. Each
    matching is refined: what it matches gives coordinates that both sides share (canonical correlation), these give a
    transport plan, which matches anew (Haghighi et al. 2008). The plan that says most about the partner wins.

    This works only where both domains have the same kinds of samples in the same shares, and a geometry that tells
    these apart. Photos of fingers and written digits have not. `certain_` is False where a random part of the samples
    leads to another alignment; then `fit` warns, and the pairs are a guess. True is no proof: measure.

    Args:
        clusters: the most clusters a side that are matched; about the number of classes where that is known.
        starts: matchings tried for each graph and number of clusters.
        steps: refinements of each.
        axes: shared coordinates; at least the number of classes less one separates them all.
        seed: of the clusters and the starts.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, UnpairedPairing
        >>> rng = np.random.default_rng(0)
        >>> centres = np.array([[0, 0], [9, 0], [0, 4], [2, 14]])
        >>> a, b = (np.repeat(centres, 50, 0) + rng.normal(size=(200, 2)) for _ in range(2))
        >>> pairing = UnpairedPairing(clusters=4).fit(Domain(a), Domain(b @ [[0, 1], [-1, 0]]))
        >>> i, j = pairing.sample(100, rng)
        >>> bool((i // 50 == j // 50).mean() > 0.9)
        True
    """

    def __init__(self, *, clusters: int = 10, starts: int = 20, steps: int = 15, axes: int = 3, seed: int = 0) -> None:
        check_counts(clusters=clusters, starts=starts, steps=steps, axes=axes)
        if clusters < 2:
            raise InputError(f"`clusters` must be at least 2, received {clusters}.")
        self.clusters, self.starts, self.steps, self.axes, self.seed = clusters, starts, steps, axes, seed

    def check(self, source: Domain, target: Domain) -> None:
        """Raise InputError if a side has fewer samples than twice the clusters."""
        for name, side in (("source", source), ("target", target)):
            if len(side) < 2 * self.clusters:
                raise InputError(f"`{name}` has {len(side)} samples, {self.clusters} clusters need twice as many.")

    def fit(self, source: Domain, target: Domain) -> UnpairedPairing:
        """Align the two clouds. Raises what `check` raises.

        Sets `plan_` (n, m), the weight of each match between the samples `index_` of both sides; `score_`, the mutual
        information of the plan in nats; `agreement_`, of this alignment with those of random parts of the samples (1 is
        the same, 0 unrelated); `certain_`; and `residual_`, the distance of partners that the best rotation leaves.
        """
        self.check(source, target)
        rng, sides = np.random.default_rng(self.seed), (source, target)
        self.index_ = tuple(np.sort(rng.permutation(len(side))[:_MAX_POINTS]) for side in sides)
        latents = [side.x[i].reshape(len(i), -1) for side, i in zip(sides, self.index_, strict=True)]
        clouds = [Cloud(Rows.fit(z, "both", _RIDGE).white, np.full(len(z), 1 / len(z))) for z in latents]
        best = self._search(latents, clouds)
        parts = [[_part(len(z), rng) for z in latents] for _ in range(_PARTS)]
        self.agreement_ = min(self._agreement(best, part, latents, clouds) for part in parts)
        self.plan_, self.score_ = best.plan, best.information
        self.certain_ = self.agreement_ > _CERTAIN
        self.residual_ = residual(best.plan, *latents)
        self._cumulative = np.cumsum(self.plan_)
        if not self.certain_:
            warnings.warn(
                f"a part of the samples is aligned in another way than all of them (agreement {self.agreement_:.2f}): "
                "these pairs are a guess. Give a few known pairs, or labels to both sides.",
                AlignmentWarning,
                stacklevel=2,
            )
        return self

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw `size` index pairs, each as often as the plan says; see `bridgeae.protocols.Pairing`."""
        check_fitted(self, "certain_")
        match = np.searchsorted(self._cumulative, rng.random(size) * self._cumulative[-1], side="right")
        i, j = np.divmod(np.minimum(match, len(self._cumulative) - 1), self.plan_.shape[1])
        return self.index_[0][i], self.index_[1][j]

    def _agreement(
        self, best: Alignment, index: list[np.ndarray], latents: list[np.ndarray], clouds: list[Cloud]
    ) -> float:
        """Return how far the alignment of some of the samples says the same of all of them."""
        part = [Cloud(c.x[i], np.full(len(i), 1 / len(i))) for c, i in zip(clouds, index, strict=True)]
        other = self._search([z[i] for z, i in zip(latents, index, strict=True)], part)
        return agreement(best, other.moved_to(*clouds), clouds[1])

    def _search(self, latents: list[np.ndarray], clouds: list[Cloud]) -> Alignment:
        """Return the most informative alignment that any start leads to."""
        shares = [grouped(c.x, min(_MAX_GROUPS, -(-len(c.x) // 3)), self.seed) for c in clouds]
        means = [share / share.sum(0) for share in shares]
        groups = [Cloud(m.T @ c.x, share.sum(0)) for m, c, share in zip(means, clouds, shares, strict=True)]
        axes = min(self.axes, self.clusters - 1, *(min(g.x.shape) for g in groups))
        found = []
        near = {tuple(min(max(3, round(share * len(z))), len(z) - 1) for z in latents) for share in _NEIGHBOURS}
        for counts in sorted(near):
            hops = [graph_distances(z, count) for z, count in zip(latents, counts, strict=True)]
            far = [m.T @ hop @ m for m, hop in zip(means, hops, strict=True)]
            for clusters in self._cluster_counts(min(len(g.x) for g in groups)):
                plans = coarse_matchings(far, [g.weight for g in groups], clusters, self.starts, _KEPT, self.seed)
                found += [refined(plan, groups[0], groups[1], axes, self.steps) for plan in plans]
        finalists = distinct(found, groups[1], _FINALISTS)
        steps = -(-self.steps // 2)
        last = [refined(f.moved_to(*clouds), clouds[0], clouds[1], axes, steps) for f in finalists]
        return max(last, key=lambda alignment: alignment.information)

    def _cluster_counts(self, most: int) -> list[int]:
        return sorted({min(k, self.clusters, most) for k in _CLUSTERS})


def _part(n: int, rng: np.random.Generator) -> np.ndarray:
    return np.sort(rng.permutation(n)[: max(2, round(_PART * n))])
