from __future__ import annotations

from copy import copy

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from bridgeae import Autoencoder, Domain
from bridgeae.autoencoder.adaptation import MAX_SAMPLES, MIN_SAMPLES, evened, recalibrated
from bridgeae.errors import InputError
from strategies import seeds


def normaliser(mean: float = 0.0, variance: float = 1.0) -> keras.Model:
    """One batch normalisation within a model within a model."""
    inner = keras.Sequential([keras.Input((3,)), layers.BatchNormalization(epsilon=1e-6, momentum=0.9)])
    x = keras.Input((3,))
    model = keras.Model(x, inner(x))
    model.set_weights([np.ones(3), np.zeros(3), np.full(3, mean), np.full(3, variance)])
    return model


def statistics(model: keras.Model) -> np.ndarray:
    return np.array(model.get_weights()[2:])


@given(seeds, st.floats(0, 1), st.integers(MIN_SAMPLES, 40))
@settings(max_examples=10)
def test_statistics_move_by_the_share_from_the_old_to_the_new(seed: int, share: float, n: int) -> None:
    x = np.random.default_rng(seed).normal(5, 3, (n, 3)).astype(np.float32)
    encoder = normaliser(1.0, 2.0)
    moved = statistics(recalibrated(encoder, x, None, share))
    old, new = np.array([[1.0] * 3, [2.0] * 3]), np.array([x.mean(0), x.var(0)])
    np.testing.assert_allclose(moved, old + share * (new - old), rtol=1e-3)
    np.testing.assert_allclose(statistics(encoder), old)  # the encoder itself stays


def test_all_views_count() -> None:
    x = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    moved = statistics(recalibrated(normaliser(), x, lambda x: np.stack([x, x + 4]), 1.0))
    np.testing.assert_allclose(moved[0], x.mean(0) + 2, rtol=1e-4)


def test_the_copy_trains_on_as_the_encoder_would() -> None:
    x = np.zeros((MIN_SAMPLES, 3), np.float32)
    copy = recalibrated(normaliser(), x, None, 1.0)
    assert copy.layers[1].layers[0].momentum == 0.9


def test_of_many_samples_some_are_chosen_throughout() -> None:
    x = np.repeat([[0.0], [8.0]], 4 * MAX_SAMPLES, 0) * np.ones(3)
    moved = statistics(recalibrated(normaliser(), x.astype(np.float32), None, 1.0))
    assert moved[0] == pytest.approx(4, abs=1)


def test_an_adapted_encoder_reads_samples_of_another_origin_better(joint: Autoencoder, waves: Domain) -> None:
    abroad = Domain(waves.x + 2.5, labels=waves.labels)
    before = (joint.predict(abroad.x) == waves.labels).mean()
    used = joint.adapted(abroad, share=1.0)
    assert (used.predict(abroad.x) == waves.labels).mean() > 0.95 > before
    assert (joint.predict(abroad.x) == waves.labels).mean() == before
    assert used.decoder is joint.decoder and used.head_ is joint.head_
    assert np.allclose(joint.adapted(abroad, share=0.0).encode(waves.x), joint.encode(waves.x), atol=1e-5)


def test_evenly_mixed_classes_are_found_evenly_where_one_attracts_the_others(joint: Autoencoder, waves: Domain) -> None:
    head = joint.head_.get_weights()[0]
    towards = np.linalg.lstsq(head.T, 60 * np.eye(head.shape[1])[0], rcond=None)[0].reshape(
        joint.encode(waves).shape[1:]
    )
    shifted = copy(joint)
    moved = layers.Rescaling(1.0, offset=towards.tolist())(joint.encoder.output)
    shifted.encoder = keras.Model(joint.encoder.input, moved)
    plain = (shifted.predict(waves.x) == waves.labels).mean()
    used = shifted.adapted(waves, share=0, even_classes=True)
    assert (used.predict(waves.x) == waves.labels).mean() > 0.95 > plain
    assert used.predict_proba(waves.x).mean(0) == pytest.approx(1 / head.shape[1], abs=0.02)
    assert shifted.adapted(waves, even_classes=True).encode(waves).shape == joint.encode(waves).shape


def test_even_classes_need_a_classifier_and_samples(joint: Autoencoder, waves: Domain) -> None:
    with pytest.raises(InputError, match="at least 16 samples to adapt to, received 3"):
        joint.adapted(waves.x[:3], share=0, even_classes=True)
    with pytest.raises(InputError, match="`even_classes` needs a classifier"):
        evened(joint.encoder, None, waves.x, None)


def test_adapting_needs_samples_and_statistics(joint: Autoencoder, waves: Domain) -> None:
    with pytest.raises(InputError, match="at least 16 samples to adapt to, received 3"):
        joint.adapted(waves.x[:3])
    with pytest.raises(InputError, match=r"`share` must lie in 0\.\.1, received 5"):
        joint.adapted(waves.x, share=5)
    with pytest.raises(InputError, match=r"`x` must have shape \(n, 24\)"):
        joint.adapted(np.zeros((20, 7)))
    x = layers.Input((3,))
    with pytest.raises(InputError, match="no batch normalisation"):
        recalibrated(keras.Model(x, layers.Dense(4)(x)), np.zeros((MIN_SAMPLES, 3)), None, 0.5)
