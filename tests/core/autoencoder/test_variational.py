from __future__ import annotations

from copy import copy

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from bridgeae import Autoencoder, Domain
from bridgeae.autoencoder.variational import GaussianSample, evidence_lower_bound, latent_heads
from bridgeae.errors import InputError
from strategies import seeds, small_networks


def gaussian(seed: int, n: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3)).astype(np.float32), rng.uniform(-2, 1, (n, 3)).astype(np.float32)


def divergence(mean: np.ndarray, log_variance: np.ndarray) -> np.ndarray:
    """The KL divergence to N(0, I), from its two entropies."""
    variance = np.exp(log_variance)
    cross = 0.5 * (np.log(2 * np.pi) + variance + mean**2)
    return (cross - 0.5 * (np.log(2 * np.pi * variance) + 1)).sum(1)


@given(seeds)
@settings(max_examples=10)
def test_a_draw_adds_the_weighted_divergence_as_a_loss(seed: int) -> None:
    mean, log_variance = gaussian(seed)
    layer = GaussianSample(0.3)
    layer([mean, log_variance])
    assert float(layer.losses[0]) == pytest.approx(0.3 * divergence(mean, log_variance).mean(), rel=1e-4)


def test_draws_have_the_mean_and_the_variance_they_are_given() -> None:
    keras.utils.set_random_seed(0)
    mean, log_variance = np.array([[1.0, -2.0]]), np.array([[0.0, -1.0]])
    z = np.asarray(GaussianSample(1.0)([np.repeat(a, 20_000, 0).astype(np.float32) for a in (mean, log_variance)]))
    assert z.mean(0) == pytest.approx(mean[0], abs=0.05)
    assert z.var(0) == pytest.approx(np.exp(log_variance[0]), rel=0.05)


@given(seeds, st.integers(1, 3))
@settings(max_examples=20)
def test_the_bound_of_a_decoder_that_ignores_its_latent_is_known(seed: int, draws: int) -> None:
    mean, log_variance = gaussian(seed)
    rng = np.random.default_rng(seed)
    x, p = rng.integers(0, 2, (5, 2, 4)), rng.uniform(0.1, 0.9, (5, 2, 4))
    bound = evidence_lower_bound(x, mean, log_variance, lambda z: p, draws, rng)
    likelihood = np.log(np.where(x == 1, p, 1 - p)).sum((1, 2))
    assert bound == pytest.approx(likelihood - divergence(mean, log_variance), rel=1e-5)


def test_heads_map_what_the_encoder_writes_to_what_the_decoder_reads() -> None:
    encoder, _ = small_networks(latent=(8,))
    _, decoder = small_networks(latent=(2, 3))
    assert [output.shape for output in latent_heads(encoder, decoder).outputs] == [(None, 2, 3)] * 2


def test_heads_of_sequences_take_any_length() -> None:
    x, z = layers.Input((None, 4)), layers.Input((None, 2))
    heads = latent_heads(keras.Model(x, layers.ReLU()(x)), keras.Model(z, layers.ReLU()(z)))
    assert [part.shape for part in heads(np.zeros((3, 7, 4), np.float32))] == [(3, 7, 2)] * 2


def test_a_strong_kl_weight_pulls_the_latents_to_the_prior(waves: Domain) -> None:
    side = Autoencoder(*small_networks(), variational=100.0).fit(waves, epochs=8, learning_rate=2e-2)
    assert np.abs(side.encode(waves.x)).max() < 0.5
    assert side.latent_.predict_on_batch(np.zeros((1, 4), np.float32))[1] == pytest.approx(0, abs=0.5)


def bernoulli() -> tuple[keras.Model, keras.Model]:
    encoder, decoder = small_networks()
    return encoder, keras.Model(decoder.input, layers.Activation("sigmoid")(decoder.output))


@pytest.fixture(scope="module")
def trained(waves: Domain) -> Autoencoder:
    side = Autoencoder(*bernoulli(), variational=1.0, loss="bce")
    return side.fit(Domain((waves.x > 0).astype(np.float32)), epochs=15, learning_rate=2e-2)


def test_training_raises_the_bound_over_that_of_a_useless_decoder(trained: Autoencoder, waves: Domain) -> None:
    x = (waves.x > 0).astype(np.float32)
    assert trained.elbo(x, draws=4).mean() > -24 * np.log(2) + 3  # probabilities of one half: 24 times log 2 nats
    assert np.allclose(trained.elbo(x, seed=3), trained.elbo(x, seed=3, batch_size=7), atol=1e-3)
    assert (trained.elbo(x, seed=3) != trained.elbo(x, seed=4)).any()


def test_samples_come_from_the_prior_and_the_seed(trained: Autoencoder) -> None:
    made = trained.sample(5, seed=3)
    assert made.shape == (5, 24) and made.min() >= 0 and made.max() <= 1
    assert (made == trained.sample(5, seed=3)).all() and (made != trained.sample(5, seed=4)).any()
    assert np.allclose(made, trained.decode(np.random.default_rng(3).normal(size=(5, 4))), atol=1e-6)


def test_bound_and_prior_need_a_variational_autoencoder_with_a_likelihood(
    joint: Autoencoder, trained: Autoencoder, waves: Domain
) -> None:
    for use in (lambda: joint.sample(2), lambda: joint.elbo(waves.x)):
        with pytest.raises(InputError, match=r"needs a prior: build the Autoencoder with variational=1\.0"):
            use()
    other = copy(trained)
    other.loss = "mse"
    with pytest.raises(InputError, match=r'`elbo` needs a likelihood: .* loss="bce", not .mse.'):
        other.elbo(waves.x)


def test_sequences_of_free_length_have_no_prior_to_sample_from() -> None:
    x, z = layers.Input((None, 1)), layers.Input((None, 1))
    networks = keras.Model(x, layers.Conv1D(2, 1)(x)), keras.Model(z, layers.Conv1D(1, 1)(z))
    side = Autoencoder(*networks, variational=1.0).fit(np.zeros((8, 4, 1)), epochs=1)
    assert side.encode(np.zeros((2, 9, 1))).shape == (2, 9, 1)
    with pytest.raises(InputError, match="`sample` needs a latent of fixed shape"):
        side.sample(2)
