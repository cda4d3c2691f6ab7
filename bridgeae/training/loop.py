"""The training loop of every network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Protocol

import keras

from bridgeae.checks import check_counts
from bridgeae.errors import InputError
from bridgeae.progress import Progress
from bridgeae.training.optimizers import build_optimizer, check_optimizer

History = dict[str, list[float]]
"""Loss and metrics of a training, one value an epoch."""


@dataclass(frozen=True)
class TrainOptions:
    """How long and how fast a network trains.

    Args:
        epochs: passes over the batches.
        batch_size: samples or pairs a step.
        learning_rate: peak of the one-cycle schedule: a tenth of the steps up, then down to zero on a cosine.
        optimizer: "adamw" or "muon", see `bridgeae.training.Muon`.
        weight_averaging: momentum of an exponential moving average that replaces the weights at the end; None for none.
        seed: of the batches and the initial weights.
        progress: where to show progress.

    Raises:
        InputError: a number is out of range, or the optimizer is unknown.
    """

    epochs: int
    batch_size: int
    learning_rate: float = 2e-3
    optimizer: str = "adamw"
    weight_averaging: float | None = None
    seed: int = 0
    progress: Progress = field(default_factory=Progress)

    def __post_init__(self) -> None:
        check_counts(epochs=self.epochs, batch_size=self.batch_size)
        check_optimizer(self.optimizer)
        if self.weight_averaging is not None and not 0 <= self.weight_averaging < 1:
            raise InputError(f"`weight_averaging` must be None or lie in [0, 1), received {self.weight_averaging}.")


class EpochBatches(Protocol):
    """Batches that depend on a seed and the epoch alone."""

    def __len__(self) -> int: ...

    def epoch(self, number: int) -> Iterator[tuple[Any, ...]]:
        """Yield the batches ``(inputs, targets[, weights])`` of one epoch."""
        ...


def train(
    model: keras.Model, batches: EpochBatches, stage: str, options: TrainOptions, **compile_options: Any
) -> History:
    """Train a model in place and return its history.

    The loop calls `train_on_batch` itself: Keras' `fit` feeds TensorFlow through a generator dataset, which costs a
    quarter more CPU time on small networks.

    Args:
        model: the model to train.
        batches: the batches of each epoch.
        stage: name of this training for progress.
        options: run length, optimizer and seed.
        compile_options: loss, loss_weights and metrics for `keras.Model.compile`.
    """
    steps, done = options.epochs * len(batches), 0
    optimizer = build_optimizer(options.optimizer, options.learning_rate, steps, options.weight_averaging)
    optimizer.build(model.trainable_variables)  # or TensorFlow would trace the first step twice
    model.compile(optimizer=optimizer, **compile_options)
    history: History = {}
    with options.progress.step(stage):
        for epoch in range(options.epochs):
            figures: list[dict[str, float]] = []
            for batch in batches.epoch(epoch):
                figures.append(model.train_on_batch(*batch, return_dict=True))
                done += 1
                options.progress.update(stage, done, steps, **figures[-1])
            for name in figures[0]:
                history.setdefault(name, []).append(fmean(batch[name] for batch in figures))
    optimizer.finalize_variable_values(model.trainable_variables)
    return history
