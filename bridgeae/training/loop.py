"""The training loop of every network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil, isfinite
from statistics import fmean
from typing import Any, Protocol

import numpy as np

from bridgeae.checks import check_counts, check_seed
from bridgeae.errors import InputError
from bridgeae.networks.backend import keras
from bridgeae.networks.processes import own_rows
from bridgeae.progress import Progress
from bridgeae.training.keeping import KEEPER, Arrays, Keeper, Kept
from bridgeae.training.optimizers import build_optimizer, check_optimizer

DEFAULT_STEPS = 800
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
        check_seed(self.seed)
        check_optimizer(self.optimizer)
        if self.weight_averaging is not None and not 0 <= self.weight_averaging < 1:
            raise InputError(f"`weight_averaging` must be None or lie in [0, 1), received {self.weight_averaging}.")
        if self.patience is not None:
            check_counts(patience=self.patience)
        if wrong := [c for c in self.callbacks if not isinstance(c, keras.callbacks.Callback)]:
            raise InputError(f"`callbacks` must hold Keras callbacks, received {type(wrong[0]).__name__}.")


def default_epochs(samples: int, batch_size: int) -> int:
    """Return how many epochs make 800 steps, but at least 20 and at most 100: few samples need many."""
    check_counts(batch_size=batch_size)
    return int(np.clip(ceil(DEFAULT_STEPS / max(1, samples // batch_size)), 20, 100))


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
    validation: Iterable[tuple[Any, ...]] = (),
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
        validation: batches ``(inputs, targets[, weights])`` to measure after each epoch, iterated anew each time.
        compile_options: loss, loss_weights and metrics for `keras.Model.compile`.

    Raises:
        InputError: the loss of an epoch is NaN or infinite.
    """
    steps = options.epochs * len(batches)
    optimizer = build_optimizer(options.optimizer, options.learning_rate, steps, options.weight_averaging)
    listeners, stopper = _listeners(model, options, bool(validation), len(batches))
    kept, keeper = Kept(model, optimizer, stopper), None if options.callbacks else KEEPER.get()
    found = _taken_up(kept, keeper, stage)
    if kept.finished and found:
        kept.restore(found)
        return kept.history
    model.compile(optimizer=optimizer, **compile_options)
    with options.progress.step(stage):
        listeners.on_train_begin()
        while kept.epoch < options.epochs:
            listeners.on_epoch_begin(kept.epoch)
            first = kept.step
            for step, batch in enumerate(batches.epoch(kept.epoch)):
                if step < first:
                    continue
                if step == first:  # make all variables, or TensorFlow would trace the first step twice
                    model._symbolic_build(data_batch=own_rows(batch))
                if found:
                    kept.restore(found)
                    found = None
                _step(model, batch, step, listeners, kept)
                done = kept.epoch * len(batches) + kept.step
                options.progress.update(stage, done, steps, **kept.figures[-1])
                if keeper and keeper.due() and kept.step < len(batches):
                    keeper.save(kept.pack())
            _end_epoch(model, validation, listeners, kept)
            _check_loss(kept, stage)
            if model.stop_training or kept.epoch == options.epochs:
                break
            if keeper and keeper.due():
                keeper.save(kept.pack())
    optimizer.finalize_variable_values(model.trainable_variables)
    listeners.on_train_end()
    kept.finished = True
    if keeper:
        keeper.save(kept.pack())
    return kept.history


def _taken_up(kept: Kept, keeper: Keeper | None, stage: str) -> Arrays | None:
    """Begin a training at its keeper, and return what it holds of an earlier one that was stopped."""
    if keeper is None:
        return None
    keeper.begin(stage)
    found = keeper.load()
    return found if found and kept.resume_at(found) else None


def _step(model: keras.Model, batch: tuple[Any, ...], step: int, listeners: Any, kept: Kept) -> None:
    listeners.on_train_batch_begin(step)
    kept.figures.append({k: float(v) for k, v in model.train_on_batch(*own_rows(batch), return_dict=True).items()})
    listeners.on_train_batch_end(step, kept.figures[-1])
    kept.step = step + 1


def _end_epoch(model: keras.Model, validation: Iterable[tuple[Any, ...]], listeners: Any, kept: Kept) -> None:
    means = {name: fmean(batch[name] for batch in kept.figures) for name in kept.figures[0]}
    means |= _measure(model, validation)
    for name, value in means.items():
        kept.history.setdefault(name, []).append(value)
    listeners.on_epoch_end(kept.epoch, means)
    kept.epoch, kept.step, kept.figures = kept.epoch + 1, 0, []


def _check_loss(kept: Kept, stage: str) -> None:
    """Raise InputError where the last epoch has no finite loss: its weights are lost."""
    if not isfinite(loss := kept.history["loss"][-1]):
        raise InputError(
            f"the training has failed: {stage!r} has the loss {loss} in epoch {kept.epoch}. Take a smaller "
            "`learning_rate`, and let `augment` and a loss of your own return finite values."
        )


def _listeners(model: keras.Model, options: TrainOptions, validated: bool, steps: int) -> tuple[Any, Any]:
    """Return the callbacks of a training, and the one that keeps the best weights where there is a validation loss."""
    callbacks, stopper = list(options.callbacks), None
    if validated:
        patience = options.epochs if options.patience is None else options.patience
        stopper = keras.callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=True)
        callbacks.append(stopper)
    elif options.patience is not None:
        raise InputError("`patience` needs `validation_data`.")
    model.stop_training = False
    return keras.callbacks.CallbackList(callbacks, model=model, epochs=options.epochs, steps=steps), stopper


def _measure(model: keras.Model, batches: Iterable[tuple[Any, ...]]) -> dict[str, float]:
    """Return loss and metrics of the batches, as `val_loss` and so on."""
    if not batches:
        return {}
    measured = [(len(batch[0]), model.test_on_batch(*own_rows(batch), return_dict=True)) for batch in batches]
    sizes, figures = zip(*measured, strict=True)
    return {
        f"val_{name}": float(sum(n * part[name] for n, part in zip(sizes, figures, strict=True)) / sum(sizes))
        for name in figures[0]
    }
