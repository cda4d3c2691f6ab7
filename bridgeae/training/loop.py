"""The training loop of every network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Protocol

from bridgeae.backend import keras
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
        optimizer: "adamw", "muon" (see `bridgeae.training.Muon`), "adam", "sgd", "rmsprop" or "lion"; or a Keras
            optimizer, of which each training takes a copy with its own learning rate.
        weight_averaging: momentum of an exponential moving average that replaces the weights at the end; None for none.
        seed: of the batches and the initial weights.
        progress: where to show progress.
        callbacks: Keras callbacks, called as `keras.Model.fit` calls them.
        patience: epochs without a better validation loss after which training stops; None never stops early.

    Raises:
        InputError: a number is out of range, the optimizer is unknown, or a callback is none.
    """

    epochs: int
    batch_size: int
    learning_rate: float = 2e-3
    optimizer: str | keras.optimizers.Optimizer = "adamw"
    weight_averaging: float | None = None
    seed: int = 0
    progress: Progress = field(default_factory=Progress)
    callbacks: Sequence[keras.callbacks.Callback] = ()
    patience: int | None = None

    def __post_init__(self) -> None:
        check_counts(epochs=self.epochs, batch_size=self.batch_size)
        check_optimizer(self.optimizer)
        if self.weight_averaging is not None and not 0 <= self.weight_averaging < 1:
            raise InputError(f"`weight_averaging` must be None or lie in [0, 1), received {self.weight_averaging}.")
        if self.patience is not None:
            check_counts(patience=self.patience)
        if wrong := [c for c in self.callbacks if not isinstance(c, keras.callbacks.Callback)]:
            raise InputError(f"`callbacks` must hold Keras callbacks, received {type(wrong[0]).__name__}.")


class EpochBatches(Protocol):
    """Batches that depend on a seed and the epoch alone."""

    def __len__(self) -> int: ...

    def epoch(self, number: int) -> Iterator[tuple[Any, ...]]:
        """Yield the batches ``(inputs, targets[, weights])`` of one epoch."""
        ...


def train(
    model: keras.Model,
    batches: EpochBatches,
    stage: str,
    options: TrainOptions,
    validation: Sequence[tuple[Any, ...]] = (),
    **compile_options: Any,
) -> History:
    """Train a model in place and return its history.

    With `validation` the history has `val_` figures too, and the weights of the epoch with the lowest `val_loss` are
    kept.

    The loop calls `train_on_batch` itself: Keras' `fit` feeds TensorFlow through a generator dataset, which costs a
    quarter more CPU time on small networks.

    Args:
        model: the model to train.
        batches: the batches of each epoch.
        stage: name of this training for progress.
        options: run length, optimizer and seed.
        validation: batches ``(inputs, targets[, weights])`` to measure after each epoch.
        compile_options: loss, loss_weights and metrics for `keras.Model.compile`.
    """
    steps, done = options.epochs * len(batches), 0
    optimizer = build_optimizer(options.optimizer, options.learning_rate, steps, options.weight_averaging)
    optimizer.build(model.trainable_variables)  # or TensorFlow would trace the first step twice
    model.compile(optimizer=optimizer, **compile_options)
    history: History = {}
    listeners = _listeners(model, options, bool(validation), len(batches))
    with options.progress.step(stage):
        listeners.on_train_begin()
        for epoch in range(options.epochs):
            listeners.on_epoch_begin(epoch)
            figures: list[dict[str, float]] = []
            for step, batch in enumerate(batches.epoch(epoch)):
                listeners.on_train_batch_begin(step)
                figures.append(model.train_on_batch(*batch, return_dict=True))
                listeners.on_train_batch_end(step, figures[-1])
                done += 1
                options.progress.update(stage, done, steps, **figures[-1])
            means = {name: fmean(batch[name] for batch in figures) for name in figures[0]} | _measure(model, validation)
            for name, value in means.items():
                history.setdefault(name, []).append(value)
            listeners.on_epoch_end(epoch, means)
            if model.stop_training:
                break
    optimizer.finalize_variable_values(model.trainable_variables)
    listeners.on_train_end()
    return history


def _listeners(model: keras.Model, options: TrainOptions, validated: bool, steps: int) -> keras.callbacks.CallbackList:
    """Return the callbacks of a training, with one that keeps the best weights where there is a validation loss."""
    callbacks = list(options.callbacks)
    if validated:
        patience = options.epochs if options.patience is None else options.patience
        callbacks.append(keras.callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=True))
    elif options.patience is not None:
        raise InputError("`patience` needs `validation_data`.")
    model.stop_training = False
    return keras.callbacks.CallbackList(callbacks, model=model, epochs=options.epochs, steps=steps)


def _measure(model: keras.Model, batches: Sequence[tuple[Any, ...]]) -> dict[str, float]:
    """Return loss and metrics of the batches, as `val_loss` and so on."""
    if not batches:
        return {}
    sizes = [len(batch[0]) for batch in batches]
    figures = [model.test_on_batch(*batch, return_dict=True) for batch in batches]
    return {
        f"val_{name}": float(sum(n * part[name] for n, part in zip(sizes, figures, strict=True)) / sum(sizes))
        for name in figures[0]
    }
