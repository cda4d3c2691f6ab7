"""One linker after another."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.linker.kinds import linker_from_state, linker_state
from bridgeae.protocols import FromNoise, Linker, SamplingLinker
from bridgeae.saving import State


class ChainLinker:
    """Map latents by one fitted linker after another. It samples if the second one does.

    Args:
        first: from the first latents to those in the middle.
        second: from there to the last; if it samples, so does the chain, after the first's answer.
        middle: (target autoencoder of the first, source autoencoder of the second) where these are two different ones:
            latents then pass through the samples between them. None where both linkers share one latent space.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, GivenPairing, RidgeLinker
        >>> from bridgeae.linker import ChainLinker
        >>> z = np.random.default_rng(0).normal(size=(500, 3))
        >>> double = RidgeLinker(alpha=0.0).fit(Domain(z), Domain(2 * z), GivenPairing().fit(Domain(z), Domain(2 * z)))
        >>> bool(np.allclose(ChainLinker(double, double).predict(z), 4 * z, atol=1e-3))
        True
    """

    def __init__(self, first: Linker, second: Linker, *, middle: tuple[Any, Any] | None = None) -> None:
        self.first, self.second, self.middle = first, second, middle
        if isinstance(second, SamplingLinker):
            self.sample = lambda z, rng: second.sample(self._between(z), rng)
            self.agreement = lambda z, drawn: second.agreement(self._between(z), drawn)
        if isinstance(second, FromNoise):
            self.noise_size = second.noise_size
            self.from_noise = lambda z, noise: second.from_noise(self._between(z), noise)

    def check(self, source: Domain, target: Domain) -> None:
        """Raise InputError: a chain is made of fitted linkers."""
        raise InputError("a ChainLinker is made of fitted linkers: fit each bridge on its own data, then chain them.")

    def fit(self, source: Domain, target: Domain, pairing: Any, **options: Any) -> ChainLinker:
        """Raise InputError, as `check` does."""
        self.check(source, target)
        return self

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Map the first latents ``(n, *first)`` to the last ones ``(n, *last) float32``."""
        return self.second.predict(self._between(z))

    def _between(self, z: np.ndarray) -> np.ndarray:
        h = self.first.predict(z)
        return h if self.middle is None else np.asarray(self.middle[1].encode(self.middle[0].decode(h)))

    def get_state(self) -> State:
        """Return the state from which `from_state` builds this linker again."""
        if self.middle is not None:
            raise InputError(
                "a chain through samples is not saved as one model: save its bridges, and chain them once loaded."
            )
        return linker_state(self.first).under("first") | linker_state(self.second).under("second")

    @classmethod
    def from_state(cls, state: State) -> ChainLinker:
        """Build a chain from what `get_state` returned."""
        return cls(*(linker_from_state(state.part(name)) for name in ("first", "second")))
