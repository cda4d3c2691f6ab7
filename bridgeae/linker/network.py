"""A linker that is one small network."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.checks import Shape, check_counts, check_fitted, check_shape, shape_fits
from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.networks import fixed_size, model_shapes
from bridgeae.progress import Progress
from bridgeae.protocols import Pairing, Refresh
from bridgeae.saving import State, trainable

if TYPE_CHECKING:
    import keras

_BATCH = 512  # latents mapped at once


class NetworkLinker:
    """Map latents with a small network, trained on pairs that are drawn anew for every step.

    Latents are standardised on the way in and out, by layers that are part of the network.

    Args:
        network: "dense" (256-128-out with dropout, latents of fixed shape), "convolutional" (sequence latents of equal,
            possibly free length), or an untrained Keras model from source to target latents.
        loss: "mse" or another Keras loss. A loss that is a function is not saved: set `loss` again before a loaded
            linker is trained further.

    Example:
        >>> import numpy as np
        >>> from bridgeae import Domain, GivenPairing, NetworkLinker
        >>> z = np.random.default_rng(0).normal(size=(64, 4))
        >>> pairing = GivenPairing().fit(Domain(z), Domain(z))
        >>> linker = NetworkLinker().fit(Domain(z), Domain(z), pairing, epochs=1, steps=2)
        >>> linker.predict(z).shape
        (64, 4)
    """

    def __init__(
        self, network: str | keras.Model = "dense", *, loss: str | Callable[[Any, Any], Any] | None = "mse"
    ) -> None:
        if isinstance(network, str) and network not in ("dense", "convolutional"):
            raise InputError(f'`network` must be "dense", "convolutional" or a Keras model, received {network!r}.')
        self.network, self.loss = network, loss

    def check(self, source: Domain, target: Domain) -> None:
        """Raise InputError if the network does not map these latents, or the loss is unknown."""
        from bridgeae.networks.backend import keras

        if self.loss is None:
            raise InputError("the `loss` of this linker was a function, which is not saved: set `loss` again.")
        try:
            keras.losses.get(self.loss)
        except ValueError:
            raise InputError(
                f"`loss` must be a function or the name of a Keras loss, received {self.loss!r}."
            ) from None
        a, b = source.sample_shape, target.sample_shape
        if not isinstance(self.network, str):
            reads, writes = model_shapes(self.network, "network")
            if not (shape_fits(a, reads) and shape_fits(b, writes)):
                raise InputError(
                    f"`network` maps latents of shape {reads} to {writes}, but the source's have shape {a} and the "
                    f"target's {b}: they must be equal."
                )
        elif self.network == "convolutional" and (len(a) != 2 or len(b) != 2 or a[0] != b[0]):
            raise InputError(
                "a convolutional linker needs sequence latents (length, channels) of one length on both sides, not "
                f"{a} and {b}."
            )

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
        """Train on drawn pairs of cached latents; see `bridgeae.protocols.Linker`.

        Args:
            source: latents of the source side.
            target: latents of the target side.
            pairing: a fitted pairing of the two.
            epochs: how many times source latents are refreshed.
            steps: batches an epoch.
            batch_size: pairs a step.
            learning_rate: the peak of the cycle.
            refresh, seed, progress: see `bridgeae.protocols.Linker.fit`.

        Raises:
            InputError: see `check`; or a run length is less than 1.
        """
        from bridgeae.networks.backend import keras
        from bridgeae.training import RandomBatches, TrainOptions, train

        options = TrainOptions(epochs, batch_size, learning_rate, seed=seed, progress=progress or Progress())
        check_counts(steps=steps)
        self.check(source, target)
        keras.utils.set_random_seed(seed)
        network = _standardised(self._body(source.sample_shape, target.sample_shape), source.x, target.x)
        z = source.x

        def begin(rng: np.random.Generator) -> None:
            nonlocal z
            z = source.x if refresh is None else refresh(rng)

        def batch(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
            i, j = pairing.sample(batch_size, rng)
            return z[i], target.x[j]

        self.history_ = train(network, RandomBatches(batch, steps, seed, begin), "network", options, loss=self.loss)
        self.network_ = network
        return self

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Map source latents ``(n, *source_latent)`` to target latents ``(n, *target_latent) float32``."""
        check_fitted(self, "network_")
        network = self.network_
        check_shape("z", np.shape(z), network.input_shape[1:])
        z = np.asarray(z, np.float32)
        return np.concatenate([network.predict_on_batch(z[k : k + _BATCH]) for k in range(0, len(z), _BATCH)])

    def as_network(self) -> keras.Model:
        """Return the fitted linker as one Keras model, which can be fine-tuned."""
        check_fitted(self, "network_")
        self.network_ = trainable(self.network_)
        return self.network_

    def get_state(self) -> State:
        """Return the state from which `from_state` builds this linker again."""
        values = {
            "network": self.network if isinstance(self.network, str) else None,
            "loss": self.loss if isinstance(self.loss, str) else None,
            "history": self.history_,
        }
        return State(values, {"network": self.network_})

    @classmethod
    def from_state(cls, state: State) -> NetworkLinker:
        """Build a fitted linker from what `get_state` returned."""
        network = state.networks["network"]
        made = cls(state.values.get("network") or network, loss=state.values.get("loss"))
        made.network_, made.history_ = network, state.values["history"]
        return made

    def _body(self, source_shape: Shape, target_shape: Shape) -> keras.Model:
        if not isinstance(self.network, str):
            return trainable(self.network)
        if self.network == "dense":
            return _dense_body(source_shape, target_shape)
        return _convolutional_body(source_shape[1], target_shape[1])


