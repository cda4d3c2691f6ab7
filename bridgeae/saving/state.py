"""What an object learned, in the three kinds of data that a model folder holds."""

from __future__ import annotations

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
        networks, arrays = ({f"{name}-{key}": v for key, v in held.items()} for held in (self.networks, self.arrays))
        return State({name: self.values}, networks, arrays)

    def part(self, name: str) -> State:
        """Return the part called `name`. Raises KeyError where there is none."""
        networks, arrays = (
            {key.removeprefix(f"{name}-"): v for key, v in held.items() if key.startswith(f"{name}-")}
            for held in (self.networks, self.arrays)
        )
        return State(self.values[name], networks, arrays)

    def __or__(self, other: State) -> State:
        """Return a state with the parts of both."""
        return State(self.values | other.values, self.networks | other.networks, self.arrays | other.arrays)
