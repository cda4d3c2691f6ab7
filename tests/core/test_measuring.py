from __future__ import annotations

import numpy as np

from bridgeae import Domain
from bridgeae.heads import LinearHead
from bridgeae.measuring import coverage_curve


def test_a_coverage_curve_answers_the_most_confident_first() -> None:
    confidence = np.linspace(0, 1, 20)
    right = confidence > 0.25  # the least confident quarter is wrong
    curve = {point["coverage"]: point for point in coverage_curve(right, confidence)}
    assert curve[1.0]["accuracy"] == 0.75
    assert curve[0.7]["accuracy"] == curve[0.5]["accuracy"] == 1
    assert curve[0.5]["n"] == 10
    assert curve[0.5]["min_confidence"] == confidence[10]


def test_a_head_reads_classes_off_latents_of_any_shape_and_scale() -> None:
    rng, labels = np.random.default_rng(0), np.arange(300) % 3
    z = (rng.normal(size=(300, 2, 2)) + 6 * labels[:, None, None]) * [1e3, 1e-3]
    head = LinearHead.fit(Domain(z, np.where(np.arange(300) < 30, labels, -1)))  # most are unlabelled
    assert (head.classes[head.probabilities(z).argmax(1)] == labels).mean() > 0.97
    assert np.allclose(head.probabilities(z).sum(1), 1, atol=1e-5)


def test_a_head_can_be_told_to_choose_among_fewer_classes() -> None:
    head = LinearHead(np.eye(3, dtype=np.float32), np.zeros(3, np.float32), np.array(["a", "b", "c"]))
    assert head.knows(np.array(["a", "c"])) and not head.knows(np.array(["a", "d"]))
    few = head.only(np.array(["a", "c"]))
    assert few.classes.tolist() == ["a", "c"]
    assert np.allclose(few.probabilities(np.array([[0.0, 9.0, 0.0]])), 0.5)
