from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgeae import Domain, LinkedAutoencoder, RidgeLinker
from bridgeae.errors import InputError, NotFittedError
from strategies import seeds

WORDS = np.array(["a", "b", "c"])


def test_translations_have_the_right_class(bridge: LinkedAutoencoder, waves: Domain, tiles: Domain) -> None:
    figures = bridge.evaluate(waves, tiles)
    assert figures["n"] == 90
    assert figures["accuracy"] > 0.9
    assert np.trace(figures["confusion"]) == figures["right"]
    assert {"diversity", "frechet", "frechet_floor"} <= set(figures)


def test_translations_do_not_depend_on_the_size_of_a_batch(bridge: LinkedAutoencoder, waves: Domain) -> None:
    assert np.allclose(bridge.translate(waves, batch_size=7), bridge.translate(waves), atol=1e-5)


def test_draws_are_different_and_of_the_class(drawing: LinkedAutoencoder, waves: Domain) -> None:
    draws = drawing.translate(waves.x[:9], draws=4, seed=1)
    assert draws.shape == (9, 4, 6, 6, 1) and draws.std(1).max() > 0
    called = drawing.target.predict(draws.reshape(36, 6, 6, 1))
    assert (called == np.repeat(waves.known_labels()[:9], 4)).mean() > 0.9


@settings(max_examples=25)
@given(seeds, st.lists(st.integers(0, 8), max_size=3), st.integers(1, 12))
def test_draws_depend_neither_on_order_nor_on_batches(
    drawing: LinkedAutoencoder, waves: Domain, seed: int, cuts: list[int], batch_size: int
) -> None:
    order = np.random.default_rng(seed).permutation(8)
    parts = [part for part in np.split(order, sorted(cuts)) if len(part)]
    made = [drawing.translate(waves.x[part], draws=2, seed=3, batch_size=batch_size) for part in parts]
    assert np.allclose(np.concatenate(made), drawing.translate(waves.x[:8], draws=2, seed=3)[order], atol=1e-4)


def test_copies_of_a_sample_in_one_call_have_draws_of_their_own(drawing: LinkedAutoencoder, waves: Domain) -> None:
    copies = drawing.translate(np.repeat(waves.x[:1], 3, axis=0), draws=1, seed=3)[:, 0]
    assert np.ptp(copies, axis=0).max() > 0
    assert np.allclose(copies[0], drawing.translate(waves.x[:2], draws=1, seed=3)[0, 0], atol=1e-5)


def test_confidence_below_a_threshold_is_refused(drawing: LinkedAutoencoder, waves: Domain) -> None:
    made, confidence = drawing.translate(waves, return_confidence=True)
    assert made.shape == (90, 6, 6, 1) and confidence.shape == (90,)
    assert ((confidence >= 0) & (confidence <= 1)).all()
    threshold = float(np.median(confidence))
    refused = np.isnan(drawing.translate(waves, min_confidence=threshold)).all((1, 2, 3))
    assert (refused == (confidence < threshold)).all()


def test_samples_of_another_kind_get_little_confidence(drawing: LinkedAutoencoder, waves: Domain) -> None:
    noise = np.random.default_rng(0).normal(scale=3.0, size=(50, 24)).astype(np.float32)
    assert np.median(drawing.confidence(waves)) > 0.8
    assert np.median(drawing.confidence(noise)) < 0.3


def test_a_reading_is_what_the_bridge_says_of_samples(drawing: LinkedAutoencoder, waves: Domain) -> None:
    few = waves.select(slice(9))
    reading = drawing.reading(few, draws=3, seed=5)
    assert len(reading) == 9 and reading.samples is few
    assert (reading.fixed == drawing.translate(few)).all()
    assert reading.draws is not None and (reading.draws == drawing.translate(few, draws=3, seed=5)).all()
    assert (reading.first_draw == reading.draws[:, 0]).all()
    assert reading.encoding.predicted is not None
    assert (reading.encoding.predicted == drawing.source.predict(few)).all()
    assert reading.confidence is not None and np.allclose(reading.confidence, drawing.confidence(few))


def test_a_bridge_without_calibration_or_draws_leaves_them_out(bridge: LinkedAutoencoder, waves: Domain) -> None:
    reading = bridge.reading(waves.x[:4])
    assert reading.draws is None and reading.confidence is None


