from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings

from bridgeae import Autoencoder, Domain
from bridgeae.autoencoder import few_labels as labels_module
from bridgeae.autoencoder.few_labels import fit_few_labels, pretrain, spread_labels
from bridgeae.errors import InputError
from bridgeae.networks import dense_networks
from strategies import seeds


def moons(n: int = 200, seed: int = 0) -> Domain:
    """Two interleaved half circles, which no line parts but neighbours do, spread over many features."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    angle = rng.uniform(0, np.pi, n)
    x = np.stack([np.cos(angle), np.sin(angle)], 1) * np.where(labels, -1, 1)[:, None] + labels[:, None] * [1, 0.5]
    waves = (x + rng.normal(scale=0.06, size=x.shape)) @ rng.normal(scale=2, size=(2, 100))
    return Domain(np.column_stack([np.cos(waves), np.sin(waves)]), labels)  # angles there tell distances here


def hide(labels: np.ndarray, a_class: int, seed: int = 0) -> np.ndarray:
    rng, shown = np.random.default_rng(seed), np.full(len(labels), -1)
    for c in np.unique(labels):
        chosen = rng.permutation(np.flatnonzero(labels == c))[:a_class]
        shown[chosen] = c
    return shown


def jitter(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return x + rng.normal(scale=0.2, size=x.shape).astype(np.float32)


def test_labels_follow_the_shape_of_the_data() -> None:
    domain = moons()
    called, sure = spread_labels(domain.x, hide(domain.labels, 4))
    assert (called == domain.labels).mean() > 0.95
    assert sure.min() >= 0 and sure.max() <= 1


@settings(max_examples=10)
@given(seeds)
def test_given_labels_stay_and_none_is_left_open(seed: int) -> None:
    domain = moons(60, seed % 1000)
    shown = hide(domain.labels, 2, seed)
    called, _ = spread_labels(domain.x, shown)
    again, _ = spread_labels(domain.x, shown)
    assert (called == again).all()
    assert set(called) == {0, 1}
    assert (called[shown != -1] == shown[shown != -1]).all()


def test_one_class_is_not_enough() -> None:
    with pytest.raises(InputError, match="at least two classes"):
        spread_labels(moons().x, np.zeros(200, int))


def test_pretraining_brings_views_of_a_sample_together(waves: Domain) -> None:
    keras.utils.set_random_seed(0)
    encoder, _ = dense_networks(waves.sample_shape, (8,), units=(32,))
    history = pretrain(encoder, Domain(waves.x), augment=jitter, epochs=15, batch_size=45, learning_rate=1e-2)
    assert history["loss"][-1] < 0.8 * history["loss"][0]
    z, again = (encoder.predict(jitter(waves.x, np.random.default_rng(k)), verbose=0) for k in (1, 2))
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (z, again)]
    closeness = unit[0] @ unit[1].T
    assert np.diag(closeness).mean() > closeness.mean() + 0.3


def test_three_labels_a_class_name_nearly_all(waves: Domain) -> None:
    keras.utils.set_random_seed(0)
    encoder, _ = dense_networks(waves.sample_shape, (8,), units=(32,))
    shown = hide(waves.labels, 3)
    side, named = fit_few_labels(encoder, Domain(waves.x, shown), epochs=10, batch_size=15, learning_rate=1e-2)
    assert (named.labels == waves.labels).mean() > 0.9
    assert (named.labels[shown != -1] == shown[shown != -1]).all()
    assert side.decoder is None and side.classify(waves.x).shape == (90, 3)


def test_rounds_are_checked(waves: Domain) -> None:
    encoder, _ = dense_networks(waves.sample_shape, (8,), units=(32,))
    with pytest.raises(InputError, match="`rounds` must be at least 1"):
        fit_few_labels(encoder, waves, rounds=0)


def test_every_sample_is_trained_on_and_later_rounds_see_what_the_encoder_learned_and_what_it_knew(
    waves: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder, _ = dense_networks(waves.sample_shape, (8,), units=(32,))
    seen, trained = [], []
    spread, plain = labels_module._spread, Autoencoder.fit

    def spread_seen(z: np.ndarray, *rest: Any) -> tuple[np.ndarray, np.ndarray]:
        seen.append(z)
        return spread(z, *rest)

    def fit(side: Autoencoder, domain: Domain, **options: Any) -> Autoencoder:
        trained.append((int(domain.labelled.sum()), options["seed"]))
        return plain(side, domain, **options)

    monkeypatch.setattr(labels_module, "_spread", spread_seen)
    monkeypatch.setattr(Autoencoder, "fit", fit)
    fit_few_labels(encoder, Domain(waves.x, hide(waves.labels, 3)), rounds=2, seed=7, epochs=1)
    assert trained == [(90, 7), (90, 8)]
    learned, kept = np.split(seen[1], 2, axis=1)
    assert not np.allclose(learned, seen[0], atol=0.01)
    assert 0 < np.linalg.norm(kept) < np.linalg.norm(learned)
    np.testing.assert_allclose(kept / np.linalg.norm(kept, axis=1, keepdims=True), seen[0], atol=1e-6)


def test_neither_a_few_strong_axes_nor_many_weak_ones_hide_the_classes() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 2
    strong, weak = 8 * rng.normal(size=(200, 2)), 0.1 * rng.normal(size=(200, 40))
    z = np.column_stack([strong, 4 * labels[:, None] + 0.5 * rng.normal(size=(200, 1)), weak])
    assert (spread_labels(z, hide(labels, 5))[0] == labels).mean() > 0.95
