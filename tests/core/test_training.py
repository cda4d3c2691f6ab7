from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae.progress import Progress
from bridgeae.training import Batches, Cycle, train


@pytest.mark.parametrize(("up", "down"), [(1, 1), (1, 6), (10, 90)])
def test_the_learning_rate_is_that_of_keras_cosine_decay(up: int, down: int) -> None:
    known = keras.optimizers.schedules.CosineDecay(0.02 / 25, down, warmup_target=0.02, warmup_steps=up)
    ours = Cycle(0.02, up, down)
    assert [float(ours(k)) for k in range(up + down + 2)] == pytest.approx(
        [float(known(k)) for k in range(up + down + 2)], abs=1e-8
    )


@pytest.mark.parametrize("weight_averaging", [None, 0.9])
def test_the_first_step_is_traced_once(weight_averaging: float | None) -> None:
    traced = []

    class Model(keras.Model):
        def train_step(self, *args: object) -> object:
            traced.append(args)
            return super().train_step(*args)

    x = np.random.default_rng(0).random((80, 3)).astype(np.float32)
    inputs = layers.Input((3,))
    model = Model(inputs, layers.Dense(3)(inputs))
    before = model.get_weights()[0].copy()
    batches = Batches(lambda index, rng: (x[index], x[index]), len(x), 4, seed=0)
    options = {"weight_averaging": weight_averaging, "metrics": [keras.metrics.MeanAbsoluteError()], "loss": "mse"}
    train(model, batches, "test", epochs=2, learning_rate=0.02, progress=Progress(quiet=True), **options)
    assert len(traced) == 1
    assert (model.get_weights()[0] != before).all()
