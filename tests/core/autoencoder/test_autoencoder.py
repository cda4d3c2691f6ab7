from __future__ import annotations

import gc
import weakref

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae import Autoencoder, Domain
from bridgeae.errors import InputError, NotFittedError
from bridgeae.networks import dense_networks


def networks(latent: tuple[int, ...] = (4,)) -> tuple[keras.Model, keras.Model]:
    keras.utils.set_random_seed(0)
    return dense_networks((24,), latent, units=(16,))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"classifier": "first"},
        {"classifier": "joint"},
        {"variational": 0.1},
        {"variational": 0.1, "classifier": "first"},
        {"variational": 0.1, "classifier": "joint"},
        {"corrupt": lambda x, rng: x + rng.normal(size=x.shape).astype(np.float32)},
    ],
    ids=["plain", "first", "joint", "variational", "variational-first", "variational-joint", "denoising"],
)
def test_every_way_of_training_lowers_the_loss(waves: Domain, options: dict) -> None:
    autoencoder = Autoencoder(*networks(), **options).fit(waves, epochs=4, batch_size=8, learning_rate=2e-2)
    assert autoencoder.encode(waves.x).shape == (90, 4)
    assert autoencoder.reconstruct(waves.x).shape == waves.x.shape
    for history in autoencoder.history_.values():
        assert history["loss"][-1] < history["loss"][0]
    if "classifier" in options:
        assert (autoencoder.predict(waves.x) == waves.labels).mean() > 0.9
        assert np.allclose(autoencoder.classify(waves.x).sum(1), 1, atol=1e-5)


def test_classifier_first_leaves_the_encoder_alone_while_the_decoder_learns(waves: Domain) -> None:
    encoder, _ = networks()
    apart = Autoencoder(encoder, None, classifier="first").fit(waves, classifier_epochs=2)
    before = [w.copy() for w in encoder.get_weights()]
    z = apart.encode(waves.x)
    encoder2, decoder2 = networks()
    both = Autoencoder(encoder2, decoder2, classifier="first").fit(waves, classifier_epochs=2, epochs=3)
    assert all((a == b).all() for a, b in zip(before, encoder2.get_weights(), strict=True))
    assert np.allclose(both.encode(waves.x), z, atol=1e-6)


def test_fitting_again_trains_what_is_not_frozen_by_its_owner(waves: Domain) -> None:
    encoder, decoder = networks()
    encoder.layers[-2].trainable = False
    autoencoder = Autoencoder(encoder, decoder, classifier="first").fit(waves, epochs=1)
    before = [layer.get_weights() for layer in encoder.layers]
    autoencoder.fit(waves, epochs=1)
    after = [layer.get_weights() for layer in encoder.layers]
    changed = [any((a != b).any() for a, b in zip(*pair, strict=True)) for pair in zip(before, after, strict=True)]
    assert any(changed) and not changed[-2]
    assert [layer.trainable for layer in encoder.layers].count(False) == 1


def test_samples_may_come_as_arrays_and_with_labels(waves: Domain) -> None:
    from_array = Autoencoder(*networks()).fit(waves.x, epochs=1)
    assert (from_array.encode(waves) == Autoencoder(*networks()).fit(waves, epochs=1).encode(waves)).all()
    pair = (waves.x, waves.labels)
    assert Autoencoder(networks()[0], classifier="first").fit(pair, epochs=1).classes_.tolist() == [0, 1, 2]
    with pytest.raises(InputError, match="`domain`: `labels` must have shape"):
        Autoencoder(*networks()).fit((waves.x, waves.labels[1:]))


@pytest.mark.parametrize("classifier", ["first", "joint"])
def test_unlabelled_samples_teach_no_class(waves: Domain, classifier: str) -> None:
    hidden = np.where(waves.labels == 2, -1, waves.labels)
    autoencoder = Autoencoder(*networks(), classifier=classifier).fit(Domain(waves.x, labels=hidden), epochs=2)
    assert autoencoder.classes_.tolist() == [0, 1]


def test_same_seed_same_result(waves: Domain) -> None:
    codes = [Autoencoder(*networks()).fit(waves, epochs=2, seed=5).encode(waves.x) for _ in range(2)]
    assert (codes[0] == codes[1]).all()


