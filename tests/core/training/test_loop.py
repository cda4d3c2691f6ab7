from __future__ import annotations

import io
import json

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae import Progress
from bridgeae.errors import InputError
from bridgeae.training import Batches, TrainOptions, default_epochs, train

QUIET = Progress(quiet=True)
X = np.random.default_rng(0).random((80, 3)).astype(np.float32)


class Batch(Batches):
    """Batches that give X back, and call `look` before each."""

    def __init__(self, size: int, look=lambda: None, seed: int = 0) -> None:
        super().__init__(lambda index, rng: (look(), (X[index], X[index]))[1], len(X), size, seed)


def dense(kind: type[keras.Model] = keras.Model) -> keras.Model:
    inputs = layers.Input((3,))
    return kind(inputs, layers.Dense(3, kernel_initializer=keras.initializers.GlorotUniform(seed=1))(inputs))


def kernel(model: keras.Model) -> np.ndarray:
    return np.array(model.get_weights()[0])


@pytest.mark.parametrize(("samples", "size", "epochs"), [(887, 55, 50), (60_000, 64, 20), (20, 8, 100), (3, 8, 100)])
def test_few_samples_get_more_epochs(samples: int, size: int, epochs: int) -> None:
    assert default_epochs(samples, size) == epochs


def test_history_is_the_mean_over_the_batches_of_an_epoch() -> None:
    losses: list[float] = []

    class Noted(Progress):
        def update(self, stage: str, done: int, total: int, **figures: float) -> None:
            losses.append(figures["loss"])

    history = train(dense(), Batch(20), "t", TrainOptions(3, 20, progress=Noted(quiet=True)), loss="mse")
    assert list(history) == ["loss"]
    assert history["loss"] == pytest.approx(np.reshape(losses, (3, 4)).mean(1))
    assert len(set(losses)) == 12


def test_the_loss_of_a_batch_is_of_that_batch_alone() -> None:
    model = dense()
    want = float(np.mean((model.predict(X, verbose=0) - X) ** 2))
    history = train(model, Batch(80), "t", TrainOptions(2, 80, learning_rate=0.0, progress=QUIET), loss="mse")
    assert history["loss"] == pytest.approx([want, want], rel=1e-5)


def test_every_metric_has_one_value_an_epoch() -> None:
    metrics = [keras.metrics.MeanAbsoluteError("mae")]
    options = TrainOptions(2, 40, progress=QUIET)
    history = train(dense(), Batch(40), "t", options, loss="mse", metrics=metrics)
    assert {name: len(values) for name, values in history.items()} == {"loss": 2, "mae": 2}
    json.dumps(history)


@pytest.mark.parametrize("momentum", [0.5, 0.0])
def test_averaged_weights_are_the_moving_average_of_those_of_each_step(momentum: float) -> None:
    plain, seen = dense(), []
    looked = Batch(20, lambda: seen.append(kernel(plain)))
    train(plain, looked, "t", TrainOptions(2, 20, 0.05, progress=QUIET), loss="mse")
    steps = [*seen[1:], kernel(plain)]
    want = steps[0]
    for step in steps[1:]:
        want = momentum * want + (1 - momentum) * step
    averaged = dense()
    train(averaged, Batch(20), "t", TrainOptions(2, 20, 0.05, weight_averaging=momentum, progress=QUIET), loss="mse")
    np.testing.assert_allclose(kernel(averaged), want, rtol=1e-4, atol=1e-6)


def test_the_same_seed_gives_the_same_weights_and_another_one_others() -> None:
    made = []
    for seed in (3, 3, 4):
        made.append(dense())
        train(made[-1], Batch(20, seed=seed), "t", TrainOptions(1, 20, 0.05, progress=QUIET), loss="mse")
    assert (kernel(made[0]) == kernel(made[1])).all()
    assert (kernel(made[0]) != kernel(made[2])).any()


@pytest.mark.parametrize(("weight_averaging", "optimizer"), [(None, "adamw"), (0.9, "muon")])
def test_the_first_step_is_traced_once(weight_averaging: float | None, optimizer: str) -> None:
    traced = []

    class Model(keras.Model):
        def train_step(self, *args: object) -> object:
            traced.append(args)
            return super().train_step(*args)

    model = dense(Model)
    before = kernel(model)
    options = TrainOptions(2, 4, 0.02, optimizer, weight_averaging, progress=QUIET)
    train(model, Batch(4), "t", options, metrics=[keras.metrics.MeanAbsoluteError()], loss="mse")
    assert len(traced) == 1
    assert (kernel(model) != before).all()


def test_progress_counts_the_steps_of_all_epochs() -> None:
    log = io.StringIO()
    options = TrainOptions(2, 20, progress=Progress(quiet=True, log=log))
    with options.progress.step("train source"):
        train(dense(), Batch(20), "decoder", options, loss="mse")
    last = json.loads(log.getvalue().splitlines()[-1])
    assert (last["stage"], last["done"], last["total"]) == ("train source: decoder", 8, 8)
    assert last["figures"]["loss"] > 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"epochs": 0}, "`epochs` must be at least 1 and a whole number, received 0"),
        ({"epochs": 1.5}, "`epochs` must be at least 1 and a whole number, received 1.5"),
        ({"batch_size": 0}, "`batch_size` must be at least 1"),
        ({"optimizer": "adamv"}, r"received 'adamv'\. Did you mean `adam"),
        ({"weight_averaging": 1.0}, r"`weight_averaging` must be None or lie in \[0, 1\), received 1.0"),
        ({"weight_averaging": -0.1}, r"`weight_averaging` must be None or lie in \[0, 1\)"),
    ],
)
def test_options_out_of_range_are_refused(wrong: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        TrainOptions(**{"epochs": 1, "batch_size": 4, **wrong})


def test_a_training_whose_loss_is_lost_ends_at_once() -> None:
    looks: list[int] = []
    options = TrainOptions(5, 40, learning_rate=1e30, optimizer="sgd", progress=QUIET)
    with pytest.raises(InputError, match=r"the training has failed: 't' has the loss .* in epoch 1\. Take a smaller"):
        train(dense(), Batch(8, lambda: looks.append(1)), "t", options, loss="mse")
    assert len(looks) == 10  # the batches of one epoch
