"""A linker that draws: many target latents for one source latent, by rectified flow."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.autoencoder.linear_head import LinearHead
from bridgeae.checks import check_counts, check_shape
from bridgeae.domain import Domain, shared_labels
from bridgeae.errors import BundleError, InputError, NotFittedError
from bridgeae.linker.network import Refresh, flat
from bridgeae.progress import Progress
from bridgeae.protocols import Pairing

if TYPE_CHECKING:
    import keras

_FREQUENCIES = 2.0 ** np.arange(6)
_PORTION = 4096  # latents moved at once
_STEPS = 16  # midpoint steps from noise to latent
_WIDTH = 1.15  # of the noise that draws of a class begin with: what is drawn from noise of width 1 varies too little


class FlowLinker:
    """Draw target latents that belong with a source latent (rectified flow, Liu et al. 2023).

    Where pairs share nothing but a class, only the class can be carried over: it is read off the source latent, and the
    flow draws from the target latents of that class. Where sample belongs with sample, the flow is conditioned on the
    source latent itself.

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
        if condition not in ("class", "latent"):
            raise InputError(f'`condition` must be "class" or "latent", received {condition!r}.')
        self.condition, self.units = condition, units

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
        heads: Sequence[LinearHead | None] = (None, None),
        seed: int = 0,
        progress: Progress | None = None,
    ) -> FlowLinker:
        """Train on drawn pairs of cached latents; see `bridgeae.protocols.Linker`.

        Args:
            source: latents of the source side; with ``condition="class"`` both sides need labels.
            target: latents of the target side; those whose class is not on both sides are then never drawn.
            pairing: a fitted pairing of the two.
            epochs: how often source latents are refreshed.
            steps: batches an epoch; None takes one for 32 target samples, but at least 25 and at most 200.
            batch_size: pairs a step.
            learning_rate: highest of the cycle.
            refresh: see `Refresh`; only ``condition="latent"`` looks at source latents here.
            heads: the classifiers of source and target latents that ``condition="class"`` goes by; None fits one.
            seed: of the draws and the initial weights.
            progress: where to show progress; None shows it on a terminal.

        Raises:
            InputError: fewer than two classes are on both sides, and go by class, or a run length is less than 1.
        """
        import keras

        from bridgeae.training.loop import Draws, train

        keras.utils.set_random_seed(seed)
        steps = min(200, max(25, len(target) // 32)) if steps is None else steps
        check_counts(steps=steps, batch_size=batch_size)
        self.shapes_ = source.sample_shape, target.sample_shape
        self.source_scaler_, self.target_scaler_ = _scaler(flat(source.x)), _scaler(flat(target.x))
        self.heads_: tuple[LinearHead, ...] = ()
        b = _scaled(flat(target.x), self.target_scaler_)
        if self.condition == "class":
            self.classes_ = classes_to_link(source, target)
            reader, critic = (
                head if head and head.knows(self.classes_) else LinearHead.fit(side)
                for head, side in zip(heads, (source, target), strict=True)
            )
            self.heads_ = reader.only(self.classes_), critic
            given = (np.asarray(target.labels)[:, None] == self.classes_).astype(np.float32)
            self.frames_ = np.stack([_scaler(b[given[:, k] > 0]) for k in range(len(self.classes_))], 1)
            b = (b - given @ self.frames_[0]) / (given @ self.frames_[1] + 1e-6)
        else:
            given = _scaled(flat(source.x), self.source_scaler_)
        self.network_ = _velocity(b.shape[1], given.shape[1], self.units)

        def begin(rng: np.random.Generator) -> None:
            nonlocal given
            if self.condition == "latent" and refresh is not None:
                given = _scaled(flat(refresh(rng)), self.source_scaler_)

        def batch(rng: np.random.Generator) -> tuple[Any, np.ndarray]:
            i, j = pairing.sample(batch_size, rng)
            if self.condition == "class":
                classed = j[given[j].any(1)]
                j = np.resize(classed if len(classed) else np.flatnonzero(given.any(1)), batch_size)
            noise = rng.normal(size=(batch_size, b.shape[1])).astype(np.float32)
            t = rng.random((batch_size, 1), np.float32)
            known = given[j] if self.condition == "class" else given[i]
            return ((1 - t) * noise + t * b[j], _time(t), known), b[j] - noise

        self.history_ = train(
            self.network_,
            Draws(batch, steps, seed, begin),
            "linker",
            epochs=epochs,
            learning_rate=learning_rate,
            weight_averaging=0.995,
            progress=progress or Progress(),
            loss="mse",
        )
        return self

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Return one fixed, typical target latent for each source latent: where the flow takes zero noise."""
        given = self._given(z)
        return self._flow(np.zeros((len(given), self.network_.output.shape[1])), given)

    def sample(self, z: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw one target latent ``(n, *target_latent) float32`` for each source latent ``(n, *source_latent)``.

        The draws of one call are spread evenly over what is possible for their class, so that few of them already show
        all of it (a Latin hypercube, McKay et al. 1979); each by itself is a random one.
        """
        given = self._given(z)
        noise = np.empty((len(given), self.network_.output.shape[1]))
        by_class = self.condition == "class"
        alike = given.argmax(1) if by_class else np.zeros(len(given))
        for k in np.unique(alike):
            noise[alike == k] = _spread_noise(int((alike == k).sum()), noise.shape[1], rng)
        return self._flow(noise * _WIDTH if by_class else noise, given)

    def agreement(self, z: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Return how probable drawn target latents are to be of the class read off their source latent.

        The other classes are all that the target's classifier knows, those that the source does not have among them.

        Returns:
            (n,) float in [0, 1]; all 1 where no class is involved.
        """
        if not self.heads_:
            return np.ones(len(z), np.float32)
        reader, critic = self.heads_
        wanted = self.classes_[reader.probabilities(z).argmax(1)]
        found: np.ndarray = critic.probabilities(drawn)[np.arange(len(z)), np.searchsorted(critic.classes, wanted)]
        return found

    def _given(self, z: np.ndarray) -> np.ndarray:
        if not hasattr(self, "network_"):
            raise NotFittedError("`fit` must come first: this FlowLinker is untrained.")
        check_shape("z", np.shape(z), self.shapes_[0])
        if self.condition == "latent":
            return _scaled(flat(np.asarray(z, np.float32)), self.source_scaler_)
        return np.eye(len(self.classes_), dtype=np.float32)[self.heads_[0].probabilities(z).argmax(1)]

    def _flow(self, noise: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Follow the flow from noise to latents by the midpoint rule."""
        x: np.ndarray = noise.astype(np.float32)
        step = 1 / _STEPS
        for k in range(_STEPS):
            middle = x + step / 2 * self._velocity(x, k * step, given)
            x = x + step * self._velocity(middle, (k + 0.5) * step, given)
        if self.condition == "class":  # the flow moves within the frame of its class
            x = x * (given @ self.frames_[1]) + given @ self.frames_[0]
        mean, scale = self.target_scaler_
        return (x * scale + mean).reshape(len(x), *self.shapes_[1])

    def _velocity(self, x: np.ndarray, t: float, given: np.ndarray) -> np.ndarray:
        moment = _time(np.full((len(x), 1), t, np.float32))
        parts = [slice(k, k + _PORTION) for k in range(0, len(x), _PORTION)]
        return np.concatenate([self.network_.predict_on_batch((x[p], moment[p], given[p])) for p in parts])

    def get_state(self) -> tuple[dict[str, Any], dict[str, keras.Model], dict[str, np.ndarray]]:
        """Return (plain JSON values, networks, arrays) from which `from_state` builds this linker again."""
        state = {
            "kind": "FlowLinker",
            "condition": self.condition,
            "units": self.units,
            "shapes": self.shapes_,
            "history": self.history_,
        }
        arrays: dict[str, np.ndarray] = {}
        for name, (mean, scale) in (("source", self.source_scaler_), ("target", self.target_scaler_)):
            arrays |= {f"{name}-mean": mean, f"{name}-scale": scale}
        if self.heads_:
            state["classes"] = [head.classes.tolist() for head in self.heads_]
            arrays["frames"] = self.frames_
            for name, head in zip(("source", "target"), self.heads_, strict=True):
                arrays |= {f"{name}-weights": head.weights, f"{name}-bias": head.bias}
        return state, {"network": self.network_}, arrays

    @classmethod
    def from_state(
        cls, state: dict[str, Any], networks: dict[str, keras.Model], arrays: dict[str, np.ndarray]
    ) -> FlowLinker:
        """Build a fitted linker from what `get_state` returned."""
        made = cls(state["condition"], units=state["units"])
        made.network_, made.history_ = networks["network"], state["history"]
        made.shapes_ = tuple(state["shapes"][0]), tuple(state["shapes"][1])
        made.source_scaler_ = arrays["source-mean"], arrays["source-scale"]
        made.target_scaler_ = arrays["target-mean"], arrays["target-scale"]
        made.heads_ = ()
        if made.condition == "class":
            made.heads_ = tuple(
                LinearHead(arrays[f"{name}-weights"], arrays[f"{name}-bias"], np.asarray(classes))
                for name, classes in zip(("source", "target"), state["classes"], strict=True)
            )
            made.classes_, made.frames_ = made.heads_[0].classes, arrays["frames"]
        sizes = tuple(map(prod, made.shapes_))
        sizes += (len(made.classes_) if made.heads_ else sizes[0],)
        held = len(made.source_scaler_[0]), len(made.target_scaler_[0]), made.network_.inputs[2].shape[1]
        if sizes != held:
            raise BundleError(f"the manifest's shapes and classes make sizes {sizes}, but the linker's are {held}.")
        return made


def classes_to_link(source: Domain, target: Domain) -> np.ndarray:
    """Return the classes that both sides have, by which a linker goes with ``condition="class"``.

    Raises:
        InputError: there are fewer than two.
    """
    shared = shared_labels(source.classes, target.classes)
    if len(shared) < 2:
        raise InputError(
            f"a FlowLinker that goes by class needs two classes that both sides have: `source` has "
            f"{source.classes.tolist()}, `target` {target.classes.tolist()}. Give labels, or take another linker."
        )
    return shared


def _spread_noise(n: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw Gaussian noise (n, size) of which each column has one value in each n-th of the distribution."""
    from scipy.special import ndtri

    ranks = rng.permuted(np.tile(np.arange(n), (size, 1)), axis=1).T
    noise: np.ndarray = ndtri((ranks + rng.uniform(1e-6, 1 - 1e-6, (n, size))) / n)
    return noise


def _velocity(size: int, given: int, units: int) -> keras.Model:
    """Build the network that says which way latents move at time t."""
    import keras
    from keras import layers

    x, t, known = layers.Input((size,)), layers.Input((2 * len(_FREQUENCIES) + 1,)), layers.Input((given,))
    h = layers.Concatenate()([x, t, known])
    for _ in range(3):
        h = layers.Dense(units, activation="silu")(layers.Concatenate()([h, t, known]))
    return keras.Model((x, t, known), layers.Dense(size)(h), name="velocity")


def _time(t: np.ndarray) -> np.ndarray:
    """Embed times (n, 1) in [0, 1] as (n, 13) features."""
    angles = t * np.pi * _FREQUENCIES.astype(np.float32)
    return np.concatenate([t, np.sin(angles), np.cos(angles)], 1).astype(np.float32)


def _scaler(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return z.mean(0), np.maximum(z.std(0), 1e-6)


def _scaled(z: np.ndarray, scaler: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    scaled: np.ndarray = ((z - scaler[0]) / scaler[1]).astype(np.float32)
    return scaled