def test_a_known_encoding_is_not_computed_again(
    drawing: LinkedAutoencoder, waves: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoding = drawing.source.encoding(waves)
    predict, passed = keras.Model.predict_on_batch, []

    def counted(self: keras.Model, x: Any) -> Any:
        if self is drawing.source.encoder:
            passed.append(len(x))
        return predict(self, x)

    monkeypatch.setattr(keras.Model, "predict_on_batch", counted)
    again = drawing.reading(waves, draws=2, encoding=encoding)
    assert passed == []
    figures = drawing.evaluate(again, drawn=True)
    assert passed == []
    assert (drawing.reading(waves, draws=2).fixed == again.fixed).all() and sum(passed) == len(waves)
    assert figures == drawing.evaluate(waves, drawn=True)


def test_a_reading_is_measured_as_its_samples_are(drawing: LinkedAutoencoder, waves: Domain, tiles: Domain) -> None:
    half = Domain(waves.x, np.where(np.arange(90) < 45, waves.labels, -1))
    reading = drawing.reading(half, draws=2, seed=3)
    assert drawing.evaluate(reading, tiles)["n"] == 45
    assert drawing.evaluate(reading, tiles) == drawing.evaluate(half, tiles)
    assert drawing.evaluate(reading, tiles, drawn=True) != drawing.evaluate(reading, tiles)
    with pytest.raises(InputError, match="holds no draws"):
        drawing.evaluate(drawing.reading(half), drawn=True)


def test_evaluate_without_target_leaves_out_the_comparison(bridge: LinkedAutoencoder, waves: Domain) -> None:
    assert "frechet" not in bridge.evaluate(waves)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_evaluate_gives_none_where_samples_are_too_few(
    bridge: LinkedAutoencoder, waves: Domain, tiles: Domain, count: int
) -> None:
    figures = bridge.evaluate(waves.select(slice(count)), tiles)
    assert figures["n"] == count and figures["diversity"] is None
    for name in ("frechet", "frechet_floor"):
        assert (figures[name] is None) == (count == 1)


def test_evaluate_refuses_sides_without_a_class_in_common(
    bridge: LinkedAutoencoder, waves: Domain, tiles: Domain
) -> None:
    labels = waves.known_labels()
    for other in (labels + 7, WORDS[labels], labels.astype(str)):
        with pytest.raises(InputError, match=r"`source` and the target side's classifier share no class.*\[0, 1, 2\]"):
            bridge.evaluate((waves.x, other))
        with pytest.raises(InputError, match=r"`source` and `target` share no class.*\[0, 1, 2\]"):
            bridge.evaluate((waves.x, other), tiles)
    with pytest.raises(InputError, match=r"`source` and `target` share no class: \[0, 1, 2\] and \[5\]"):
        bridge.evaluate(waves, (tiles.x, np.full(len(tiles), 5)))
    with pytest.raises(InputError, match=r"`source` and `judge` share no class: \[0, 1, 2\] and \['a', 'b', 'c'\]"):
        bridge.evaluate(waves, judge=lambda x: WORDS[np.arange(len(x)) % 3])
    with pytest.raises(InputError, match="class 2 has no real sample"):
        bridge.evaluate(waves, tiles.select(tiles.known_labels() < 2))
    with pytest.raises(InputError, match="`source` needs labels"):
        bridge.evaluate(waves.x)


def test_evaluate_asks_the_judge_it_is_given(bridge: LinkedAutoencoder, waves: Domain) -> None:
    assert bridge.evaluate(waves, judge=lambda x: np.zeros(len(x), int))["accuracy"] == pytest.approx(1 / 3)


def test_confidence_needs_calibration(bridge: LinkedAutoencoder, waves: Domain) -> None:
    for use in (
        lambda: bridge.confidence(waves),
        lambda: bridge.translate(waves, return_confidence=True),
        lambda: bridge.translate(waves, min_confidence=0.5),
    ):
        with pytest.raises(NotFittedError, match=r"`calibrate\(train_data, held_out\)` first"):
            use()


@pytest.mark.parametrize(
    ("train", "held_out", "message"),
    [
        (slice(90), slice(3), "at least 10 held-out samples, received 3"),
        (None, slice(90), "`train_data` needs labels"),
        (slice(90), None, "`held_out` needs labels"),
    ],
)
def test_calibration_needs_labelled_samples(
    bridge: LinkedAutoencoder, waves: Domain, train: slice | None, held_out: slice | None, message: str
) -> None:
    data = [waves.x if part is None else waves.select(part) for part in (train, held_out)]
    with pytest.raises(InputError, match=message):
        bridge.calibrate(*data)
    assert bridge.confidence_ is None


def test_repr_shows_shapes_linker_and_what_is_fitted(bridge: LinkedAutoencoder) -> None:
    assert repr(LinkedAutoencoder()) == "LinkedAutoencoder(None, None, linker: default, not fitted)"
    shown = repr(bridge)
    for side in (bridge.source, bridge.target):
        ends = (tuple(model.shape[1:]) for model in (side.encoder.input, side.encoder.output))
        assert " -> ".join(map(str, ends)) in shown
    assert type(bridge.linker).__name__ in shown and 'classifier="joint", fitted)' in shown


def test_use_before_fit_is_refused(waves: Domain) -> None:
    unfitted = LinkedAutoencoder(linker=RidgeLinker())
    for use in (unfitted.translate, unfitted.confidence, unfitted.evaluate, unfitted.reading):
        with pytest.raises(NotFittedError, match=r"call `fit\(source, target\)` first"):
            use(waves)
