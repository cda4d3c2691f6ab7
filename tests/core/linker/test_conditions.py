from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from bridgeae import Domain, FlowLinker
from bridgeae.autoencoder import Latents, LinearHead
from bridgeae.errors import InputError
from bridgeae.linker.conditions import ClassCondition, Condition, LatentCondition
from strategies import seeds


def blobs(seed: int, classes: int = 3, width: int = 3) -> Domain:
    labels = np.arange(60) % classes
    return Domain(np.random.default_rng(seed).normal(4.0 * np.eye(classes, width)[labels], 0.5), labels)


@pytest.mark.parametrize("kind", [ClassCondition, LatentCondition])
@given(seed=seeds)
def test_latents_come_back_from_the_coordinates_of_the_flow(kind: type[Condition], seed: int) -> None:
    source, target = blobs(0), blobs(1)
    condition = kind.fit(source, target, target.x)
    given = condition.given(source.x)
    z = np.random.default_rng(seed).normal(size=target.x.shape)
    assert np.allclose(condition.from_flow(condition.to_flow(z, given), given), z, atol=1e-3)


@pytest.mark.parametrize("kind", [ClassCondition, LatentCondition])
def test_a_condition_survives_its_state(kind: type[Condition]) -> None:
    source, target = blobs(0), blobs(1)
    condition = kind.fit(source, target, target.x)
    again = kind.from_state(condition.get_state())
    assert again.size == condition.size
    assert (again.given(source.x) == condition.given(source.x)).all()
    assert (again.agreement(source.x, target.x) == condition.agreement(source.x, target.x)).all()


def test_the_flow_moves_in_the_coordinates_of_its_class() -> None:
    source, target = blobs(0), blobs(1)
    condition = ClassCondition.fit(source, target, target.x)
    moved = condition.to_flow(target.x, condition.training_input(source, target))
    for c in range(3):
        assert np.allclose(moved[target.labels == c].mean(0), 0, atol=1e-3)
        assert np.allclose(moved[target.labels == c].std(0), 1, atol=1e-3)


def test_the_classifier_of_a_side_reads_the_classes_where_it_has_one() -> None:
    """A head that calls every latent class 2, so that it cannot be confused with one fitted here."""
    head = LinearHead(np.zeros((3, 3), np.float32), np.array([0, 0, 9], np.float32), np.arange(3))
    source = Latents(blobs(0).x, blobs(0).labels, head=head)
    given = ClassCondition.fit(source, blobs(1), blobs(1).x).given(source.x)
    assert (given.argmax(1) == 2).all()
    of_other_classes = Latents(source.x, source.labels, head=LinearHead(head.weights, head.bias, np.arange(3) + 7))
    given = ClassCondition.fit(of_other_classes, blobs(1), blobs(1).x).given(source.x)
    assert (given.argmax(1) == source.labels).mean() > 0.95


def test_only_shared_classes_are_read_off_the_source() -> None:
    source, target = blobs(0), blobs(1)
    target = Domain(target.x, np.where(target.labels == 1, 7, target.labels))
    condition = ClassCondition.fit(source, target, target.x)
    assert condition.size == 2 and condition.classes.tolist() == [0, 2]
    unknown = condition.training_input(source, target)[target.labels == 7]
    assert (unknown == 0).all()


def test_two_shared_classes_are_needed() -> None:
    a = blobs(0, 2, 2)
    labels = a.known_labels()
    FlowLinker().check(a, a)
    for b in (Domain(a.x), Domain(a.x, labels * 0), Domain(a.x, labels + 5), Domain(a.x, labels.astype(str))):
        with pytest.raises(InputError, match=r"share \d of at least 2 classes: \[0, 1\] and"):
            FlowLinker().check(a, b)
    FlowLinker("latent").check(Domain(a.x), Domain(a.x))
