"""A training that is stopped at any step, and taken up, ends with the same bits as one that never was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from bridgeae import Progress
from bridgeae.saving import Checkpoint
from bridgeae.training import Batches, History, TrainOptions, train

X = np.random.default_rng(0).normal(size=(32, 4)).astype(np.float32)
STEPS = 12


class StoppedError(Exception):
    """Stands for the end of the process."""


class StopsAt(Progress):
    """Raise after so many steps, and count them."""

    def __init__(self, steps: int = 10**6) -> None:
        super().__init__(quiet=True)
        self.steps, self.made = steps, 0

    def update(self, stage: str, done: int, total: int, **figures: Any) -> None:
        self.made += 1
        if self.made == self.steps:
            raise StoppedError


def trained(progress: StopsAt, size: int = 4, **options: Any) -> tuple[History, list[np.ndarray]]:
    keras.utils.set_random_seed(3)
    model = keras.Sequential([layers.Input((4,)), layers.Dropout(0.3), layers.BatchNormalization(), layers.Dense(size)])
    batches = Batches(lambda index, rng: (X[index], X[index, :size] + rng.normal(0, 0.1)), len(X), 8, 0)
    held_out = [(X[:8], X[:8, :size])] if "patience" in options else ()
    chosen = TrainOptions(3, 8, progress=progress, **options)
    history = train(model, batches, "a side", chosen, held_out, loss="mse", metrics=["mae"])
    return history, model.get_weights()


def assert_same(one: tuple[History, list[np.ndarray]], other: tuple[History, list[np.ndarray]]) -> None:
    assert one[0] == other[0]
    for a, b in zip(one[1], other[1], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.slow
@pytest.mark.parametrize("options", [{"weight_averaging": 0.9}, {"patience": 2, "optimizer": "muon"}])
def test_a_stopped_training_goes_on_as_if_it_had_not_been(options: dict[str, Any], tmp_path: Path) -> None:
    whole = trained(StopsAt(), **options)
    for stops in ((1,), (7, 2)):  # in the first step, and twice in an epoch
        folder = tmp_path / str(stops)
        made = 0
        for stop in stops:
            with Checkpoint(folder, seconds=0), pytest.raises(StoppedError):
                trained(progress := StopsAt(stop), **options)
            made += progress.made - 1
        with Checkpoint(folder, seconds=0):
            assert_same(trained(last := StopsAt(), **options), whole)
        assert made + last.made <= STEPS + len(stops), "at most one step is lost each time"


def test_a_finished_training_is_not_made_again_and_leaves_the_same_random_state(tmp_path: Path) -> None:
    with Checkpoint(tmp_path):
        first, after = trained(StopsAt()), np.random.random()  # noqa: NPY002
    with Checkpoint(tmp_path):
        assert_same(trained(StopsAt(1)), first)
        assert np.random.random() == after  # noqa: NPY002


def test_a_damaged_file_or_one_of_another_network_is_left_aside(tmp_path: Path) -> None:
    with Checkpoint(tmp_path):
        trained(StopsAt())
    with Checkpoint(tmp_path), pytest.raises(StoppedError):
        trained(StopsAt(1), size=3)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:1000])
    with Checkpoint(tmp_path):
        trained(again := StopsAt())
    assert again.made == STEPS
