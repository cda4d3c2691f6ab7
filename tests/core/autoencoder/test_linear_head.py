from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgeae import Domain
from bridgeae.autoencoder import Latents, LinearHead
from strategies import seeds


@st.composite
def heads(draw: st.DrawFn) -> LinearHead:
    """A head of a few classes over a few values."""
    rng, d = np.random.default_rng(draw(seeds)), draw(st.integers(1, 4))
    classes = np.array(sorted(draw(st.sets(st.integers(0, 99), min_size=1, max_size=5))))
    return LinearHead(rng.normal(size=(d, len(classes))), rng.normal(size=len(classes)), classes)


@given(heads(), seeds, st.data())
def test_a_restricted_head_keeps_the_ratio_of_its_probabilities(
    head: LinearHead, seed: int, data: st.DataObject
) -> None:
    chosen = np.array(sorted(data.draw(st.sets(st.sampled_from(head.classes.tolist()), min_size=1))))
    z = np.random.default_rng(seed).normal(size=(6, len(head.weights)))
    whole, part = head.probabilities(z), head.restricted_to(chosen)
    assert part.classes.tolist() == chosen.tolist()
    kept = whole[:, np.isin(head.classes, chosen)]
    assert np.allclose(part.probabilities(z), kept / kept.sum(1, keepdims=True), atol=1e-5)


@given(heads(), st.sets(st.integers(0, 99), min_size=1))
def test_a_head_knows_its_own_classes(head: LinearHead, classes: set[int]) -> None:
    assert head.knows(head.classes)
    assert head.knows(np.array(sorted(classes))) == classes.issubset(head.classes.tolist())


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_a_head_learns_classes_in_latents_of_any_scale_and_shape(classes: int, scale: float) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(90) % classes
    z = scale * (rng.normal(size=(90, 2, 3)) + 5 * np.eye(3)[labels][:, None] + 20)
    head = LinearHead.fit(Domain(z, np.array(["c", "a", "b"])[labels]))
    assert head.classes.tolist() == sorted(["c", "a", "b"][:classes])
    probabilities = head.probabilities(z)
    assert np.allclose(probabilities.sum(1), 1, atol=1e-5)
    assert (head.classes[probabilities.argmax(1)] == np.array(["c", "a", "b"])[labels]).all()


def test_unlabelled_latents_teach_a_head_nothing() -> None:
    rng = np.random.default_rng(0)
    z, labels = rng.normal(size=(60, 2)), np.arange(60) % 3 - 1
    known = labels != -1
    one, other = (LinearHead.fit(Domain(x, y)) for x, y in ((z, labels), (z[known], labels[known])))
    assert one.classes.tolist() == [0, 1]
    assert np.allclose(one.weights, other.weights) and np.allclose(one.bias, other.bias)


def test_many_latents_are_thinned_evenly() -> None:
    labels = np.arange(30_000) % 2
    head = LinearHead.fit(Domain((labels + np.linspace(0, 0.1, 30_000))[:, None], labels))
    assert head.probabilities([[0.0], [1.0]]).argmax(1).tolist() == [0, 1]


@settings(max_examples=10)
@given(heads())
def test_chosen_latents_keep_their_head(head: LinearHead) -> None:
    latents = Latents(np.zeros((4, 2)), labels=[0, 0, 1, -1], head=head)
    assert latents.select([0, 2]).head is head and latents.select([0, 2]).labels.tolist() == [0, 1]
    assert latents.labelled_part("source").head is head
    assert repr(latents) == "Latents(4 samples of shape (2,), 2 classes)"
    assert Latents(np.zeros((4, 2))).head is None