def test_augmentation_is_drawn_anew_for_each_batch(waves: Domain) -> None:
    seen = []

    def augment(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        seen.append(rng.random())
        return x

    Autoencoder(*networks()).fit(waves, epochs=2, batch_size=30, augment=augment)
    assert len(set(seen)) >= 6  # Keras may prefetch some that it never uses


@pytest.mark.parametrize(("augment_decoder", "least", "most"), [(True, 33, 50), (False, 3, 12)])
def test_a_decoder_may_learn_from_samples_as_they_are(
    waves: Domain, augment_decoder: bool, least: int, most: int
) -> None:
    calls = []
    Autoencoder(*networks(), classifier="first").fit(
        waves,
        classifier_epochs=1,
        epochs=10,
        batch_size=len(waves) // 3,
        augment=lambda x, rng: (calls.append(len(x)), x)[1],
        augment_decoder=augment_decoder,
    )
    assert least <= len(calls) <= most  # Keras may prefetch some that it never uses


def test_a_variational_latent_may_have_another_shape_than_the_encoder_writes(waves: Domain) -> None:
    encoder, _ = networks((8,))
    _, decoder = networks((2,))
    autoencoder = Autoencoder(encoder, decoder, variational=1.0).fit(waves, epochs=1)
    assert autoencoder.encode(waves.x).shape == (90, 2)


def test_a_strong_kl_weight_pulls_the_latents_to_the_prior(waves: Domain) -> None:
    weak, strong = (
        Autoencoder(*networks(), variational=beta).fit(waves, epochs=8, learning_rate=2e-2).encode(waves.x).std()
        for beta in (1e-3, 100.0)
    )
    assert strong < 0.5 * weak


def test_sequences_may_have_any_length() -> None:
    x, z = layers.Input((None, 1)), layers.Input((None, 3))
    encoder = keras.Model(x, layers.Conv1D(3, 4, strides=4, padding="same")(x))
    decoder = keras.Model(z, layers.Conv1DTranspose(1, 4, strides=4, padding="same")(z))
    autoencoder = Autoencoder(encoder, decoder).fit(Domain(np.ones((8, 16, 1))), epochs=1, batch_size=4)
    assert autoencoder.encode(np.ones((2, 40, 1))).shape == (2, 10, 3)


def test_a_loss_may_be_a_function(waves: Domain) -> None:
    def first_value_only(true: object, predicted: object) -> object:
        return keras.ops.mean(keras.ops.square(true[:, :1] - predicted[:, :1]))

    autoencoder = Autoencoder(*networks(), loss=first_value_only).fit(waves, epochs=12, learning_rate=2e-2)
    error = (autoencoder.reconstruct(waves.x) - waves.x) ** 2
    assert error[:, 0].mean() < 0.5 * error[:, 12].mean()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"classifier": "last"}, '`classifier` must be None, "first" or "joint"'),
        ({"loss": "mae"}, "`loss` must be"),
        ({"decoder": networks()[1]}, "`decoder` was given without `encoder`"),
        ({"encoder": networks((4,))[0], "decoder": networks((5,))[1]}, r"latents of shape \(4,\).*reads \(5,\)"),
        ({"encoder": keras.Sequential([layers.Dense(3)])}, "`encoder` must be a Keras model .* received Sequential"),
        ({"encoder": networks()[0], "decoder": keras.Sequential([layers.Dense(3)])}, "`decoder` must be a Keras model"),
        (
            {"encoder": keras.Sequential([keras.Input((24,)), layers.Dense(3)])},
            r"`encoder` must be a functional .* Sequential: pass keras\.Model\(model\.inputs, model\.outputs\)",
        ),
    ],
)
def test_bad_structure_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Autoencoder(**arguments)


def test_an_encoder_alone_needs_a_classifier(waves: Domain) -> None:
    with pytest.raises(InputError, match="learns only from labels"):
        Autoencoder(networks()[0]).fit(waves)


def test_samples_of_another_shape_are_refused(waves: Domain) -> None:
    autoencoder = Autoencoder(*networks())
    with pytest.raises(InputError, match=r"`x` must have shape \(n, 24\) for this encoder, received \(5, 7\)"):
        autoencoder.fit(Domain(np.zeros((5, 7))))
    autoencoder.fit(waves, epochs=1)
    with pytest.raises(InputError, match=r"received \(5, 7\)"):
        autoencoder.encode(np.zeros((5, 7)))
    with pytest.raises(InputError, match=r"`z` must have shape \(n, 4\), received \(5, 7\)"):
        autoencoder.decode(np.zeros((5, 7)))
    for batch_size in (0, 2.5):
        with pytest.raises(InputError, match=f"`batch_size` must be at least 1 .* received {batch_size}"):
            autoencoder.encode(waves.x, batch_size=batch_size)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="`batch_size` must be positive, received 0"):
        autoencoder.fit(waves, batch_size=0)
    with pytest.raises(InputError, match="NaN or infinite"):
        autoencoder.encode(np.full((5, 24), np.nan))


def test_a_classifier_needs_two_classes(waves: Domain) -> None:
    with pytest.raises(InputError, match="at least two classes"):
        Autoencoder(*networks(), classifier="first").fit(Domain(waves.x))


@pytest.mark.parametrize("use", ["encode", "reconstruct", "decode"])
def test_use_before_fit_is_refused(waves: Domain, use: str) -> None:
    with pytest.raises(NotFittedError, match="must come first"):
        getattr(Autoencoder(*networks()), use)(waves.x)


