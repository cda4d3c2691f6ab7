"""A linker that draws many target latents for one source latent, by rectified flow."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.checks import check_choice, check_counts, check_fitted, check_shape
from bridgeae.domain import Domain
from bridgeae.errors import BundleError
from bridgeae.linker.conditions import ClassCondition, Condition, LatentCondition, classes_to_link
from bridgeae.linker.latents import Standardiser, flatten
from bridgeae.progress import Progress
from bridgeae.protocols import Pairing, Refresh
from bridgeae.saving import State

if TYPE_CHECKING:
    import keras

_CONDITIONS: dict[str, Any] = {"class": ClassCondition, "latent": LatentCondition}
_FREQUENCIES = 2.0 ** np.arange(6)  # of the embedding of time
_MAX_BATCH = 4096  # latents moved at once
_STEPS = 16  # midpoint steps from noise to latent


class FlowLinker:
    """Draw target latents that belong with a source latent (rectified flow, Liu et al. 2023).

    Where pairs share nothing but a class, only the class can be carried over: it is read off the source latent, and the
    flow draws from the target latents of that class. Where sample belongs with sample, the flow depends on the source
    latent itself.

    Args:
        condition: "class", or "latent" for given pairs.
        units: width of the flow's three hidden layers.

    Example:
        >>> import numpy as np
        >>> from bridgeae import ClassPairing, Domain, FlowLinker
        >>> rng, labels = np.random.default_rng(0), np.arange(90) % 3
        >>> source = Domain(rng.normal(size=(90, 4)) + 5 * labels[:, None], labels)
        >>> target = Domain(rng.normal(size=(90, 2)) - 5 * labels[:, None], labels)
        >>> linker = FlowLinker().fit(source, target, ClassPairing().fit(source, target), epochs=1)
        >>> linker.sample(source.x[:7], rng).shape
        (7, 2)
    """

    def __init__(self, condition: str = "class", *, units: int = 256) -> None:
        check_choice("condition", condition, _CONDITIONS)
        check_counts(units=units)
        self.condition, self.units = condition, units

    def check(self, source: Domain, target: Domain) -> None:
        """Raise InputError if ``condition="class"`` and the sides share fewer than two classes."""
        if self.condition == "class":
            classes_to_link(source, target)

    def fit(
        self,
        source: Domain,
        target: Domain,
        pairing: Pairing,
        *,
        epochs: int = 6,
        steps: int | None = None,
        batch_size: int = 256,
        learning_rate: float = 2e-3,
        refresh: Refresh | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> FlowLinker:
        """Train on drawn pairs of cached latents; the shared arguments are those of `bridgeae.protocols.Linker.fit`.

        With ``condition="class"`` both sides need labels, and classes are read by the `head` of the latents, or by a
        classifier fitted here; a class that only the target has is never drawn.

        Args:
            source: latents of the source side.
            target: latents of the target side.
            pairing: a fitted pairing of the two.
            epochs: how many times source latents are refreshed; only ``condition="latent"`` uses them.
            steps: batches an epoch; None takes one for 32 target samples, but at least 25 and at most 200.
            batch_size: pairs a step.
            learning_rate: the peak of the cycle.
            refresh, seed, progress: see `bridgeae.protocols.Linker.fit`.

        Raises:
            InputError: see `check`; or a run length is less than 1.
        """
        from bridgeae.networks.backend import keras
        from bridgeae.training import RandomBatches, TrainOptions, train

        keras.utils.set_random_seed(seed)
        steps = min(200, max(25, len(target) // 32)) if steps is None else steps
        options = TrainOptions(
            epochs, batch_size, learning_rate, weight_averaging=0.995, seed=seed, progress=progress or Progress()
        )
        self.shapes_ = source.sample_shape, target.sample_shape
        self.target_scaler_ = Standardiser.fit(flatten(target.x))
        z = self.target_scaler_.apply(flatten(target.x))
        condition: Condition = _CONDITIONS[self.condition].fit(source, target, z)
        self.condition_ = condition
        given = condition.training_input(source, target)
        z = condition.to_flow(z, given)
        self.network_ = _velocity_network(z.shape[1], condition.size, self.units)

        def begin(rng: np.random.Generator) -> None:
            nonlocal given
            if refresh is not None and not condition.of_target:
                given = condition.given(refresh(rng))

        def batch(rng: np.random.Generator) -> tuple[Any, np.ndarray]:
            i, j = pairing.sample(batch_size, rng)
            if condition.of_target:
                shared = j[given[j].any(1)]
                i = j = np.resize(shared if len(shared) else np.flatnonzero(given.any(1)), batch_size)
            noise = rng.normal(size=(batch_size, z.shape[1])).astype(np.float32)
            t = rng.random((batch_size, 1), np.float32)
            return ((1 - t) * noise + t * z[j], _embed_time(t), given[i]), z[j] - noise

        self.history_ = train(self.network_, RandomBatches(batch, steps, seed, begin), "flow", options, loss="mse")
        return self

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Return one fixed, typical target latent for each source latent: the end of the flow from zero noise."""
        given = self._given(z)
        return self._flow(np.zeros((len(given), self.noise_size)), given)

    def sample(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw one target latent ``(n, *target_latent) float32`` for each source latent ``(n, *source_latent)``."""
        check_fitted(self, "network_")
        return self.from_noise(z, rng.standard_normal((len(z), self.noise_size), np.float32))

    @property
    def noise_size(self) -> int:
        """How many values of noise a draw starts from."""
        return len(self.target_scaler_.mean)

    def from_noise(self, z: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Return the target latents that standard normal noise ``(n, noise_size)`` becomes; see `sample`."""
        given = self._given(z)
        return self._flow(noise * self.condition_.noise_scale, given)

    def agreement(self, z: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Return the probability (n,) that drawn target latents have the class read off their source latents.

        Probabilities are over all classes of the target, including those that the source lacks; 1 without classes.
        """
        return self.condition_.agreement(z, drawn)

    def _given(self, z: np.ndarray) -> np.ndarray:
        check_fitted(self, "network_")
        check_shape("z", np.shape(z), self.shapes_[0])
        return self.condition_.given(z)

    def _flow(self, noise: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Follow the flow from noise to latents by the midpoint rule."""
        x: np.ndarray = noise.astype(np.float32)
        step = 1 / _STEPS
        for k in range(_STEPS):
            middle = x + step / 2 * self._velocity(x, k * step, given)
            x = x + step * self._velocity(middle, (k + 0.5) * step, given)
        z = self.target_scaler_.undo(self.condition_.from_flow(x, given))
        return z.reshape(len(x), *self.shapes_[1])

    def _velocity(self, x: np.ndarray, t: float, given: np.ndarray) -> np.ndarray:
        time = np.repeat(_embed_time(np.full((1, 1), t, np.float32)), len(x), axis=0)
        parts = [slice(k, k + _MAX_BATCH) for k in range(0, len(x), _MAX_BATCH)]
        return np.concatenate([self.network_.predict_on_batch((x[p], time[p], given[p])) for p in parts])

    def get_state(self) -> State:
        """Return the state from which `from_state` builds this linker again."""
        names = ("condition", "units")
        values = {name: getattr(self, name) for name in names} | {"shapes": self.shapes_, "history": self.history_}
        arrays = {"target-mean": self.target_scaler_.mean, "target-scale": self.target_scaler_.scale}
        return State(values, {"network": self.network_}, arrays) | self.condition_.get_state()

    @classmethod
    def from_state(cls, state: State) -> FlowLinker:
        """Build a fitted linker from what `get_state` returned."""
        made = cls(state.values["condition"], units=state.values["units"])
        made.network_, made.history_ = state.networks["network"], state.values["history"]
        source, target = state.values["shapes"]
        made.shapes_ = tuple(source), tuple(target)
        made.target_scaler_ = Standardiser(state.arrays["target-mean"], state.arrays["target-scale"])
        made.condition_ = _CONDITIONS[made.condition].from_state(state)
        known = made.condition_.size if made.condition == "class" else prod(made.shapes_[0])
        sizes = prod(made.shapes_[1]), known
        held = len(made.target_scaler_.mean), made.network_.input_shape[2][1]
        if sizes != held or made.condition_.size != held[1]:
            raise BundleError(f"the manifest's shapes and classes make sizes {sizes}, but the linker's are {held}.")
        return made


def _velocity_network(size: int, given: int, units: int) -> keras.Model:
    """Build the network that returns the velocity of latents at time t."""
    from bridgeae.networks.backend import keras, layers

    x, t, known = layers.Input((size,)), layers.Input((2 * len(_FREQUENCIES) + 1,)), layers.Input((given,))
    h = layers.Concatenate()([x, t, known])
    for _ in range(3):
        h = layers.Dense(units, activation="silu")(layers.Concatenate()([h, t, known]))
    return keras.Model((x, t, known), layers.Dense(size)(h), name="velocity")


def _embed_time(t: np.ndarray) -> np.ndarray:
    """Return times (n, 1) in [0, 1] as (n, 13) features."""
    angles = t * np.pi * _FREQUENCIES.astype(np.float32)
    return np.concatenate([t, np.sin(angles), np.cos(angles)], 1).astype(np.float32)
