"""Bridges that go through other bridges: chains, and a hub for many domains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.errors import InputError
from bridgeae.linker.flow import FlowLinker
from bridgeae.linker.network import NetworkLinker, RidgeLinker
from bridgeae.protocols import Linker
from bridgeae.saving.bundle import part_of

if TYPE_CHECKING:
    import keras


class ChainLinker:
    """Map latents by one linker after another; already fitted, since its parts are.

    Args:
        first: from the first latents to those in the middle.
        second: from there to the last.
        middle: (target autoencoder of the first, source autoencoder of the second) where these are two different ones:
            latents then pass through the samples between them. None where both linkers share one latent space.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, GivenPairing, RidgeLinker
        >>> from bridgeae.linker.chain import ChainLinker
        >>> z = np.random.default_rng(0).normal(size=(500, 3))
        >>> double = RidgeLinker(alpha=0.0).fit(Domain(z), Domain(2 * z), GivenPairing().fit(Domain(z), Domain(2 * z)))
        >>> bool(np.allclose(ChainLinker(double, double).predict(z), 4 * z, atol=1e-3))
        True
    """

    def __init__(self, first: Linker, second: Linker, *, middle: tuple[Any, Any] | None = None) -> None:
        self.first: Any = first
        self.second: Any = second
        self.middle = middle

    def fit(self, *_: Any, **__: Any) -> ChainLinker:
        """Refuse: train the bridges, then chain them."""
        raise InputError("a ChainLinker is made of fitted linkers: fit each bridge on its own data, then chain them.")

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Map the first latents ``(n, *first)`` to the last ones ``(n, *last) float32``."""
        out: np.ndarray = self.second.predict(self._between(z))
        return out

    def sample(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw last latents; only the second linker draws, so that the first one's answer stays put."""
        if not callable(getattr(self.second, "sample", None)):
            raise InputError(f"`draws` needs a last linker that samples, not {type(self.second).__name__}.")
        drawn: np.ndarray = self.second.sample(self._between(z), rng)
        return drawn

    def agreement(self, z: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Return how far drawn latents agree with the class that the second linker reads, ``(n,)`` in [0, 1]."""
        agreed: np.ndarray = self.second.agreement(self._between(z), drawn)
        return agreed

    def _between(self, z: np.ndarray) -> np.ndarray:
        h: np.ndarray = self.first.predict(z)
        return h if self.middle is None else self.middle[1].encode(self.middle[0].decode(h))

    def get_state(self) -> tuple[dict[str, Any], dict[str, keras.Model], dict[str, np.ndarray]]:
        """Return (plain JSON values, networks, arrays) from which `from_state` builds this linker again."""
        if self.middle is not None:
            raise InputError(
                "a chain through samples is not saved as one model: save its bridges, and chain them once loaded."
            )
        parts = {"first": self.first.get_state(), "second": self.second.get_state()}
        state = {"kind": "ChainLinker"} | {name: part[0] for name, part in parts.items()}
        networks = {f"{name}-{key}": value for name, part in parts.items() for key, value in part[1].items()}
        arrays = {f"{name}-{key}": value for name, part in parts.items() for key, value in part[2].items()}
        return state, networks, arrays

    @classmethod
    def from_state(
        cls, state: dict[str, Any], networks: dict[str, keras.Model], arrays: dict[str, np.ndarray]
    ) -> ChainLinker:
        """Build a chain from what `get_state` returned."""
        kinds: dict[str, Any] = {k.__name__: k for k in (RidgeLinker, NetworkLinker, FlowLinker, cls)}
        parts = [
            kinds[state[name]["kind"]].from_state(state[name], part_of(networks, name), part_of(arrays, name))
            for name in ("first", "second")
        ]
        return cls(*parts)
