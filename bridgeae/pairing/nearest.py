"""Pairs that are near each other in a feature that both sides have."""

from __future__ import annotations

import numpy as np

from bridgeae.checks import check_counts, check_fitted
from bridgeae.domain import Domain
from bridgeae.errors import InputError


class NearestPairing:
    """Draw pairs that are near each other in a feature both sides have: an age, a position, class probabilities.

    Args:
        source_feature: (n,) or (n, d), the feature of each source sample, in the order of the source.
        target_feature: (m,) or (m, d), the same feature of each target sample, in the same units.
        neighbours: nearest target samples of each source sample between which a draw chooses.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, NearestPairing
        >>> a, b = Domain(np.zeros((3, 2))), Domain(np.zeros((4, 5)))
        >>> pairing = NearestPairing([1.0, 5.0, 9.0], [8.0, 2.0, 4.0, 100.0], neighbours=1).fit(a, b)
        >>> i, j = pairing.sample(20, np.random.default_rng(0))
        >>> sorted({(int(p), int(q)) for p, q in zip(i, j)})
        [(0, 1), (1, 2), (2, 0)]
    """

    def __init__(self, source_feature: object, target_feature: object, *, neighbours: int = 5) -> None:
        self.source_feature = _feature(source_feature, "source_feature")
        self.target_feature = _feature(target_feature, "target_feature")
        if self.source_feature.shape[1] != self.target_feature.shape[1]:
            raise InputError(
                f"`source_feature` has {self.source_feature.shape[1]} values a sample and `target_feature` "
                f"{self.target_feature.shape[1]}: a shared feature has as many on both sides."
            )
        check_counts(neighbours=neighbours)
        if neighbours > len(self.target_feature):
            raise InputError(f"`neighbours` must lie in 1..{len(self.target_feature)}, received {neighbours}.")
        self.neighbours = neighbours

    def check(self, source: Domain, target: Domain) -> None:
        """Raise InputError if a feature does not have one row for each sample."""
        for name, side in (("source", source), ("target", target)):
            rows = len(getattr(self, f"{name}_feature"))
            if rows != len(side):
                raise InputError(
                    f"`{name}_feature` has {rows} rows for {len(side)} samples of the {name}: need one each."
                )

    def fit(self, source: Domain, target: Domain) -> NearestPairing:
        """Find the neighbours. Raises what `check` raises."""
        from scipy.spatial import cKDTree

        self.check(source, target)
        nearest = cKDTree(self.target_feature).query(self.source_feature, self.neighbours)[1]
        self.nearest_ = nearest.reshape(len(source), self.neighbours)
        return self

    def sample(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw `size` index pairs, every source sample equally often; see `bridgeae.protocols.Pairing`."""
        check_fitted(self, "nearest_")
        i = rng.integers(0, len(self.nearest_), size)
        return i, self.nearest_[i, rng.integers(0, self.neighbours, size)]


def _feature(value: object, name: str) -> np.ndarray:
    try:
        feature = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"`{name}` must be finite numbers (n,) or (n, d), received something else.") from None
    feature = feature[:, None] if feature.ndim == 1 else feature
    if feature.ndim != 2 or not len(feature) or not np.isfinite(feature).all():
        raise InputError(f"`{name}` must be finite numbers (n,) or (n, d), received shape {feature.shape}.")
    return feature
