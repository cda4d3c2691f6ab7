"""What linkers do with latents: flatten and standardise them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def flatten(z: np.ndarray) -> np.ndarray:
    """Return latents ``(n, *latent)`` as vectors ``(n, d)``."""
    return z.reshape(len(z), -1)


@dataclass(frozen=True, eq=False)
class Standardiser:
    """Mean and scale of each value of flat latents; answers have the dtype that numpy makes of both.

    Args:
        mean: (d,).
        scale: (d,), positive.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, z: np.ndarray) -> Standardiser:
        """Learn mean and standard deviation from flat latents (n, d)."""
        return cls(z.mean(0), np.maximum(z.std(0), 1e-6))

    def apply(self, z: np.ndarray) -> np.ndarray:
        """Return latents (n, d) about zero, in units of the scale."""
        return np.asarray((z - self.mean) / self.scale)

    def undo(self, z: np.ndarray) -> np.ndarray:
        """Return latents (n, d) in their own units."""
        return np.asarray(z * self.scale + self.mean)
