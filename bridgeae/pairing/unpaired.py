"""Pseudo-pairs where nothing says which sample belongs with which: the shape of the two latent clouds alone."""

from __future__ import annotations

import numpy as np

from bridgeae.domain import Domain
from bridgeae.errors import InputError, NotFittedError

_AXES = 32  # principal axes kept of each cloud
_AROUND = 10  # nearest points whose distance is what is usual around a point
_POINTS = 1500  # samples a side that take part; similarities are (points, points)


class UnpairedPairing:
    """Draw pseudo-pairs found by laying one latent cloud onto the other; labels are never looked at.

    Both clouds are cut into clusters, and the clusters matched so that their mutual distances agree (quadratic
    assignment; Vogelstein et al. 2015). From several such starts an orthogonal map is refined: map, take mutual nearest
    neighbours as pairs, fit again (Conneau et al. 2018). The start whose map leaves the least distance wins.

    This can only work where both domains have the same shape in their latents: the same things, alike to the same
    degree. Where they have not, as photos of fingers and written digits, nothing in the data says which cluster is
    which, and the result is a guess: look at `residual_`, and measure.

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
        if clusters < 2 or starts < 1 or steps < 1:
            raise InputError(
                f"`clusters` must be at least 2, `starts` and `steps` 1, received {clusters}, {starts} and {steps}."
            )
        self.clusters, self.starts, self.steps, self.seed = clusters, starts, steps, seed

    def fit(self, source: Domain, target: Domain) -> UnpairedPairing:
        """Take both sides; the search itself waits for the first draw, as in `TransportPairing`.

        Raises:
            InputError: a side has fewer samples than clusters.
        """
        for name, side in (("source", source), ("target", target)):
            if len(side) < 2 * self.clusters:
                raise InputError(f"`{name}` has {len(side)} samples, {self.clusters} clusters need twice as many.")
        self._sides = source, target
        self._pairs: tuple[np.ndarray, np.ndarray] | None = None
        return self

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw `size` index pairs; see `bridgeae.protocols.Pairing`."""
        if not hasattr(self, "_sides"):
            raise NotFittedError("`fit(source, target)` must come before `sample` on this UnpairedPairing.")
        if self._pairs is None:
            self._pairs = self._search()
        pair = rng.integers(0, len(self._pairs[0]), size)
        return self._pairs[0][pair], self._pairs[1][pair]

    def _search(self) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(self.seed)
        index = [np.sort(rng.permutation(len(side))[:_POINTS]) for side in self._sides]
        axes = min(_AXES, *(int(np.prod(side.sample_shape)) for side in self._sides), *(len(i) - 1 for i in index))
        a, b = (_cloud(side.x[i], axes) for side, i in zip(self._sides, index, strict=True))
        centres = [self._centres(cloud) for cloud in (a, b)]
        best: tuple[float, np.ndarray, np.ndarray] | None = None
        for order in self._orders(centres[0], centres[1], rng):
            turn = _turn(centres[0], centres[1][order])
            found = self._refine(a, b, turn)
            if best is None or found[0] < best[0]:
                best = found
        assert best is not None
        self.residual_ = best[0]
        return index[0][best[1]], index[1][best[2]]

    def _centres(self, cloud: np.ndarray) -> np.ndarray:
        from sklearn.cluster import KMeans

        centres: np.ndarray = KMeans(self.clusters, n_init=5, random_state=self.seed).fit(cloud).cluster_centers_
        return centres

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

    def _refine(self, a: np.ndarray, b: np.ndarray, turn: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Improve an orthogonal map; return the distance it leaves, and the mutual nearest neighbours under it."""
        from scipy.spatial.distance import cdist

        i = j = np.empty(0, np.int64)
        residual, near = np.inf, [min(_AROUND, n - 1) for n in (len(a), len(b))]
        for _ in range(self.steps):
            distance = cdist(a @ turn, b)
            residual = float(distance.min(0).mean() + distance.min(1).mean())
            # hubs are near to everything: a distance counts relative to what is usual around both points
            around = [
                np.partition(distance, near[0], 0)[: near[0]].mean(0),
                np.partition(distance, near[1], 1)[:, : near[1]].mean(1),
            ]
            relative = 2 * distance - around[0] - around[1][:, None]
            forth, back = relative.argmin(1), relative.argmin(0)
            i = np.flatnonzero(back[forth] == np.arange(len(a)))
            j = forth[i]
            turn = _turn(a[i], b[j])
        return residual, i, j


def _cloud(z: np.ndarray, axes: int) -> np.ndarray:
    """Return latents on their principal axes, centred, with a mean square of one."""
    z = z.reshape(len(z), -1).astype(float)
    z -= z.mean(0)
    z = z @ np.linalg.svd(z.T @ z)[0][:, :axes]
    cloud: np.ndarray = z / np.sqrt((z**2).sum(1).mean())
    return cloud


def _turn(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the orthogonal map that brings `a` closest to `b` (Procrustes)."""
    left, _, right = np.linalg.svd(a.T @ b)
    turn: np.ndarray = left @ right
    return turn
