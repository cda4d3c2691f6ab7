from __future__ import annotations

import gc
import weakref
from copy import copy

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae import Autoencoder, Domain, Progress
from bridgeae.errors import InputError, NotFittedError
from strategies import small_networks


def test_every_way_of_training_teaches_what_it_is_for(way: Autoencoder, waves: Domain) -> None:
    assert way.fitted
    assert way.encode(waves.x).shape == (90, 4)
    assert way.reconstruct(waves.x).shape == waves.x.shape
    if way.classifier:
        assert (way.predict(waves.x) == waves.labels).mean() > 0.9


def test_a_domain_and_its_samples_encode_alike_whatever_the_batch(way: Autoencoder, waves: Domain) -> None:
    z = way.encode(waves)
    assert z.dtype == np.float32 and (z == way.encode(waves.x)).all()
    assert np.allclose(z, way.encode(waves.x, batch_size=7), atol=1e-5)
    assert np.allclose(way.decode(z), way.decode(z, batch_size=7), atol=1e-5)


def test_an_encoding_is_what_the_single_calls_return(way: Autoencoder, waves: Domain) -> None:
    encoding = way.encoding(waves)
    assert np.allclose(encoding.z, way.encode(waves), atol=1e-6)
    assert np.allclose(encoding.plain, way.encode(waves, views=False), atol=1e-6)
    if way.classifier is None:
        assert encoding.probabilities is None and encoding.predicted is None
    else:
        assert np.allclose(encoding.probabilities, way.predict_proba(waves), atol=1e-6)
        assert (encoding.predicted == way.predict(waves)).all()


def test_a_sample_is_predicted_to_be_of_its_most_probable_class(waves: Domain) -> None:
    words = np.array(["c", "a", "b"])[waves.labels]
    side = Autoencoder(small_networks()[0], classifier="first").fit((waves.x, words), epochs=4, learning_rate=2e-2)
    probabilities = side.predict_proba(waves.x)
    assert side.classes_.tolist() == ["a", "b", "c"]
    assert np.allclose(probabilities.sum(1), 1, atol=1e-5)
    assert (side.predict(waves.x) == side.classes_[probabilities.argmax(1)]).all()
    assert (side.predict(waves.x) == words).mean() > 0.9
    with pytest.raises(InputError, match="built without a `decoder`"):
        side.reconstruct(waves.x)


def test_classify_is_the_old_name_of_predict_proba(joint: Autoencoder, waves: Domain) -> None:
    with pytest.warns(DeprecationWarning, match="`classify` is called `predict_proba` now"):
        old = joint.classify(waves.x)
    assert (old == joint.predict_proba(waves.x)).all()


def test_the_head_of_latents_says_what_the_classifier_says(way: Autoencoder, waves: Domain) -> None:
    head = way.latent_head()
    if way.classifier is None or (way.variational is not None and way.classifier == "first"):
        assert head is None  # no classifier, or one that reads the encoder before the Gaussian
    else:
        assert np.allclose(head.probabilities(way.encode(waves)), way.predict_proba(waves), atol=1e-5)
        assert head.classes.tolist() == way.classes_.tolist()


