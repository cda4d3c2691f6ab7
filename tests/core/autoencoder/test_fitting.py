from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae import Autoencoder, Domain, Progress
from bridgeae.errors import InputError
from strategies import small_networks


def test_every_stage_has_a_history_in_which_the_loss_falls(way: Autoencoder) -> None:
    stages = ["classifier", "autoencoder"] if way.classifier == "first" else ["autoencoder"]
    assert list(way.history_) == stages
    for history in way.history_.values():
        assert all(len(values) == 4 for values in history.values())
        assert history["loss"][-1] < history["loss"][0]


def test_classifier_first_leaves_the_encoder_alone_while_the_decoder_learns(waves: Domain) -> None:
    encoder, decoder = small_networks()
    kept: dict[str, list[np.ndarray]] = {}

    class Looking(Progress):
        def update(self, stage: str, done: int, total: int, **figures: float) -> None:
            if stage == "classifier" and done == total:
                kept["encoder"], kept["decoder"] = encoder.get_weights(), decoder.get_weights()

    lengths = {"classifier_epochs": 2, "epochs": 3, "progress": Looking(quiet=True)}
    side = Autoencoder(encoder, decoder, classifier="first").fit(waves, **lengths)
    assert {stage: len(history["loss"]) for stage, history in side.history_.items()} == {
        "classifier": 2,
        "autoencoder": 3,
    }
    assert all((a == b).all() for a, b in zip(kept["encoder"], encoder.get_weights(), strict=True))
    assert all((a != b).any() for a, b in zip(kept["decoder"], decoder.get_weights(), strict=True))


def test_what_its_owner_froze_stays_frozen_and_the_rest_can_be_trained_again(waves: Domain) -> None:
    encoder, decoder = small_networks()
    normalisation, kernel = encoder.layers[2], encoder.layers[3]
    kernel.trainable = False
    before = kernel.get_weights(), normalisation.get_weights()
    Autoencoder(encoder, decoder, classifier="first").fit(waves, epochs=1)
    assert (kernel.get_weights()[0] == before[0][0]).all() and (normalisation.get_weights()[0] != before[1][0]).any()
    assert [layer.name for layer in encoder.layers if not layer.trainable] == [kernel.name]


@pytest.mark.parametrize("classifier", ["first", "joint"])
def test_unlabelled_samples_teach_no_class(waves: Domain, classifier: str) -> None:
    hidden = np.where(waves.labels == 2, -1, waves.labels)
    networks = small_networks()
    decoder = networks[1] if classifier == "joint" else None
    side = Autoencoder(networks[0], decoder, classifier=classifier).fit((waves.x, hidden), epochs=6, learning_rate=2e-2)
    assert side.classes_.tolist() == [0, 1]
    known = hidden != -1
    assert (side.predict(waves.x[known]) == hidden[known]).mean() > 0.9


def test_unlabelled_samples_do_not_drive_the_latents_of_a_joint_classifier_away(waves: Domain) -> None:
    sizes = []
    for labels in (waves.labels, np.where(np.arange(90) % 5 == 0, -1, waves.labels)):
        side = Autoencoder(*small_networks(), classifier="joint").fit((waves.x, labels), epochs=60, learning_rate=2e-2)
        sizes.append(np.abs(side.encode(waves.x)).max())
        assert side.reconstruction_["r2"] > 0.6
    assert sizes[1] < 1.5 * sizes[0]


@pytest.mark.parametrize("classifier", ["first", "joint"])
def test_unlabelled_samples_can_be_refused(waves: Domain, classifier: str) -> None:
    hidden, surest = np.where(waves.labels == 2, -1, waves.labels), {}
    for unlabelled in ("ignore", "refuse"):
        encoder, decoder = small_networks()
        decoder = decoder if classifier == "joint" else None
        side = Autoencoder(encoder, decoder, classifier=classifier, unlabelled=unlabelled)
        side.fit((waves.x, hidden), epochs=10, learning_rate=2e-2)
        known = side.predict(waves.x[hidden >= 0]) == hidden[hidden >= 0]
        assert known.mean() > 0.9
        surest[unlabelled] = side.predict_proba(waves.x[hidden < 0]).max(1).mean()
    assert surest["refuse"] < 0.65 < surest["ignore"]


