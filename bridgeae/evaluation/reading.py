"""What a bridge says of a set of samples, computed once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bridgeae.autoencoder import Encoding
from bridgeae.domain import Domain
from bridgeae.errors import InputError


@dataclass(frozen=True, eq=False)
class Reading:
    """Hold what a bridge says of samples; figures, pictures and files are made from it.

    Args:
        samples: what was read.
        encoding: latents and class probabilities of the source side.
        fixed: (n, *target_sample) the fixed answers.
        draws: (n, d, *target_sample) of a linker that samples, or None.
        confidence: (n,) in [0, 1] of a calibrated bridge, or None.
        seed: of the draws.
    """

    samples: Domain
    encoding: Encoding
    fixed: np.ndarray
    draws: np.ndarray | None = None
    confidence: np.ndarray | None = None
    seed: int = 0

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def first_draw(self) -> np.ndarray:
        """One draw (n, *target_sample) of each sample. Raises InputError where nothing was drawn."""
        if self.draws is None:
            raise InputError("this reading holds no draws: pass `draws`, and take a linker that samples.")
        first: np.ndarray = self.draws[:, 0]
        return first

    def select(self, index: np.ndarray) -> Reading:
        """Return the chosen samples (an index array or a boolean mask) with all that is said of them."""
        encoding = self.encoding.select(index)
        draws, confidence = (None if c is None else c[index] for c in (self.draws, self.confidence))
        samples = self.samples.select(index)
        return replace(
            self, samples=samples, encoding=encoding, fixed=self.fixed[index], draws=draws, confidence=confidence
        )