def test_classify_needs_a_classifier(waves: Domain) -> None:
    with pytest.raises(InputError, match="no classifier"):
        Autoencoder(*networks()).fit(waves, epochs=1).classify(waves.x)


def test_the_bound_of_a_useless_decoder_is_known(waves: Domain) -> None:
    x = (waves.x > 0).astype(np.float32)
    autoencoder = Autoencoder(*_bernoulli(), variational=1.0, loss="bce").fit(Domain(x), epochs=1)
    for network in (autoencoder.decoder, autoencoder.latent):
        network.set_weights([np.zeros_like(w) for w in network.get_weights()])
    # probabilities of one half and a posterior that is the prior: 24 values of log 2 nats each, and no divergence
    assert np.allclose(autoencoder.elbo(x), -24 * np.log(2), atol=1e-4)


def test_training_raises_the_bound_and_samples_look_alike(waves: Domain) -> None:
    x = (waves.x > 0).astype(np.float32)
    short, long = (
        Autoencoder(*_bernoulli(), variational=1.0, loss="bce").fit(Domain(x), epochs=n, learning_rate=2e-2)
        for n in (1, 15)
    )
    assert long.elbo(x, draws=4).mean() > short.elbo(x, draws=4).mean() + 1
    assert (long.sample(5, seed=3) == long.sample(5, seed=3)).all()
    assert long.sample(5).shape == (5, 24)


def test_bound_and_prior_need_a_variational_autoencoder_with_a_likelihood(waves: Domain) -> None:
    with pytest.raises(InputError, match="`sample` needs a prior"):
        Autoencoder(*networks()).fit(waves, epochs=1).sample(2)
    with pytest.raises(InputError, match="`elbo` needs a likelihood"):
        Autoencoder(*networks(), variational=1.0).fit(waves, epochs=1).elbo(waves.x)


def _bernoulli() -> tuple[keras.Model, keras.Model]:
    encoder, decoder = networks()
    return encoder, keras.Model(decoder.input, layers.Activation("sigmoid")(decoder.output))


def test_training_lets_go_of_its_samples() -> None:
    domain = Domain(np.random.default_rng(0).normal(size=(64, 10)), np.arange(64) % 2)
    gone = weakref.ref(domain)
    autoencoder = Autoencoder(classifier="first").fit(domain, epochs=1)
    del domain
    gc.collect()
    assert autoencoder.fitted
    assert gone() is None


class Mirrored:
    """Offers each sample and its mirror image as views."""

    name = "mirrored"

    def views(self, x: np.ndarray) -> np.ndarray:
        return np.stack([x, x[:, ::-1]])


def test_views_serve_a_classifier_and_never_a_reconstruction(waves: Domain) -> None:
    sides = {}
    for classifier in (None, "joint"):
        side = sides[classifier] = Autoencoder(*networks(), classifier=classifier, adapter=Mirrored())  # type: ignore[arg-type]
        side.fit(waves, epochs=2)
        one, other = (side.encode(x, views=False) for x in Mirrored().views(waves.x))
        assert np.allclose(side.encode(waves.x), (one + other) / 2 if classifier else one, atol=1e-5)
        assert np.allclose(side.reconstruct(waves.x), side.decode(one), atol=1e-5)
    assert np.allclose(sides["joint"].classify(waves.x), sides["joint"].classify(waves.x[:, ::-1]), atol=1e-5)


def test_an_adapted_encoder_reads_samples_of_another_origin_better(waves: Domain) -> None:
    side = Autoencoder(*networks(), classifier="joint").fit(waves, epochs=40, learning_rate=1e-2)
    abroad = Domain(waves.x + 2.5, labels=waves.labels)
    before = (side.predict(abroad.x) == waves.labels).mean()
    used = side.adapted(abroad, share=1.0)
    assert (used.predict(abroad.x) == waves.labels).mean() > 0.95 > before
    assert (side.predict(abroad.x) == waves.labels).mean() == before  # the first one is left as it was
    assert np.allclose(side.adapted(abroad, share=0.0).encode(waves.x), side.encode(waves.x), atol=1e-5)


def test_adapting_needs_samples_and_statistics(waves: Domain) -> None:
    side = Autoencoder(*networks()).fit(waves, epochs=1)
    with pytest.raises(InputError, match="at least 16 samples to adapt to, received 3"):
        side.adapted(waves.x[:3])
    with pytest.raises(InputError, match=r"`share` must lie in 0\.\.1, received 5"):
        side.adapted(waves.x, share=5)
    x, z = layers.Input((24,)), layers.Input((4,))
    bare = keras.Model(x, layers.Dense(4)(x)), keras.Model(z, layers.Dense(24)(z))
    with pytest.raises(InputError, match="no batch normalisation"):
        Autoencoder(*bare).fit(waves, epochs=1).adapted(waves)
