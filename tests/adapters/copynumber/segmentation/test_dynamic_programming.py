from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.copynumber.samples import SEEDS
from bridgeae_copynumber.segmentation import best_breakpoints


class Problem(NamedTuple):
    """Arguments of `best_breakpoints`, and the places where segments must start or end."""

    values: np.ndarray
    weights: np.ndarray
    starts: np.ndarray
    penalties: np.ndarray
    forced: np.ndarray
    min_bins: int

    def solve(self) -> np.ndarray:
        return best_breakpoints(*self[:5], min_bins=self.min_bins)

    def cost(self, at: np.ndarray) -> float:
        """Return the cost of a segmentation with these starts, infinite where a segment is too short."""
        ends = np.append(self.starts[self.forced], len(self.values))
        total = self.penalties[np.isin(self.starts, at) & ~self.forced].sum()
        for a, b in zip(at, np.append(at[1:], len(self.values)), strict=True):
            if b - a < self.min_bins and not (a in ends and b in ends):
                return np.inf
            mean = np.average(self.values[a:b], weights=self.weights[a:b])
            total += (self.weights[a:b] * (self.values[a:b] - mean) ** 2).sum()
        return float(total)

    def brute_force(self) -> float:
        """Return the cost of the cheapest of all subsets of breakpoints."""
        needed, free = self.starts[self.forced], self.starts[~self.forced]
        subsets = (some for size in range(len(free) + 1) for some in combinations(free, size))
        return min(self.cost(np.sort(np.append(needed, some)).astype(int)) for some in subsets)


@given(seed=SEEDS, n=st.integers(1, 14), chromosomes=st.integers(1, 3), min_bins=st.integers(1, 4))
@settings(max_examples=150)
def test_it_is_as_cheap_as_trying_everything(seed: int, n: int, chromosomes: int, min_bins: int) -> None:
    rng = np.random.default_rng(seed)
    values, weights = rng.normal(size=n).round(2) * 3, rng.uniform(0.2, 2, n)
    forced = np.zeros(n, bool)
    forced[np.append(0, rng.integers(0, n, chromosomes - 1))] = True
    starts = np.flatnonzero(forced | (rng.random(n) < 0.6))
    forced, penalties = forced[starts], rng.uniform(0, 4, len(starts))
    problem = Problem(values, weights, starts, penalties, forced, min_bins)
    np.testing.assert_allclose(problem.cost(problem.solve()), problem.brute_force(), rtol=1e-9, atol=1e-9)


def test_pruning_over_many_blocks_is_exact() -> None:
    rng = np.random.default_rng(0)
    n = 400
    values = rng.normal(size=n) + np.repeat(rng.normal(0, 3, 20), 20)
    starts, forced = np.arange(n), np.arange(n) % 200 == 0
    best = np.full(n + 1, np.inf)
    best[0] = 0
    for j in range(1, n + 1):
        for i in range((j - 1) // 200 * 200, j - 2):
            part = values[i:j]
            extra = 0.0 if j == n or forced[j] else 9.0
            best[j] = min(best[j], best[i] + ((part - part.mean()) ** 2).sum() + extra)
    problem = Problem(values, np.ones(n), starts, np.full(n, 9.0), forced, min_bins=3)
    np.testing.assert_allclose(problem.cost(problem.solve()), best[n], rtol=1e-9)
