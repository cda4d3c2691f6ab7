"""What a bridge takes where nothing was passed, and which mistakes it reports before anything trains."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae import (
    Autoencoder,
    AutoLinker,
    ClassPairing,
    Domain,
    FlowLinker,
    GivenPairing,
    LinkedAutoencoder,
    NetworkLinker,
    RidgeLinker,
    UnpairedPairing,
)
from bridgeae.errors import InputError
from bridgeae.linked.choices import PairingWarning, choose_linker, choose_pairing
from bridgeae.networks import dense_networks

LABELS = np.arange(24) % 3
SOURCE = Domain(np.random.default_rng(0).normal(size=(24, 5)), LABELS)
TARGET = Domain(np.random.default_rng(1).normal(size=(24, 4)), LABELS)
WRONG_LATENTS = keras.Sequential([keras.Input((9,)), layers.Dense(3)])


def never_trained(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    raise AssertionError("the side was trained")


def side(width: int, *, decoder: bool = True, classifier: str | None = None) -> Autoencoder:
    """Return an autoencoder that raises where it is trained."""
    encoder, back = dense_networks((width,), (3,), units=(4,))
    return Autoencoder(encoder, back if decoder else None, classifier=classifier, corrupt=never_trained)


def test_class_pairs_are_linked_by_a_flow_and_given_ones_by_what_validates_best() -> None:
    assert isinstance(choose_pairing(None, SOURCE, TARGET), ClassPairing)
    assert isinstance(choose_linker(None, ClassPairing()), FlowLinker)
    assert isinstance(choose_linker(None, GivenPairing()), AutoLinker)
    assert isinstance(choose_linker(None, UnpairedPairing()), RidgeLinker)


@pytest.mark.parametrize(
    ("name", "kind", "options"),
    [
        ("ridge", RidgeLinker, {}),
        ("auto", AutoLinker, {}),
        ("flow", FlowLinker, {"condition": "class"}),
        ("network", NetworkLinker, {"network": "dense"}),
        ("dense", NetworkLinker, {"network": "dense"}),
        ("convolutional", NetworkLinker, {"network": "convolutional"}),
    ],
)
def test_a_linker_may_be_named(name: str, kind: type, options: dict[str, Any]) -> None:
    linker = LinkedAutoencoder(linker=name).linker
    assert isinstance(linker, kind) and vars(linker).items() >= options.items()


@pytest.mark.parametrize(("name", "missing"), [("class", "error"), ("class-drop", "drop")])
def test_a_pairing_may_be_named(name: str, missing: str) -> None:
    pairing = choose_pairing(name, SOURCE, TARGET)
    assert isinstance(pairing, ClassPairing) and pairing.missing == missing
    assert isinstance(choose_pairing("given", SOURCE, TARGET), GivenPairing)


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(InputError, match=r"no linker is called 'rigde'.* Did you mean `ridge`\?"):
        LinkedAutoencoder(linker="rigde")
    with pytest.raises(InputError, match=r"no pairing is called 'givn'.* Did you mean `given`\?"):
        choose_pairing("givn", SOURCE, TARGET)


def test_a_side_is_an_autoencoder() -> None:
    networks: Any = dense_networks((5,), (3,))
    for step in (LinkedAutoencoder(networks).check, LinkedAutoencoder(networks).fit):
        with pytest.raises(InputError, match=r"each side must be an Autoencoder, received tuple: pass Autoencoder\("):
            step(SOURCE, TARGET)


@pytest.mark.parametrize(
    ("linker", "source", "target", "pairing", "message"),
    [
        (None, SOURCE.x, TARGET, None, "`pairing` is needed where a side has no labels"),
        (None, SOURCE, TARGET.select(LABELS < 2), None, r"\[2\] only in `source`"),
        (None, SOURCE, TARGET.select(LABELS < 2), GivenPairing(), "pairs by position need as many"),
        (None, SOURCE, (TARGET.x, 2 - LABELS), "given", "labels of 16 of 24 given pairs disagree, such as 0 and 2"),
        (None, SOURCE, TARGET, GivenPairing([0, 99], [0, 1]), r"`source_index` must lie in 0\.\.23, received 0\.\.99"),
        (None, SOURCE.x[:4], TARGET.x[:4], "given", "must be 5 or more different ones, received 4"),
        (None, SOURCE, TARGET, GivenPairing([0] * 9, [1] * 9), "must be 5 or more different ones, received 1"),
        (None, SOURCE.x, TARGET.x * 0 + 3, "given", "all 24 paired samples of `target` are equal"),
        (None, SOURCE.x * 0, TARGET.x, "given", "all 24 paired samples of `source` are equal"),
        (None, SOURCE, TARGET, "clas", "no pairing is called 'clas'"),
        (None, SOURCE, TARGET, object(), r"`pairing` must have the methods .* object lacks check, fit, sample"),
        (object(), SOURCE, TARGET, None, r"`linker` must have the methods .* object lacks check, fit, predict"),
        (None, SOURCE, TARGET, ClassPairing, r"received the class ClassPairing: pass ClassPairing\(\)"),
        (FlowLinker, SOURCE, TARGET, None, r"received the class FlowLinker: pass FlowLinker\(\)"),
        (None, (SOURCE.x, LABELS * 0), (TARGET.x, LABELS * 0), None, "share 1 of at least 2 classes"),
        (FlowLinker(), SOURCE.x, TARGET.x, GivenPairing(), "share 0 of at least 2 classes"),
        ("convolutional", SOURCE, TARGET, None, "needs sequence latents"),
        (NetworkLinker(WRONG_LATENTS), SOURCE, TARGET, None, r"maps latents of shape \(9,\) to \(3,\)"),
        (NetworkLinker(loss="mze"), SOURCE, TARGET, None, "`loss` must be"),
        (None, (SOURCE.x, LABELS[:-1]), TARGET, None, "`source`: `labels` must have shape"),
        (None, TARGET, SOURCE, None, r"`x` must have shape \(n, 5\) for this encoder"),
    ],
)
def test_a_mistake_is_reported_before_anything_trains(
    linker: Any, source: Any, target: Any, pairing: Any, message: str
) -> None:
    made = LinkedAutoencoder(side(5), side(4), linker)
    before = [w.copy() for w in made.source.encoder.get_weights()]  # type: ignore[union-attr]
    for step in (made.check, made.fit):
        with pytest.raises(InputError, match=message):
            step(source, target, pairing=pairing)
    after = made.source.encoder.get_weights()  # type: ignore[union-attr]
    assert all((a == b).all() for a, b in zip(before, after, strict=True))
    assert not made.source.fitted and not made.target.fitted


def test_a_target_without_decoder_and_a_classifier_without_classes_are_refused_before_training() -> None:
    with pytest.raises(InputError, match="`target` has no decoder"):
        LinkedAutoencoder(side(5), side(4, decoder=False, classifier="first")).fit(SOURCE, TARGET)
    with pytest.raises(InputError, match="a classifier needs labels of at least two classes"):
        LinkedAutoencoder(side(5, classifier="first"), side(4)).fit(SOURCE.x, TARGET.x, pairing="given")


def test_without_sides_nothing_is_built_where_the_data_cannot_be_linked() -> None:
    made = LinkedAutoencoder()
    with pytest.raises(InputError, match=r"\[2\] only in `source`"):
        made.fit(SOURCE, TARGET.select(LABELS < 2))
    with pytest.raises(RuntimeError, match="has no source yet"):
        _ = made.source


def test_rows_that_evidently_belong_together_are_paired_with_a_warning() -> None:
    both = Domain(SOURCE.x), Domain(SOURCE.x @ np.ones((5, 4)) + 0.1 * TARGET.x)
    sides = [Domain(side.x, LABELS) for side in both]
    with pytest.warns(PairingWarning, match='Pass pairing="given" to say so, or pairing="class"'):
        assert isinstance(choose_pairing(None, *sides), GivenPairing)
    assert isinstance(choose_pairing("class", *sides), ClassPairing)
    assert isinstance(choose_pairing(None, SOURCE, TARGET), ClassPairing)
