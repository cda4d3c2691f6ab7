"""Two copies of one cloud are laid over each other without a pair; graph distances are those of the graph."""

from __future__ import annotations

import numpy as np
import pytest

from bridgeae.pairing.aligning import (
    Cloud,
    agreement,
    coarse_matchings,
    distinct,
    graph_distances,
    grouped,
    refined,
    residual,
)


@pytest.fixture(scope="module")
def clusters() -> tuple[np.ndarray, np.ndarray]:
    """Four clusters of 30 points at unequal distances, and their numbers."""
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0, 1], [0, 1, 0.4], [1.3, 0.1, 0], [0.4, 0.3, -1.0]])
    number = np.repeat(np.arange(4), [45, 35, 25, 15])
    return centres[number] + rng.normal(scale=0.05, size=(len(number), 3)), number


def test_graph_distances_are_symmetric_and_reach_one(clusters: tuple[np.ndarray, np.ndarray]) -> None:
    far = graph_distances(clusters[0], 10)
    assert (far == far.T).all() and far.max() == 1 and not far.diagonal().any()
    inside = clusters[1][:, None] == clusters[1]
    assert far[inside].max() < far[~inside].min()


def test_clusters_share_the_weight_out(clusters: tuple[np.ndarray, np.ndarray]) -> None:
    shares = grouped(clusters[0], 4, seed=0)
    assert shares.shape == (120, 4) and shares.sum() == pytest.approx(1)
    assert sorted(np.round(shares.sum(0) * 120)) == [15, 25, 35, 45]


def test_a_rotated_copy_is_laid_over_the_first(clusters: tuple[np.ndarray, np.ndarray]) -> None:
    x, number = clusters
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    y = x[::-1] @ rotation
    far = [graph_distances(x, 10), graph_distances(y, 10)]
    weight = np.full(120, 1 / 120)
    plans = coarse_matchings(far, [weight, weight], 4, starts=20, keep=4, seed=0)
    sides = [Cloud((z - z.mean(0)) / z.std(), weight) for z in (x, y)]
    found = distinct([refined(plan, *sides, axes=3, steps=20) for plan in plans], sides[1], most=3)
    right = (found[0].plan.argmax(1) == np.arange(119, -1, -1)).mean()
    same = (number[::-1][found[0].plan.argmax(1)] == number).mean()
    assert same == 1 and right > 0.3  # a guess within the right cluster is right one time in 30
    assert found[0].information == max(alignment.information for alignment in found)
    assert agreement(found[0], found[0].plan, sides[1]) == 1
    assert residual(found[0].plan, x, y) < 0.5 * residual(np.outer(weight, weight), x, y)
    assert agreement(found[0], found[0].moved_to(*sides), sides[1]) > 0.9