def test_latents_keep_what_is_known_of_each_sample(joint: Autoencoder, waves: Domain) -> None:
    domain = Domain(waves.x, waves.labels, groups=np.arange(90) // 3, names=np.arange(90))
    latents = joint.latents(domain, progress=Progress(quiet=True))
    assert (latents.x == joint.encode(domain)).all()
    for column in ("labels", "groups", "names"):
        assert (getattr(latents, column) == getattr(domain, column)).all()
    assert latents.head.classes.tolist() == [0, 1, 2]


def test_the_shape_of_latents_is_known_before_training(waves: Domain) -> None:
    encoder, _ = small_networks(latent=(8,))
    _, decoder = small_networks(latent=(2,))
    assert Autoencoder(*small_networks()).latent_shape((24,)) == (4,)
    assert Autoencoder(encoder, decoder, variational=1.0).latent_shape((24,)) == (2,)
    assert Autoencoder().latent_shape((24,)) == (32,)
    assert sequences().latent_shape((40, 1)) == (10, 3)


def sequences() -> Autoencoder:
    x, z = layers.Input((None, 1)), layers.Input((None, 3))
    encoder = keras.Model(x, layers.Conv1D(3, 4, strides=4, padding="same")(x))
    return Autoencoder(encoder, keras.Model(z, layers.Conv1DTranspose(1, 4, strides=4, padding="same")(z)))


def test_sequences_may_have_any_length() -> None:
    side = sequences().fit(Domain(np.ones((8, 16, 1))), epochs=1, batch_size=4)
    assert side.encode(np.ones((2, 40, 1))).shape == (2, 10, 3)
    assert side.reconstruct(np.ones((2, 40, 1))).shape == (2, 40, 1)


def test_without_networks_dense_ones_are_built_that_fit_the_data(tiles: Domain) -> None:
    side = Autoencoder(classifier="joint", variational=1.0)
    side.build(tiles)
    assert side.encoder.input.shape[1:] == side.decoder.output.shape[1:] == (6, 6, 1)
    assert side.head_.output.shape[1:] == (3,) and side.classes_.tolist() == [0, 1, 2]
    assert [output.shape[1:] for output in side.latent_.outputs] == [(32,), (32,)]
    assert not side.fitted


def test_an_array_is_a_domain_without_labels_and_the_same_seed_gives_the_same_result(waves: Domain) -> None:
    codes = [Autoencoder(*small_networks()).fit(x, epochs=1, seed=5).encode(waves.x) for x in (waves, waves.x)]
    assert (codes[0] == codes[1]).all()


def test_training_lets_go_of_its_samples() -> None:
    domain = Domain(np.random.default_rng(0).normal(size=(64, 24)), np.arange(64) % 2)
    gone = weakref.ref(domain)
    side = Autoencoder(*small_networks()).fit(domain, epochs=1)
    del domain
    gc.collect()
    assert side.fitted
    assert gone() is None


class Mirrored:
    """Offers each sample and its mirror image as views."""

    name = "mirrored"

    def views(self, x: np.ndarray) -> np.ndarray:
        return np.stack([x, x[:, ::-1]])


def test_views_serve_a_classifier_and_never_a_reconstruction(way: Autoencoder, waves: Domain) -> None:
    side = copy(way)
    side.adapter = Mirrored()
    one, other = (side.encode(x, views=False) for x in Mirrored().views(waves.x))
    encoding = side.encoding(waves)
    assert np.allclose(encoding.plain, one, atol=1e-5)
    assert np.allclose(side.reconstruct(waves.x), side.decode(one), atol=1e-5)
    if side.classifier is None:
        assert np.allclose(encoding.z, one, atol=1e-5)
    else:
        assert np.allclose(side.predict_proba(waves.x), side.predict_proba(waves.x[:, ::-1]), atol=1e-5)
        if side.variational is None:
            assert np.allclose(encoding.z, (one + other) / 2, atol=1e-5)
        assert np.allclose(encoding.z, side.encode(waves), atol=1e-5)


def dense() -> keras.Sequential:
    """Return a network that does not know what it reads."""
    return keras.Sequential([layers.Dense(3)])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: {"classifier": "last"}, r'`classifier` must be one of None, "first", "joint", received .last.'),
        (lambda: {"loss": "mae"}, '`loss` must be one of "mse", "bce"'),
        (lambda: {"decoder": small_networks()[1]}, "`decoder` was given without `encoder`"),
        (
            lambda: {"encoder": small_networks()[0], "decoder": small_networks(latent=(5,))[1]},
            r"latents of shape \(4,\).*reads \(5,\)",
        ),
        (lambda: {"encoder": dense()}, "`encoder` must be a Keras model .* received Sequential"),
        (lambda: {"encoder": small_networks()[0], "decoder": dense()}, "`decoder` must be a Keras model"),
        (lambda: {"adapter": "images"}, "`adapter` must have the methods .* str lacks read, write, networks"),
        (lambda: {"adapter": Domain}, r"`adapter` must be an object, received the class Domain: pass Domain\(\)"),
    ],
)
def test_bad_structure_is_refused(make, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Autoencoder(**make())


def test_samples_that_cannot_be_learned_from_are_refused_before_training(waves: Domain) -> None:
    for side, domain, message in (
        (Autoencoder(small_networks()[0]), waves, "learns only from labels"),
        (Autoencoder(*small_networks(), classifier="first"), Domain(waves.x), "at least two classes"),
        (Autoencoder(*small_networks()), Domain(np.zeros((5, 7))), r"`x` must have shape \(n, 24\) for this encoder"),
    ):
        for use in (side.check, side.fit):
            with pytest.raises(InputError, match=message):
                use(domain)
        assert not side.fitted
    with pytest.raises(InputError, match="`domain`: `labels` must have shape"):
        Autoencoder(*small_networks()).fit((waves.x, waves.labels[1:]))
    with pytest.raises(InputError, match="`batch_size` must be at least 1 and a whole number, received 0"):
        Autoencoder(*small_networks()).fit(waves, batch_size=0)


def test_a_fitted_side_needs_no_labels_any_more(joint: Autoencoder, waves: Domain) -> None:
    joint.check(Domain(waves.x))
    with pytest.raises(InputError, match=r"`x` must have shape \(n, 24\)"):
        joint.check(Domain(np.zeros((5, 7))))


def test_samples_and_latents_of_another_shape_are_refused(joint: Autoencoder, waves: Domain) -> None:
    with pytest.raises(InputError, match=r"`x` must have shape \(n, 24\) for this encoder, received \(5, 7\)"):
        joint.encode(np.zeros((5, 7)))
    with pytest.raises(InputError, match=r"`z` must have shape \(n, 4\), received \(5, 7\)"):
        joint.decode(np.zeros((5, 7)))
    for batch_size in (0, 2.5):
        with pytest.raises(InputError, match=f"`batch_size` must be at least 1 .* received {batch_size}"):
            joint.encode(waves.x, batch_size=batch_size)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="NaN or infinite"):
        joint.encode(np.full((5, 24), np.nan))
    with pytest.raises(InputError, match="`z` must be finite: 2 of 5 latents hold NaN or infinite values"):
        joint.decode(np.where(np.arange(5)[:, None] < 2, np.inf, np.zeros((5, 4))))


