"""One training loop for every network: one learning-rate cycle, batches drawn by a seeded generator."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any

import keras
import numpy as np
from keras import ops

from bridgeae.errors import InputError
from bridgeae.progress import Progress

MakeBatch = Callable[[np.ndarray, np.random.Generator], tuple[Any, ...]]


class _Made(keras.utils.PyDataset):
    """Batches made by a function, which holds the samples they are made of."""

    _make: Callable[..., tuple[Any, ...]] | None

    def close(self) -> None:
        """Let go of the samples: TensorFlow keeps every dataset that it has iterated over, for good."""
        self._make = None


class Batches(_Made):
    """Shuffle `n` samples each epoch and make one batch at a time; what a batch holds depends on the seed alone.

    Args:
        make: ``(index, rng) -> (inputs, targets[, weights])``.
        n: number of samples; an incomplete last batch is dropped, another one each epoch.
        batch_size: samples a batch.
        seed: of the shuffling and of `rng`.
    """

    def __init__(self, make: MakeBatch, n: int, batch_size: int, seed: int) -> None:
        super().__init__()
        if batch_size < 1:
            raise InputError(f"`batch_size` must be positive, received {batch_size}.")
        self._make, self._n, self._size, self._seed = make, n, min(batch_size, n), seed
        self._epoch = 0
        self._shuffle()

    def __len__(self) -> int:
        return self._n // self._size

    def __getitem__(self, step: int) -> tuple[Any, ...]:
        index = self._order[step * self._size : (step + 1) * self._size]
        assert self._make is not None
        return self._make(index, np.random.default_rng([self._seed, self._epoch, step]))

    def on_epoch_end(self) -> None:
        self._epoch += 1
        self._shuffle()

    def _shuffle(self) -> None:
        self._order = np.random.default_rng([self._seed, self._epoch]).permutation(self._n)


class Draws(_Made):
    """Make `steps` batches an epoch out of nothing but a generator: pairs, simulations.

    Args:
        make: ``(rng) -> (inputs, targets[, weights])``.
        steps: batches an epoch.
        seed: each batch and each epoch has a generator of its own, derived from it.
        begin: called with a generator before each epoch.
    """

    def __init__(
        self,
        make: Callable[[np.random.Generator], tuple[Any, ...]],
        steps: int,
        seed: int,
        begin: Callable[[np.random.Generator], None] | None = None,
    ) -> None:
        super().__init__()
        self._make, self._steps, self._seed, self._begin = make, steps, seed, begin
        self._epoch = 0

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, step: int) -> tuple[Any, ...]:
        assert self._make is not None
        return self._make(np.random.default_rng([self._seed, self._epoch, step]))

    def on_epoch_begin(self) -> None:
        if self._begin:
            self._begin(np.random.default_rng([self._seed, self._epoch]))

    def on_epoch_end(self) -> None:
        self._epoch += 1


def train(
    model: keras.Model,
    batches: Batches | Draws,
    stage: str,
    *,
    epochs: int,
    learning_rate: float,
    progress: Progress,
    weight_averaging: float | None = None,
    optimizer: str = "adamw",
    **compile_options: Any,
) -> dict[str, list[float]]:
    """Train in place and return the figures of each epoch.

    Args:
        model: what to train.
        batches: where its batches come from.
        stage: its name for progress.
        epochs: how many times `batches` is gone through.
        learning_rate: highest of the cycle: a tenth of the steps up, the rest down to zero on a cosine.
        progress: where to show it.
        weight_averaging: momentum of an exponential moving average of the weights that replaces them at the end.
        optimizer: "adamw" or "muon", see `Muon`.
        compile_options: loss, loss_weights, metrics.
    """
    if epochs < 1:
        raise InputError(f"`epochs` must be at least 1, received {epochs}.")
    check_optimizer(optimizer)
    steps = epochs * len(batches)
    warmup = max(1, steps // 10)
    rule = _OPTIMIZERS[optimizer](
        Cycle(learning_rate, warmup, max(1, steps - warmup)),
        global_clipnorm=1.0,
        use_ema=weight_averaging is not None,
        ema_momentum=weight_averaging or 0.99,
    )
    rule.build(model.trainable_variables)  # or TensorFlow would trace the first step twice
    model.compile(optimizer=rule, **compile_options)
    try:
        with progress.step(stage):
            history = model.fit(batches, epochs=epochs, verbose=0, callbacks=[_Report(progress, stage, steps)])
    finally:
        batches.close()
    return {name: [float(v) for v in values] for name, values in history.history.items()}


class Muon(keras.optimizers.Muon):
    """Steps of equal size in every direction (Jordan et al. 2024), for kernels of dense layers and convolutions alike.

    The kernel of a convolution counts as a matrix: all axes but the last are its rows. Keras' own Muon leaves these
    kernels to AdamW, as it does here with biases, normalisations, and kernels that are narrower than `NARROW`.

    The segment caller learned in 3,500 of these steps what took AdamW 24,000, and the digits' autoencoder a little more
    in as many; the encoder of photos, which sees few of them often, learned nothing more.
    """

    NARROW = 32

    def _should_use_adamw(self, variable: Any) -> bool:
        return len(variable.shape) < 2 or min(variable.shape[-1], prod(variable.shape[:-1])) < self.NARROW

    def _muon_update_step(self, gradient: Any, variable: Any, lr: Any, m: Any) -> None:
        self.assign(m, gradient + self.momentum * m)
        step = gradient + self.momentum * m if self.nesterov else m
        step = self.zeropower_via_newtonschulz5(ops.reshape(step, (-1, variable.shape[-1])), self.ns_steps)
        self.assign_sub(variable, ops.reshape(self.lr_adjust(lr * step), variable.shape))


_OPTIMIZERS = {
    "adamw": partial(keras.optimizers.AdamW, weight_decay=1e-4),
    "muon": partial(Muon, weight_decay=0.1, adam_weight_decay=1e-4),
}


def check_optimizer(optimizer: Any, name: str = "optimizer") -> None:
    """Raise InputError where there is no such optimizer; `name` is what the error calls it."""
    if optimizer not in _OPTIMIZERS:
        raise InputError(f"`{name}` must be one of {', '.join(_OPTIMIZERS)}, received {optimizer!r}.")


class Cycle(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that climbs on a line from a 25th of its peak, then falls to zero on a cosine.

    Keras' own `CosineDecay` chooses between the two with a conditional, which TensorFlow traces for every variable: a
    quarter of the seconds before the first step of a small network.
    """

    def __init__(self, peak: float, up: int, down: int) -> None:
        self.peak, self.up, self.down = peak, up, down

    def __call__(self, step: Any) -> Any:
        step = ops.cast(step, "float32")
        climbing = 1 / 25 + (1 - 1 / 25) * step / self.up
        falling = 0.5 + 0.5 * ops.cos(np.pi * ops.minimum((step - self.up) / self.down, 1.0))
        return self.peak * ops.where(step < self.up, climbing, falling)

    def get_config(self) -> dict[str, Any]:
        return {"peak": self.peak, "up": self.up, "down": self.down}


class _Report(keras.callbacks.Callback):
    def __init__(self, progress: Progress, stage: str, steps: int) -> None:
        super().__init__()
        self._progress, self._stage, self._steps, self._done = progress, stage, steps, 0

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._done += 1
        self._progress.update(self._stage, self._done, self._steps, **(logs or {}))
