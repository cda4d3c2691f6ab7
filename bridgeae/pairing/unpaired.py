"""Pseudo-pairs without labels or pairs, from the shape of the two latent clouds alone."""

from __future__ import annotations

import numpy as np

from bridgeae.checks import check_counts, check_fitted
from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.pairing.axes import principal_axes

_MAX_AXES = 32  # principal axes kept of each cloud
_LOCAL_NEIGHBOURS = 10  # whose mean distance is the local scale of a point
_MAX_POINTS = 1500  # samples a side that take part; distances are (points, points)


class UnpairedPairing:
    """Draw pseudo-pairs found by aligning the two latent clouds; labels are never read.

    Both clouds are clustered, and the clusters matched so that their mutual distances agree (quadratic assignment;
    Vogelstein et al. 2015). From several such starts an orthogonal map is refined: map, take mutual nearest neighbours
    as pairs, fit again (Conneau et al. 2018). The start with the smallest remaining distance wins.

    This works only where the latents of both domains have the same geometry. Photos of fingers and written digits do
    not: nothing in the data says which cluster is which, and the result is a guess. Look at `residual_`, and measure.

    Args:
        clusters: clusters a side; about the number of classes where that is known.
        starts: cluster matchings tried.
        steps: refinements of each.
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

    def __init__(self, *, clusters: int = 10, starts: int = 20, steps: int = 15, seed: int = 0) -> None:
        check_counts(clusters=clusters, starts=starts, steps=steps)
        if clusters < 2:
            raise InputError(f"`clusters` must be at least 2, received {clusters}.")
        self.clusters, self.starts, self.steps, self.seed = clusters, starts, steps, seed

    def check(self, source: Domain, target: Domain) -> None:
        """Raise InputError if a side has fewer samples than twice the clusters."""
        for name, side in (("source", source), ("target", target)):
            if len(side) < 2 * self.clusters:
                raise InputError(f"`{name}` has {len(side)} samples, {self.clusters} clusters need twice as many.")

    def fit(self, source: Domain, target: Domain) -> UnpairedPairing:
        """Align the two clouds; sets `residual_`, the mean distance that remains. Raises what `check` raises."""
        self.check(source, target)
        rng, sides = np.random.default_rng(self.seed), (source, target)
        index = [np.sort(rng.permutation(len(side))[:_MAX_POINTS]) for side in sides]
        axes = min(_MAX_AXES, *(int(np.prod(side.sample_shape)) for side in sides), *(len(i) - 1 for i in index))
        a, b = (_cloud(side.x[i], axes) for side, i in zip(sides, index, strict=True))
        centres = [self._centres(cloud) for cloud in (a, b)]
        orders = self._orders(centres[0], centres[1], rng)
        refined = [self._refine(a, b, _rotation(centres[0], centres[1][order])) for order in orders]
        self.residual_, i, j = min(refined, key=lambda found: found[0])
        self._pairs = index[0][i], index[1][j]
        return self

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw `size` index pairs; see `bridgeae.protocols.Pairing`."""
        check_fitted(self, "residual_")
        pair = rng.integers(0, len(self._pairs[0]), size)
        return self._pairs[0][pair], self._pairs[1][pair]

    def _centres(self, cloud: np.ndarray) -> np.ndarray:
        from sklearn.cluster import KMeans

        return np.asarray(KMeans(self.clusters, n_init=5, random_state=self.seed).fit(cloud).cluster_centers_)

    def _orders(self, a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
        """Return cluster matchings whose mutual distances agree, distinct ones, best first."""
        from scipy.optimize import quadratic_assignment
        from scipy.spatial.distance import cdist

        inner = [np.log1p(cdist(centres, centres)) for centres in (a, b)]
        found: dict[tuple[int, ...], float] = {}
        for _ in range(self.starts):
            start = np.stack([np.arange(self.clusters), rng.permutation(self.clusters)], 1)
            options = {"maximize": True, "partial_guess": start, "rng": rng}
            answer = quadratic_assignment(*inner, method="2opt", options=options)
            found[tuple(int(k) for k in answer.col_ind)] = answer.fun
        return [np.array(order) for order in sorted(found, key=lambda order: -found[order])]

    def _refine(self, a: np.ndarray, b: np.ndarray, rotation: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Refine an orthogonal map; return the remaining distance, and the mutual nearest neighbours under the map."""
        from scipy.spatial.distance import cdist

        i = j = np.empty(0, np.int64)
        residual, near = np.inf, [min(_LOCAL_NEIGHBOURS, n - 1) for n in (len(a), len(b))]
        for _ in range(self.steps):
            distance = cdist(a @ rotation, b)
            residual = float(distance.min(0).mean() + distance.min(1).mean())
            # hubs are near to everything: distances count relative to the local scale of both points
            local = [
                np.partition(distance, near[0], 0)[: near[0]].mean(0),
                np.partition(distance, near[1], 1)[:, : near[1]].mean(1),
            ]
            relative = 2 * distance - local[0] - local[1][:, None]
            forth, back = relative.argmin(1), relative.argmin(0)
            i = np.flatnonzero(back[forth] == np.arange(len(a)))
            j = forth[i]
            rotation = _rotation(a[i], b[j])
        return residual, i, j


def _cloud(z: np.ndarray, axes: int) -> np.ndarray:
    """Return latents on their principal axes, centred, with a mean square of one."""
    scores = principal_axes(z.astype(float), axes)
    return np.asarray(scores / max(np.sqrt((scores**2).sum(1).mean()), 1e-12))


def _rotation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the orthogonal map that brings `a` closest to `b` (Procrustes)."""
    left, _, right = np.linalg.svd(a.T @ b)
    return np.asarray(left @ right)
