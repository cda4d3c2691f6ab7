"""What an object learned, in the three kinds of data that a model folder holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class State:
    """Hold what rebuilds a fitted object: plain values, networks and arrays.

    Args:
        values: JSON values.
        networks: Keras models by name.
        arrays: numeric arrays by name.

    Example:
        >>> State({"alpha": 0.1}).under("linker").part("linker").values
        {'alpha': 0.1}
    """

    values: dict[str, Any] = field(default_factory=dict)
    networks: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def under(self, name: str) -> State:
        """Return the same state as the part called `name` of a larger one."""
        return State({name: self.values}, _prefixed(self.networks, name), _prefixed(self.arrays, name))

    def part(self, name: str) -> State:
        """Return the part called `name`. Raises KeyError where there is none."""
        return State(self.values[name], _stripped(self.networks, name), _stripped(self.arrays, name))

    def __or__(self, other: State) -> State:
        """Return a state with the parts of both."""
        return State(self.values | other.values, self.networks | other.networks, self.arrays | other.arrays)


def _prefixed(held: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {f"{name}-{key}": value for key, value in held.items()}


def _stripped(held: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key.removeprefix(f"{name}-"): value for key, value in held.items() if key.startswith(f"{name}-")}
