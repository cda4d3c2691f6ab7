from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridgeae import Autoencoder, Domain, LinkedAutoencoder, OneSidedPairing, Progress
from bridgeae.autoencoder import FoundLabels
from bridgeae.errors import InputError, NotFittedError
from bridgeae.linked.one_sided import align_labels

QUIET = Progress(quiet=True)
FAST = {"epochs": 4, "progress": QUIET}


def clusters(n: int, seed: int, shift: float = 0.0) -> Domain:
    labels = np.arange(n) % 3
    centres = 3 * np.eye(3, 6) + shift
    return Domain(centres[labels] + 0.6 * np.random.default_rng(seed).normal(size=(n, 6)), labels)


@pytest.fixture(scope="module")
def bridge() -> LinkedAutoencoder:
    """From labelled clusters to clusters without labels."""
    pairing = OneSidedPairing(passes=3000)
    options = {"source_options": FAST, "target_options": FAST, "linker_options": {"epochs": 2}}
    source, target = clusters(200, 0), Domain(clusters(240, 1, shift=0.3).x)
    return LinkedAutoencoder().fit(source, target, pairing=pairing, progress=QUIET, **options)


@pytest.mark.slow
def test_a_bridge_finds_the_classes_of_its_target(bridge: LinkedAutoencoder) -> None:
    truth = clusters(240, 1).labels
    assert (bridge.found_.labels == truth).mean() > 0.9 and bridge.found_.sure
    assert bridge.target.classes_.tolist() == [0, 1, 2]
    fresh = clusters(90, 2)
    nearest = np.argmax(bridge.translate(fresh)[:, :3], 1)  # the axis on which a cluster of the target lies
    assert (nearest == fresh.labels).mean() > 0.9


@pytest.mark.slow
def test_what_was_found_is_saved_with_the_bridge(bridge: LinkedAutoencoder, tmp_path: Path) -> None:
    bridge.save(tmp_path / "model")
    again = LinkedAutoencoder.load(tmp_path / "model").found_
    assert (again.labels == bridge.found_.labels).all() and again.score == bridge.found_.score


def test_labels_may_be_those_of_the_target() -> None:
    source, target = Domain(clusters(120, 0).x), clusters(120, 1)
    pairing = OneSidedPairing(passes=2000)
    named, same = pairing.find_labels(source, target, sides=(Autoencoder(), Autoencoder()), progress=QUIET)
    assert same is target and (named.labels == clusters(120, 0).labels).mean() > 0.9


@pytest.mark.slow
def test_labels_that_are_not_to_be_read_are_ignored() -> None:
    source, target = clusters(60, 0), clusters(60, 1)
    wrong = Domain(target.x, np.zeros(60, int))
    answers = [OneSidedPairing(labelled="source").fit(source, side).found_ for side in (Domain(target.x), wrong)]
    assert (answers[0].labels == answers[1].labels).all()


@pytest.mark.slow
def test_clouds_of_another_kind_are_aligned_by_their_shape() -> None:
    rng, labels = np.random.default_rng(0), np.arange(240) % 4
    centres = np.array([[0, 0], [9, 0], [0, 4], [2, 14]])
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0][:2]
    a, b = (centres[labels] + rng.normal(size=(240, 2)) for _ in range(2))
    found = align_labels(Domain(a, labels), Domain(b @ turn))
    assert (found.labels == labels).mean() > 0.9 and found.sure


@pytest.mark.nightly
def test_an_alignment_of_noise_warns() -> None:
    rng = np.random.default_rng(0)
    noise = Domain(rng.normal(size=(120, 9)))
    with pytest.warns(UserWarning, match="not sure: score 0"):
        pairing = OneSidedPairing().fit(Domain(rng.normal(size=(120, 4)), np.arange(120) % 6), noise)
    assert not pairing.found_.sure


def test_found_labels_are_not_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pairing = OneSidedPairing()
    source, target = pairing.find_labels(clusters(60, 0), Domain(clusters(60, 1).x))
    monkeypatch.setattr(OneSidedPairing, "_found", lambda *_: pytest.fail("found again"))
    assert isinstance(pairing.fit(source, target).found_, FoundLabels)


@pytest.mark.parametrize(
    ("source", "target", "options", "message"),
    [
        (clusters(60, 0), clusters(60, 1), {}, "both sides have labels: pass `labelled`"),
        (Domain(np.zeros((60, 2))), Domain(np.zeros((60, 2))), {}, "has no labels"),
        (Domain(np.zeros((60, 2))), clusters(60, 0), {"labelled": "source"}, "`source` has no labels"),
        (clusters(60, 0), Domain(np.zeros((19, 6))), {}, "a side has 19 samples for 3 classes"),
        (Domain(np.zeros((60, 2)), np.zeros(60, int)), Domain(np.zeros((60, 6))), {}, "at least two classes"),
    ],
)
def test_what_cannot_be_found_is_refused_before_training(
    source: Domain, target: Domain, options: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        LinkedAutoencoder().check(source, target, pairing=OneSidedPairing(**options))


def test_pairs_need_a_fit() -> None:
    with pytest.raises(NotFittedError):
        OneSidedPairing().sample(3, np.random.default_rng(0))
