from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae import Autoencoder, Domain, Progress
from bridgeae.errors import InputError
from bridgeae.training import TrainOptions

QUIET = Progress(quiet=True)
RNG = np.random.default_rng(0)
LABELS = np.arange(120) % 3
X = (RNG.normal(size=(120, 6)) + 3 * np.eye(3, 6)[LABELS]).astype(np.float32)
DOMAIN = Domain(X, LABELS)


class Noted(keras.callbacks.Callback):
    """Note which of its methods were called, and the figures of each epoch."""

    def __init__(self, stop_after: int = 99) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.figures: list[dict[str, float]] = []
        self.stop_after = stop_after

    def on_train_begin(self, logs: Any = None) -> None:
        self.calls.append("begin")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.calls.append("batch")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.figures.append(dict(logs))
        self.model.stop_training = epoch + 1 >= self.stop_after

    def on_train_end(self, logs: Any = None) -> None:
        self.calls.append("end")


def test_callbacks_are_called_and_may_stop_the_training() -> None:
    noted = Noted(stop_after=2)
    side = Autoencoder().fit(DOMAIN, epochs=5, batch_size=40, callbacks=[noted], progress=QUIET)
    assert noted.calls == ["begin", *["batch"] * 6, "end"]
    assert [f["loss"] for f in noted.figures] == side.history_["autoencoder"]["loss"]


@pytest.mark.parametrize("classifier", [None, "first", "joint"])
def test_validation_figures_are_in_the_history_of_every_stage(classifier: str | None) -> None:
    side = Autoencoder(classifier=classifier)
    side.fit(DOMAIN, epochs=3, validation_data=0.25, progress=QUIET)
    for stage, history in side.history_.items():
        assert len(history["val_loss"]) == 3, stage
    if classifier == "first":
        assert len(side.history_["classifier"]["val_accuracy"]) == 3


class Spoil(keras.callbacks.Callback):
    """Spoil the weights before the last epochs."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == 4:
            self.model.set_weights([10 * w for w in self.model.get_weights()])


def test_the_weights_of_the_best_epoch_are_kept() -> None:
    held_out = Domain(X[:40], LABELS[:40])
    side = Autoencoder(standardise="none")
    side.fit(DOMAIN, epochs=6, validation_data=held_out, callbacks=[Spoil()], progress=QUIET)
    losses = side.history_["autoencoder"]["val_loss"]
    reached = float(np.mean((side.reconstruct(held_out) - held_out.x) ** 2))
    assert losses[-1] > 1.5 * min(losses), "the training has to end worse than it was"
    assert reached == pytest.approx(min(losses), rel=1e-3)


def test_patience_ends_a_training_that_no_longer_improves() -> None:
    frozen = keras.optimizers.SGD(0.0)
    side = Autoencoder().fit(DOMAIN, epochs=20, validation_data=0.25, patience=2, optimizer=frozen, progress=QUIET)
    assert len(side.history_["autoencoder"]["loss"]) < 20


def test_patience_without_validation_data_is_refused() -> None:
    with pytest.raises(InputError, match="`patience` needs `validation_data`"):
        Autoencoder().fit(DOMAIN, epochs=1, patience=2, progress=QUIET)


def test_what_is_no_callback_is_refused() -> None:
    with pytest.raises(InputError, match="`callbacks` must hold Keras callbacks, received str"):
        TrainOptions(1, 8, callbacks=["early"])  # type: ignore[list-item]


def test_a_given_optimizer_is_copied_with_its_own_learning_rate() -> None:
    mine = keras.optimizers.Adam(0.0)
    side = Autoencoder().fit(DOMAIN, epochs=1, optimizer=mine, progress=QUIET)
    before = Autoencoder().fit(DOMAIN, epochs=1, optimizer=keras.optimizers.SGD(0.0), progress=QUIET)
    for a, b in zip(side.decoder.get_weights(), before.decoder.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert int(mine.iterations) == 0


def test_sequential_models_are_sides() -> None:
    encoder = keras.Sequential([keras.Input((6,)), layers.Dense(4)])
    decoder = keras.Sequential([keras.Input((4,)), layers.Dense(6)])
    side = Autoencoder(encoder, decoder).fit(DOMAIN, epochs=1, progress=QUIET)
    assert side.encode(X).shape == (120, 4)


@pytest.mark.slow
def test_recurrent_sides_read_padded_sequences_and_are_saved(tmp_path: Any) -> None:
    from bridgeae import LinkedAutoencoder

    parts = [RNG.normal(size=(n, 2)) for n in RNG.integers(3, 7, 60)]
    domain = Domain.of_sequences(parts, labels=LABELS[:60])
    length = domain.sample_shape[0]
    encoder = keras.Sequential([keras.Input((None, 2)), layers.Masking(), layers.GRU(4)])
    decoder = keras.Sequential(
        [keras.Input((4,)), layers.RepeatVector(length), layers.GRU(4, return_sequences=True), layers.Dense(2)]
    )
    side = Autoencoder(encoder, decoder).fit(domain, epochs=1, progress=QUIET)
    longer = np.concatenate([domain.x, np.zeros((60, 3, 2), np.float32)], 1)
    np.testing.assert_allclose(side.encode(longer), side.encode(domain), atol=1e-6)
    bridge = LinkedAutoencoder(side).fit(domain, DOMAIN, target_options={"epochs": 1}, linker_options={"epochs": 1})
    bridge.save(tmp_path / "model")
    again = LinkedAutoencoder.load(tmp_path / "model")
    np.testing.assert_allclose(again.translate(domain), bridge.translate(domain), atol=1e-5)


def test_token_sequences_are_looked_up_as_they_are() -> None:
    tokens = Domain(RNG.integers(0, 9, (40, 5)))
    encoder = keras.Sequential([keras.Input((5,)), layers.Embedding(9, 3), layers.Flatten(), layers.Dense(4)])
    decoder = keras.Sequential([keras.Input((4,)), layers.Dense(5)])
    side = Autoencoder(encoder, decoder).fit(tokens, epochs=1, progress=QUIET)
    assert side.scaling_.kind == "none"
