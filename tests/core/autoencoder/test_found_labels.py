from __future__ import annotations

import numpy as np
import pytest

from bridgeae.autoencoder import FoundLabels


@pytest.mark.parametrize("labels", [np.array([3, 1, 3]), np.array(["owl", "cat", "owl"])])
def test_a_state_brings_back_everything(labels: np.ndarray) -> None:
    found = FoundLabels(labels, np.array([0.5, 1.0, 0.25]), 0.9)
    again = FoundLabels.from_state(found.get_state())
    assert (again.labels == labels).all() and (again.confidence == found.confidence).all() and again.score == 0.9


@pytest.mark.parametrize(("score", "sure"), [(0.2, False), (0.95, True)])
def test_a_low_score_is_not_sure(score: float, sure: bool) -> None:
    assert FoundLabels(np.zeros(1, int), np.ones(1), score).sure is sure