@pytest.mark.parametrize(
    "use", ["encode", "encoding", "reconstruct", "decode", "predict", "predict_proba", "elbo", "adapted"]
)
def test_use_before_fit_is_refused(waves: Domain, use: str) -> None:
    side = Autoencoder(*small_networks(), classifier="joint", variational=1.0, loss="bce")
    with pytest.raises(NotFittedError, match=r"call `fit\(domain\)` first: this Autoencoder is not fitted"):
        getattr(side, use)(waves.x)


@pytest.mark.parametrize("use", ["get_state", "latent_head"])
def test_there_is_nothing_to_keep_before_fit(use: str) -> None:
    with pytest.raises(NotFittedError, match=r"call `fit\(domain\)` first"):
        getattr(Autoencoder(*small_networks()), use)()


@pytest.mark.parametrize("use", ["predict", "predict_proba"])
def test_predicting_needs_a_classifier(waves: Domain, use: str) -> None:
    with pytest.raises(InputError, match='no classifier: build it with classifier="first" or "joint"'):
        getattr(Autoencoder(*small_networks()), use)(waves.x)


def test_without_epochs_few_samples_are_passed_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgeae.training.loop.DEFAULT_STEPS", 60)
    side = Autoencoder(*small_networks()).fit(np.random.default_rng(0).normal(size=(16, 24)))
    assert side.history_ is not None and len(side.history_["autoencoder"]["loss"]) == 30  # of two steps