def _dense_body(source_shape: Shape, target_shape: Shape) -> keras.Model:
    """Build hidden layers with dropout and a linear output between latents of fixed shape."""
    from bridgeae.networks.backend import keras, layers

    fixed_size(source_shape, "source latent shape")
    z = layers.Input(source_shape)
    h = layers.Flatten()(z)
    for width in (256, 128):
        h = layers.Dropout(0.2)(layers.Dense(width, activation="relu")(h))
    out = layers.Dense(fixed_size(target_shape, "target latent shape"))(h)
    return keras.Model(z, layers.Reshape(target_shape)(out), name="link")


def _convolutional_body(source_channels: int | None, target_channels: int | None) -> keras.Model:
    """Build residual dilated convolutions (van den Oord et al. 2016) between sequence latents of equal, free length."""
    from bridgeae.networks.backend import keras, layers

    z = layers.Input((None, source_channels))
    units = 64
    h = layers.Conv1D(units, 1)(z)
    for dilation in (1, 2, 4):
        step = layers.Conv1D(units, 3, padding="same", dilation_rate=dilation, activation="relu")(h)
        h = layers.Add()([h, layers.Conv1D(units, 1)(step)])
    return keras.Model(z, layers.Conv1D(target_channels, 1)(h), name="link")


def _standardised(body: keras.Model, source: np.ndarray, target: np.ndarray) -> keras.Model:
    """Return a body between layers that standardise source latents and undo the target latents' standardisation."""
    from bridgeae.networks.backend import keras, layers

    z = layers.Input(body.input_shape[1:])
    inward = layers.Normalization(axis=-1, **_moments(source))
    outward = layers.Normalization(axis=-1, invert=True, **_moments(target))
    return keras.Model(z, outward(body(inward(z))), name="linker")


def _moments(z: np.ndarray) -> dict[str, list[float]]:
    """Return mean and variance of each channel, the last axis."""
    axes = tuple(range(z.ndim - 1))
    mean, variance = z.mean(axes, dtype=float), z.var(axes, dtype=float)
    # a channel that never varies is passed on as it is
    return {"mean": mean.tolist(), "variance": np.where(variance > 1e-12, variance, 1.0).tolist()}