def test_label_smoothing_keeps_the_classifier_from_being_sure(waves: Domain) -> None:
    side = Autoencoder(small_networks()[0], classifier="first", label_smoothing=0.6)
    side.fit(waves, epochs=10, learning_rate=2e-2)
    probabilities = side.predict_proba(waves.x)
    assert (side.predict(waves.x) == waves.labels).mean() > 0.9
    assert np.sort(probabilities, 1).mean(0) == pytest.approx([0.2, 0.2, 0.6], abs=0.1)


def test_a_joint_classifier_without_weight_learns_nothing(waves: Domain) -> None:
    side = Autoencoder(*small_networks(), classifier="joint", classifier_weight=0.0).fit(waves, epochs=1)
    assert not side.head_.get_weights()[1].any()  # its bias is as it was built


def test_augmentation_is_drawn_anew_for_each_batch(waves: Domain) -> None:
    seen = []

    def augment(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        seen.append(rng.random())
        return x

    Autoencoder(*small_networks()).fit(waves, epochs=2, batch_size=30, augment=augment)
    assert len(seen) == len(set(seen)) == 6


def test_a_decoder_may_learn_from_samples_as_they_are(waves: Domain) -> None:
    seen = []

    def augment(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        seen.append(len(x))
        return x

    options = {"classifier_epochs": 1, "epochs": 10, "batch_size": 30, "augment_decoder": False}
    Autoencoder(*small_networks(), classifier="first").fit(waves, augment=augment, **options)
    assert seen == [30] * 3  # three batches of the classifier, none of the decoder


def test_the_decoder_learns_clean_samples_from_corrupted_ones(waves: Domain) -> None:
    read: list[np.ndarray] = []

    def blank(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        read.append(x)
        return np.zeros_like(x)

    side = Autoencoder(*small_networks(), corrupt=blank).fit(waves, epochs=30, batch_size=30, learning_rate=2e-2)
    assert {tuple(sample) for sample in np.concatenate(read)} == {tuple(sample) for sample in waves.x}
    # it saw blanks alone, for which the mean of the clean samples is the best answer
    assert np.abs(side.reconstruct(np.zeros((1, 24)))[0] - waves.x.mean(0)).mean() < 0.2


def test_a_loss_may_be_a_function(waves: Domain) -> None:
    def first_value_only(true: object, predicted: object) -> object:
        return keras.ops.mean(keras.ops.square(true[:, :1] - predicted[:, :1]))

    side = Autoencoder(*small_networks(), loss=first_value_only).fit(waves, epochs=12, learning_rate=2e-2)
    error = (side.reconstruct(waves.x) - waves.x) ** 2
    assert error[:, 0].mean() < 0.5 * error[:, 12].mean()


def test_a_frozen_encoder_drops_no_units_while_its_decoder_learns_from_augmented_samples(waves: Domain) -> None:
    x, z = layers.Input((24,)), layers.Input((24,))
    encoder = keras.Model(x, layers.Dropout(0.9)(x))
    decoder = keras.Model(z, layers.Dense(24, kernel_initializer="identity")(z))
    seen = []

    def augment(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        seen.append(len(x))
        return x

    options = {"epochs": 1, "batch_size": 30, "augment": augment, "learning_rate": 1e-9}
    side = Autoencoder(encoder, decoder, classifier="first").fit(waves, **options)
    assert seen == [30] * 6
    assert side.history_["autoencoder"]["loss"][0] < 1e-6


@pytest.mark.parametrize("name", ["augment", "corrupt"])
def test_a_change_to_another_shape_is_refused(waves: Domain, name: str) -> None:
    def shorter(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return x[:, :-1]

    side = Autoencoder(*small_networks(), corrupt=shorter if name == "corrupt" else None)
    with pytest.raises(InputError, match=f"`{name}` must return an array of the shape"):
        side.fit(waves, epochs=1, augment=shorter if name == "augment" else None)
