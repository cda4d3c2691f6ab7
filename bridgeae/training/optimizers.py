"""Optimizers and the learning-rate schedule."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import Any

import numpy as np

from bridgeae.checks import check_choice
from bridgeae.networks.backend import keras, ops


class Muon(keras.optimizers.Muon):
    """Steps of equal size in every direction (Jordan et al. 2024), for kernels of dense layers and convolutions alike.

    The kernel of a convolution counts as a matrix: all axes but the last are its rows. Keras' own Muon leaves these
    kernels to AdamW, as this one does with biases, normalisations, and kernels narrower than `NARROW`. It overrides
    two private methods of Keras 3, so that the package needs ``keras<4``; a test compares both on dense kernels.

    The segment caller needs 3,500 of these steps where AdamW needs 24,000. The digits' autoencoder gains a little; an
    encoder of photos, which sees few of them often, gains nothing.
    """

    NARROW = 32

    def _should_use_adamw(self, variable: Any) -> bool:
        return len(variable.shape) < 2 or min(variable.shape[-1], prod(variable.shape[:-1])) < self.NARROW

    def _muon_update_step(self, gradient: Any, variable: Any, lr: Any, m: Any) -> None:
        self.assign(m, gradient + self.momentum * m)
        step = gradient + self.momentum * m if self.nesterov else m
        step = self.zeropower_via_newtonschulz5(ops.reshape(step, (-1, variable.shape[-1])), self.ns_steps)
        self.assign_sub(variable, ops.reshape(self.lr_adjust(lr * step), variable.shape))


class AdamW(keras.optimizers.AdamW):
    """Keras' AdamW, which updates all small variables as one vector: the same numbers, and an earlier first step.

    Keras adds some twenty operations a variable to the graph of a step, and building it is most of what a short
    training takes. Variables of more than `SMALL` values are updated alone, so that nothing large is copied. Like
    `Muon`, this class overrides private methods of Keras 3, and a test compares both.
    """

    SMALL = 100_000

    def _apply_weight_decay(self, variables: Sequence[Any]) -> None:
        """Leave the decay to the update."""

    def _backend_update_step(self, gradients: Sequence[Any], variables: Sequence[Any], learning_rate: Any) -> None:
        step = ops.cast(self.iterations + 1, "float32")
        alpha = learning_rate * ops.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step)
        small = [prod(variable.shape) <= self.SMALL for variable in variables]
        groups = [[k for k, is_small in enumerate(small) if is_small]]
        groups += [[k] for k, is_small in enumerate(small) if not is_small]
        for group in groups:
            if group:
                self._update([gradients[k] for k in group], [variables[k] for k in group], alpha, learning_rate)

    def _update(self, gradients: Sequence[Any], variables: Sequence[Any], alpha: Any, learning_rate: Any) -> None:
        places = [self._get_variable_index(variable) for variable in variables]
        held = [variables, *([moments[k] for k in places] for moments in (self._momentums, self._velocities))]
        gradient, x, m, v = map(_flat, (gradients, *held))
        x -= x * self.weight_decay * learning_rate
        m += (gradient - m) * (1 - self.beta_1)
        v += (ops.square(gradient) - v) * (1 - self.beta_2)
        x -= m * alpha / (ops.sqrt(v) + self.epsilon)
        ends = np.cumsum([prod(variable.shape) for variable in variables])
        for part, values in zip(held, (x, m, v), strict=True):
            for variable, end in zip(part, ends, strict=True):
                self.assign(variable, ops.reshape(values[end - prod(variable.shape) : end], variable.shape))


def _flat(tensors: Sequence[Any]) -> Any:
    return ops.concatenate([ops.reshape(ops.convert_to_tensor(tensor), (-1,)) for tensor in tensors])


class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises linearly from a 25th of its peak, then falls to zero on a cosine.

    Keras' own `CosineDecay` chooses between the two with a conditional, which TensorFlow traces for every variable:
    a quarter of the seconds before the first step of a small network.

    Args:
        peak: the highest learning rate.
        up: steps to the peak.
        down: steps from the peak to zero.
    """

    def __init__(self, peak: float, up: int, down: int) -> None:
        self.peak, self.up, self.down = peak, up, down

    def __call__(self, step: Any) -> Any:
        step = ops.cast(step, "float32")
        rising = 1 / 25 + (1 - 1 / 25) * step / self.up
        falling = 0.5 + 0.5 * ops.cos(np.pi * ops.minimum((step - self.up) / self.down, 1.0))
        return self.peak * ops.where(step < self.up, rising, falling)

    def get_config(self) -> dict[str, Any]:
        return {"peak": self.peak, "up": self.up, "down": self.down}


_OPTIMIZERS = {
    "adamw": partial(AdamW, weight_decay=1e-4),
    "muon": partial(Muon, weight_decay=0.1, adam_weight_decay=1e-4),
    "adam": keras.optimizers.Adam,
    "sgd": partial(keras.optimizers.SGD, momentum=0.9),
    "rmsprop": keras.optimizers.RMSprop,
    "lion": keras.optimizers.Lion,
}


def check_optimizer(optimizer: Any, name: str = "optimizer") -> None:
    """Raise InputError unless this is a Keras optimizer or the name of one; `name` is the argument in the message."""
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        check_choice(name, optimizer, _OPTIMIZERS)


def build_optimizer(
    optimizer: str | keras.optimizers.Optimizer,
    learning_rate: float,
    steps: int,
    weight_averaging: float | None = None,
) -> keras.optimizers.Optimizer:
    """Return a new optimizer for `steps` steps.

    One that is named gets one cycle of the learning rate, a tenth of the steps up and the rest down, and gradients
    clipped to a norm of 1. One that is given is copied as it is, with its own learning rate.
    """
    if not isinstance(optimizer, str):
        return type(optimizer).from_config(optimizer.get_config())
    up = max(1, steps // 10)
    return _OPTIMIZERS[optimizer](
        OneCycle(learning_rate, up, max(1, steps - up)),
        global_clipnorm=1.0,
        use_ema=weight_averaging is not None,
        ema_momentum=0.99 if weight_averaging is None else weight_averaging,
    )
