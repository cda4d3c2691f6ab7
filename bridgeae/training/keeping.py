"""What a training needs to go on as if it had never been stopped, and where it is kept meanwhile."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from bridgeae.networks.backend import keras

Arrays = dict[str, np.ndarray]


class Keeper(Protocol):
    """Keeps the trainings of a process, one after another; `bridgeae.saving.Checkpoint` is one."""

    def begin(self, stage: str) -> None:
        """Begin the next training."""
        ...

    def load(self) -> Arrays | None:
        """Return what was kept of this training, or None."""
        ...

    def due(self) -> bool:
        """Return whether it is time to save."""
        ...

    def save(self, arrays: Arrays) -> None:
        """Replace what is kept of this training."""
        ...


KEEPER: ContextVar[Keeper | None] = ContextVar("KEEPER", default=None)
"""Where trainings are kept at present; None keeps them nowhere."""


@dataclass
class Kept:
    """The place of a training, and the variables that it changes.

    Args:
        model: the model that trains.
        optimizer: its optimizer, built.
        stopper: the callback that keeps the best weights, or None.
    """

    model: Any
    optimizer: Any
    stopper: Any = None
    epoch: int = 0  #: the epoch that is under way
    step: int = 0  #: batches of it that are done
    history: dict[str, list[float]] = field(default_factory=dict)
    figures: list[dict[str, float]] = field(default_factory=list)  #: of the batches of this epoch
    finished: bool = False

    def __post_init__(self) -> None:
        self._learned = list(self.model.variables)  # weights, and the states of dropout; metrics are not built yet

    def pack(self) -> Arrays:
        """Return everything as arrays."""
        arrays = {f"variable-{k:05d}": np.asarray(v) for k, v in enumerate(self._variables())}
        stopper = {n: getattr(self.stopper, n) for n in ("best", "wait", "best_epoch")} if self.stopper else {}
        if self.stopper and self.stopper.best_weights is not None:
            arrays |= {f"best-{k:05d}": w for k, w in enumerate(self.stopper.best_weights)}
        names = ("epoch", "step", "history", "figures", "finished")
        state = {n: getattr(self, n) for n in names} | {"stopper": stopper, "random": random.getstate()}
        kind, keys, *rest = np.random.get_state(legacy=True)  # noqa: NPY002 - the `augment` of another package may use it
        state["numpy"] = [kind, *rest]
        text = json.dumps(state, default=float).encode()
        return arrays | {"state": np.frombuffer(text, np.uint8), "numpy": np.asarray(keys)}

    def resume_at(self, arrays: Arrays) -> bool:
        """Set epoch, step and history to those kept. Return False, and change nothing, if they are of another model."""
        state = json.loads(arrays["state"].tobytes())
        kept = [a for name, a in sorted(arrays.items()) if name.startswith("variable-")]
        if [v.shape for v in kept[: len(self._learned)]] != [tuple(v.shape) for v in self._learned]:
            return False
        for name in ("epoch", "step", "history", "figures", "finished"):
            setattr(self, name, state[name])
        return True

    def restore(self, arrays: Arrays) -> None:
        """Give every variable, the random states and the best weights the values that were kept."""
        for variable, value in zip(self._variables(), _numbered(arrays, "variable"), strict=True):
            variable.assign(value)
        state = json.loads(arrays["state"].tobytes())
        for name, value in state["stopper"].items():
            setattr(self.stopper, name, value)
        if best := _numbered(arrays, "best"):
            self.stopper.best_weights = best
        version, words, gauss = state["random"]
        random.setstate((version, tuple(words), gauss))
        kind, *rest = state["numpy"]
        np.random.set_state((kind, arrays["numpy"], *rest))  # noqa: NPY002

    def _variables(self) -> Sequence[keras.Variable]:
        if self.finished:
            return self._learned
        return [*self._learned, *self.optimizer.variables, *self.model.metrics_variables]


def _numbered(arrays: Arrays, kind: str) -> list[np.ndarray]:
    return [array for name, array in sorted(arrays.items()) if name.startswith(f"{kind}-")]
