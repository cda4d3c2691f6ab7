"""A linear linker in closed form."""

from __future__ import annotations

from math import prod

import numpy as np

from bridgeae.checks import check_counts, check_fitted, check_shape
from bridgeae.domain import Domain
from bridgeae.errors import BundleError, InputError
from bridgeae.linker.latents import flatten
from bridgeae.progress import Progress
from bridgeae.protocols import Pairing, Refresh
from bridgeae.saving import State


class RidgeLinker:
    """Map latents linearly, by ridge regression in closed form (Hoerl and Kennard 1970).

    Pairs are drawn and their moments summed, so that any pairing works and memory does not grow with the pairs.

    Args:
        alpha: weight of the squared coefficients, on standardised source latents.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, GivenPairing, RidgeLinker
        >>> z = np.random.default_rng(0).normal(size=(500, 4))
        >>> pairing = GivenPairing().fit(Domain(z), Domain(2 * z))
        >>> linker = RidgeLinker(alpha=0.0).fit(Domain(z), Domain(2 * z), pairing)
        >>> bool(np.allclose(linker.predict(z), 2 * z, atol=1e-3))
        True
    """

    def __init__(self, *, alpha: float = 1e-2) -> None:
        if not alpha >= 0:
            raise InputError(f"`alpha` must not be negative, received {alpha}.")
        self.alpha = alpha

    def check(self, source: Domain, target: Domain) -> None:
        """Accept any two sides."""

    def fit(
        self,
        source: Domain,
        target: Domain,
        pairing: Pairing,
        *,
        epochs: int = 8,
        pairs: int = 8192,
        refresh: Refresh | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> RidgeLinker:
        """Regress target latents on source latents; see `bridgeae.protocols.Linker`.

        Args:
            source: latents of the source side.
            target: latents of the target side.
            pairing: a fitted pairing of the two.
            epochs: how many times pairs are drawn, and source latents refreshed.
            pairs: pairs drawn an epoch.
            refresh, seed, progress: see `bridgeae.protocols.Linker.fit`.

        Raises:
            InputError: `epochs` or `pairs` is less than 1.
        """
        check_counts(epochs=epochs, pairs=pairs)
        progress, rng = progress or Progress(), np.random.default_rng(seed)
        x, y = flatten(source.x), flatten(target.x)
        centre, scale = x.mean(0), np.maximum(x.std(0), 1e-6)
        cross, gram = np.zeros((x.shape[1] + 1, y.shape[1])), np.zeros((x.shape[1] + 1,) * 2)
        for epoch in range(epochs):
            fresh = x if refresh is None else flatten(refresh(rng))
            i, j = pairing.sample(pairs, rng)
            a = np.column_stack([(fresh[i] - centre) / scale, np.ones(pairs)])
            gram += a.T @ a / (epochs * pairs)
            cross += a.T @ y[j] / (epochs * pairs)
            progress.update("ridge", epoch + 1, epochs)
        penalty = np.full(len(gram), self.alpha + 1e-9)
        penalty[-1] = 0  # the intercept is free
        solution = np.linalg.solve(gram + np.diag(penalty), cross)
        self.coef_ = (solution[:-1] / scale[:, None]).astype(np.float32)
        self.intercept_ = (solution[-1] - centre / scale @ solution[:-1]).astype(np.float32)
        self.shapes_ = source.sample_shape, target.sample_shape
        return self

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Map source latents ``(n, *source_latent)`` to target latents ``(n, *target_latent) float32``."""
        check_fitted(self, "coef_")
        check_shape("z", np.shape(z), self.shapes_[0])
        out = flatten(np.asarray(z, np.float32)) @ self.coef_ + self.intercept_
        return np.asarray(out.reshape(len(z), *self.shapes_[1]))

    def get_state(self) -> State:
        """Return the state from which `from_state` builds this linker again."""
        arrays = {"coef": self.coef_, "intercept": self.intercept_}
        return State({"alpha": self.alpha, "shapes": self.shapes_}, arrays=arrays)

    @classmethod
    def from_state(cls, state: State) -> RidgeLinker:
        """Build a fitted linker from what `get_state` returned."""
        made = cls(alpha=state.values["alpha"])
        made.coef_, made.intercept_ = state.arrays["coef"], state.arrays["intercept"]
        source, target = state.values["shapes"]
        made.shapes_ = tuple(source), tuple(target)
        if made.coef_.shape != tuple(map(prod, made.shapes_)):
            raise BundleError(
                f"the manifest's latents have shapes {made.shapes_}, but the linker's are {made.coef_.shape}."
            )
        return made
