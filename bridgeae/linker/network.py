"""Networks and closed forms that map source latents to target latents."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.autoencoder.autoencoder import model_shapes
from bridgeae.checks import check_counts, check_shape, shape_fits
from bridgeae.domain import Domain
from bridgeae.errors import BundleError, InputError, NotFittedError
from bridgeae.progress import Progress
from bridgeae.protocols import Pairing

if TYPE_CHECKING:
    import keras

Refresh = Callable[[np.random.Generator], np.ndarray]
"""Returns the source latents of freshly augmented source samples, in the order of the source."""


class RidgeLinker:
    """Map latents linearly, by ridge regression in closed form (Hoerl and Kennard 1970).

    Pairs are drawn and their moments summed up, so that any pairing works and memory does not grow with the pairs.

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
        """Regress target latents on source latents.

        Args:
            source: latents of the source side.
            target: latents of the target side.
            pairing: a fitted pairing of the two.
            epochs: how many times pairs are drawn, and source latents refreshed.
            pairs: pairs drawn an epoch.
            refresh: see `Refresh`; None uses `source.x` throughout.
            seed: of the draws.
            progress: unused; a closed form is done at once.

        Raises:
            InputError: `epochs` or `pairs` is less than 1.
        """
        check_counts(epochs=epochs, pairs=pairs)
        rng = np.random.default_rng(seed)
        x, y = flat(source.x), flat(target.x)
        centre, scale = x.mean(0), np.maximum(x.std(0), 1e-6)
        cross, gram = np.zeros((x.shape[1] + 1, y.shape[1])), np.zeros((x.shape[1] + 1,) * 2)
        for _ in range(epochs):
            fresh = x if refresh is None else flat(refresh(rng))
            i, j = pairing.sample(pairs, rng)
            a = np.column_stack([(fresh[i] - centre) / scale, np.ones(pairs)])
            gram += a.T @ a / (epochs * pairs)
            cross += a.T @ y[j] / (epochs * pairs)
        penalty = np.full(len(gram), self.alpha + 1e-9)
        penalty[-1] = 0  # the intercept is free
        solution = np.linalg.solve(gram + np.diag(penalty), cross)
        self.coef_ = (solution[:-1] / scale[:, None]).astype(np.float32)
        self.intercept_ = (solution[-1] - centre / scale @ solution[:-1]).astype(np.float32)
        self.shapes_ = source.sample_shape, target.sample_shape
        return self

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Map source latents ``(n, *source_latent)`` to target latents ``(n, *target_latent) float32``."""
        if not hasattr(self, "coef_"):
            raise NotFittedError("`fit` must come first: this RidgeLinker is untrained.")
        check_shape("z", np.shape(z), self.shapes_[0])
        out: np.ndarray = flat(np.asarray(z, np.float32)) @ self.coef_ + self.intercept_
        return out.reshape(len(z), *self.shapes_[1])

    def get_state(self) -> tuple[dict[str, Any], dict[str, keras.Model], dict[str, np.ndarray]]:
        """Return (plain JSON values, networks, arrays) from which `from_state` builds this linker again."""
        state = {"kind": "RidgeLinker", "alpha": self.alpha, "shapes": self.shapes_}
        return state, {}, {"coef": self.coef_, "intercept": self.intercept_}

    @classmethod
    def from_state(
        cls, state: dict[str, Any], networks: dict[str, keras.Model], arrays: dict[str, np.ndarray]
    ) -> RidgeLinker:
        """Build a fitted linker from what `get_state` returned."""
        made = cls(alpha=state["alpha"])
        made.coef_, made.intercept_ = arrays["coef"], arrays["intercept"]
        made.shapes_ = tuple(state["shapes"][0]), tuple(state["shapes"][1])
        if made.coef_.shape != tuple(map(prod, made.shapes_)):
            raise BundleError(
                f"the manifest's latents have shapes {made.shapes_}, but the linker's are {made.coef_.shape}."
            )
        return made


class NetworkLinker:
    """Map latents with a small network, trained on pairs that are drawn anew for every step.

    Latents are standardised on the way in and out, by layers that are part of the network.

    Args:
        network: "dense" (256-128-out with dropout, latents of fixed shape), "convolutional" (sequence latents of equal,
            possibly free length), or an untrained Keras model from source to target latents.
        loss: "mse" or another Keras loss; not saved: a loaded linker has "mse".

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, GivenPairing, NetworkLinker
        >>> z = np.random.default_rng(0).normal(size=(64, 4))
        >>> pairing = GivenPairing().fit(Domain(z), Domain(z))
        >>> linker = NetworkLinker().fit(Domain(z), Domain(z), pairing, epochs=1, steps=2)
        >>> linker.predict(z).shape
        (64, 4)
    """

    def __init__(self, network: str | keras.Model = "dense", *, loss: Any = "mse") -> None:
        if isinstance(network, str) and network not in ("dense", "convolutional"):
            raise InputError(f'`network` must be "dense", "convolutional" or a Keras model, received {network!r}.')
        self.network, self.loss = network, loss

    def fit(
        self,
        source: Domain,
        target: Domain,
        pairing: Pairing,
        *,
        epochs: int = 20,
        steps: int = 100,
        batch_size: int = 128,
        learning_rate: float = 2e-3,
        refresh: Refresh | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> NetworkLinker:
        """Train on drawn pairs of cached latents.

        Args:
            source: latents of the source side.
            target: latents of the target side.
            pairing: a fitted pairing of the two.
            epochs: how often source latents are refreshed.
            steps: batches an epoch.
            batch_size: pairs a step.
            learning_rate: the highest of the cycle.
            refresh: see `Refresh`; None uses `source.x` throughout.
            seed: of the draws and the initial weights.
            progress: where to show progress; None shows it on a terminal.

        Raises:
            InputError: the network does not map the source's latents to the target's, or a run length is less than 1.
        """
        import keras

        from bridgeae.networks import normalised
        from bridgeae.training.loop import Draws, train

        check_counts(steps=steps, batch_size=batch_size)
        keras.utils.set_random_seed(seed)
        network = normalised(self._body(source.sample_shape, target.sample_shape), source.x, target.x)
        z = source.x

        def begin(rng: np.random.Generator) -> None:
            nonlocal z
            z = source.x if refresh is None else refresh(rng)

        def batch(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
            i, j = pairing.sample(batch_size, rng)
            return z[i], target.x[j]

        draws = Draws(batch, steps, seed, begin)
        run: dict[str, Any] = {"epochs": epochs, "learning_rate": learning_rate, "progress": progress or Progress()}
        self.history_ = train(network, draws, "linker", loss=self.loss, **run)
        self.network_ = network
        return self

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Map source latents ``(n, *source_latent)`` to target latents ``(n, *target_latent) float32``."""
        if not hasattr(self, "network_"):
            raise NotFittedError("`fit` must come first: this NetworkLinker is untrained.")
        check_shape("z", np.shape(z), self.network_.input.shape[1:])
        out: np.ndarray = self.network_.predict(np.asarray(z, np.float32), batch_size=512, verbose=0)
        return out

    def get_state(self) -> tuple[dict[str, Any], dict[str, keras.Model], dict[str, np.ndarray]]:
        """Return (plain JSON values, networks, arrays) from which `from_state` builds this linker again."""
        return {"kind": "NetworkLinker", "history": self.history_}, {"network": self.network_}, {}

    @classmethod
    def from_state(
        cls, state: dict[str, Any], networks: dict[str, keras.Model], arrays: dict[str, np.ndarray]
    ) -> NetworkLinker:
        """Build a fitted linker from what `get_state` returned."""
        made = cls(networks["network"])
        made.network_, made.history_ = networks["network"], state["history"]
        return made

    def _body(self, source_shape: tuple[int, ...], target_shape: tuple[int, ...]) -> keras.Model:
        from bridgeae.networks import convolutional_link, dense_link

        if not isinstance(self.network, str):
            reads, writes = model_shapes(self.network, "network")
            if not (shape_fits(source_shape, reads) and shape_fits(target_shape, writes)):
                raise InputError(
                    f"`network` maps latents of shape {reads} to {writes}, but the source's have shape {source_shape} "
                    f"and the target's {target_shape}: they must be equal."
                )
            return self.network
        if self.network == "dense":
            return dense_link(source_shape, target_shape)
        if len(source_shape) != 2 or len(target_shape) != 2 or source_shape[0] != target_shape[0]:
            raise InputError(
                "a convolutional linker needs sequence latents (length, channels) of one length on both sides, not "
                f"{source_shape} and {target_shape}."
            )
        return convolutional_link(source_shape[1], target_shape[1])


def flat(z: np.ndarray) -> np.ndarray:
    """Return latents ``(n, *latent)`` as vectors ``(n, d)``."""
    return z.reshape(len(z), -1)
