from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae.errors import InputError
from bridgeae.progress import Progress
from bridgeae.training.loop import Batches, Cycle, Muon, train


@pytest.mark.parametrize(("up", "down"), [(1, 1), (1, 6), (10, 90)])
def test_the_learning_rate_is_that_of_keras_cosine_decay(up: int, down: int) -> None:
    known = keras.optimizers.schedules.CosineDecay(0.02 / 25, down, warmup_target=0.02, warmup_steps=up)
    ours = Cycle(0.02, up, down)
    assert [float(ours(k)) for k in range(up + down + 2)] == pytest.approx(
        [float(known(k)) for k in range(up + down + 2)], abs=1e-8
    )


@pytest.mark.parametrize(("weight_averaging", "optimizer"), [(None, "adamw"), (0.9, "adamw"), (0.9, "muon")])
def test_the_first_step_is_traced_once(weight_averaging: float | None, optimizer: str) -> None:
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
    options = {"metrics": [keras.metrics.MeanAbsoluteError()], "loss": "mse", "optimizer": optimizer}
    options["weight_averaging"] = weight_averaging
    train(model, batches, "test", epochs=2, learning_rate=0.02, progress=Progress(quiet=True), **options)
    assert len(traced) == 1
    assert (model.get_weights()[0] != before).all()


def test_muon_moves_wide_kernels_equally_in_every_direction_and_leaves_the_rest_to_adamw() -> None:
    """The step of a wide kernel hardly depends on the size of its gradient, nor on what share of it has a direction."""
    rng = np.random.default_rng(0)
    wide, narrow, bias = (keras.Variable(np.zeros(shape, np.float32)) for shape in [(3, 20, 40), (3, 3, 40), (40,)])
    optimizer = Muon(0.01, weight_decay=None)
    left, size, right = np.linalg.svd(rng.normal(size=(60, 40)), full_matrices=False)
    gradient = (left * np.geomspace(1, 1e-2, len(size))) @ right
    gradients = [gradient.reshape(3, 20, 40), rng.normal(size=(3, 3, 40)), rng.normal(size=40)]
    optimizer.apply([keras.ops.convert_to_tensor(g.astype(np.float32)) for g in gradients], [wide, narrow, bias])
    moved = np.linalg.svd(np.asarray(wide.numpy()).reshape(60, 40), compute_uv=False) / (0.01 * 0.2 * 60**0.5)
    assert 0.5 < moved.min() < moved.max() < 1.4
    for variable, g in zip([narrow, bias], gradients[1:], strict=True):
        assert np.asarray(variable.numpy()) == pytest.approx(-0.01 * np.sign(g), rel=1e-2)


def test_an_unknown_optimizer_is_refused() -> None:
    batches = Batches(lambda index, rng: (index, index), 4, 2, seed=0)
    with pytest.raises(InputError, match="one of adamw, muon, received 'sgd'"):
        train(
            keras.Sequential(),
            batches,
            "t",
            epochs=1,
            learning_rate=0.1,
            progress=Progress(quiet=True),
            optimizer="sgd",
        )
