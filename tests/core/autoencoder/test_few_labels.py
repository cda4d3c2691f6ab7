from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from bridgeae import Domain
from bridgeae.autoencoder.few_labels import fit_few_labels, pretrain, spread_labels
from bridgeae.errors import InputError
from strategies import seeds, small_networks


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


@settings(max_examples=6)
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
    encoder, _ = small_networks(latent=(8,), units=(16,))
    history = pretrain(encoder, Domain(waves.x), augment=jitter, epochs=15, batch_size=45, learning_rate=1e-2)
    assert history["loss"][-1] < 0.8 * history["loss"][0]
    z, again = (encoder.predict(jitter(waves.x, np.random.default_rng(k)), verbose=0) for k in (1, 2))
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (z, again)]
    closeness = unit[0] @ unit[1].T
    assert np.diag(closeness).mean() > closeness.mean() + 0.3


@pytest.mark.slow
def test_every_round_trains_on_all_samples_and_makes_the_labels_better(waves: Domain) -> None:
    """The latents of the first round are random: what is learned in one must reach the next."""
    noisy = waves.x + np.random.default_rng(0).normal(scale=0.4, size=waves.x.shape)
    shown = Domain(noisy, hide(waves.labels, 3))
    seen: list[np.ndarray] = []
    drawn: list[float] = []

    def augment(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        seen.append(x)
        drawn.append(rng.random())
        return x

    right = []
    for rounds in (1, 3):
        options = {"epochs": 6, "learning_rate": 1e-2, "augment": augment}
        side, named = fit_few_labels(small_networks(latent=(8,), units=(16,))[0], shown, rounds=rounds, **options)
        right.append((named.labels == waves.labels).mean())
        assert (named.labels[shown.labelled] == shown.labels[shown.labelled]).all()
    assert right[1] > max(0.9, right[0] + 0.05)
    assert len(np.unique(np.concatenate(seen), axis=0)) == 90
    first, later = set(drawn[: len(drawn) // 4]), drawn[len(drawn) // 4 :]
    assert len(set(later)) == len(later) and first < set(later)  # a seed a round, the first of which is the same
    assert side.decoder is None and side.predict_proba(noisy).shape == (90, 3)


def test_numbers_out_of_range_are_refused(waves: Domain) -> None:
    encoder, _ = small_networks()
    with pytest.raises(InputError, match="`rounds` must be at least 1"):
        fit_few_labels(encoder, waves, rounds=0)
    with pytest.raises(InputError, match="`neighbours` must be at least 1"):
        fit_few_labels(encoder, waves, neighbours=0)
    with pytest.raises(InputError, match="`neighbours` must be at least 1"):
        spread_labels(waves.x, waves.labels, neighbours=0)
    with pytest.raises(InputError, match="`epochs` must be at least 1"):
        pretrain(encoder, waves, augment=jitter, epochs=0)
    with pytest.raises(InputError, match=r"`labels` must name at least two classes, received \[\]"):
        fit_few_labels(encoder, Domain(waves.x))


def test_neither_a_few_strong_axes_nor_many_weak_ones_hide_the_classes() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 2
    strong, weak = 8 * rng.normal(size=(200, 2)), 0.1 * rng.normal(size=(200, 40))
    z = np.column_stack([strong, 4 * labels[:, None] + 0.5 * rng.normal(size=(200, 1)), weak])
    assert (spread_labels(z, hide(labels, 5))[0] == labels).mean() > 0.95
