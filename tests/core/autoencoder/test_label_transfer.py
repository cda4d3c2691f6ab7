from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bridgeae import Domain, Progress
from bridgeae.autoencoder import FoundLabels
from bridgeae.autoencoder.label_transfer import score_of, surest, transfer_labels
from bridgeae.errors import InputError

QUIET = Progress(quiet=True)


def clusters(n: int, seed: int, shift: float = 0.0, noise: float = 0.8) -> Domain:
    """Four clusters; a shift moves each of them on its own."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 4
    centres = 2.5 * np.eye(4, 8) + shift * np.random.default_rng(9).normal(size=(4, 8))
    return Domain(centres[labels] + noise * rng.normal(size=(n, 8)), labels)


def found(known: Domain, unknown: Domain, **options: int) -> FoundLabels:
    return transfer_labels(known, Domain(unknown.x), passes=6000, batch_size=32, progress=QUIET, **options)


@pytest.mark.slow
def test_classes_are_found_although_samples_have_moved() -> None:
    known, unknown = clusters(300, 0), clusters(400, 1, shift=0.4, noise=0.6)
    answer = found(known, unknown)
    right = answer.labels == unknown.labels
    assert right.mean() > 0.9
    assert answer.sure and answer.confidence.shape == (400,)
    assert roc_auc_score(right, answer.confidence) > 0.7


@pytest.mark.nightly
def test_a_side_of_another_meaning_has_a_lower_score() -> None:
    known, unknown = clusters(300, 0), clusters(300, 1)
    mirrored = Domain(-unknown.x, unknown.labels)
    good, bad = (found(known, side, rounds=1) for side in (unknown, mirrored))
    assert (good.labels == unknown.labels).mean() > 0.9 > 0.5 > (bad.labels == unknown.labels).mean()
    assert good.score > bad.score + 0.15


def test_a_score_counts_sure_answers_and_compares_shares() -> None:
    sure, torn = np.array([[0.9, 0.1], [0.1, 0.9]]), np.array([[0.6, 0.4], [0.4, 0.6]])
    half = np.array([0.5, 0.5])
    assert score_of(sure, sure, half) == 1
    assert score_of(sure, torn, half) == 0
    assert score_of(sure, sure[[0, 0]], half) == 0.5  # one class swallowed the other


@pytest.mark.slow
def test_labels_of_the_other_side_are_never_read() -> None:
    known, unknown = clusters(100, 0), clusters(100, 1)
    wrong = Domain(unknown.x, np.zeros(100, int))
    answers = [transfer_labels(known, d, passes=300, rounds=1, progress=QUIET) for d in (unknown, wrong)]
    assert (answers[0].labels == answers[1].labels).all()
    assert (answers[0].confidence == answers[1].confidence).all()


def test_the_surest_of_each_class_are_chosen() -> None:
    classes, confidence = np.array([0, 0, 0, 0, 1, 1]), np.array([0.1, 0.9, 0.8, 0.2, 0.3, 0.4])
    assert surest(classes, confidence, 0.5).tolist() == [False, True, True, False, False, True]


@pytest.mark.parametrize(
    ("known", "unknown", "message"),
    [
        (clusters(20, 0), Domain(np.zeros((20, 9))), "`unknown` must have samples of the same kind"),
        (Domain(np.zeros((20, 8))), Domain(np.zeros((20, 8))), "`known` needs labels"),
    ],
)
def test_what_cannot_be_aligned_is_refused(known: Domain, unknown: Domain, message: str) -> None:
    with pytest.raises(InputError, match=message):
        transfer_labels(known, unknown)
