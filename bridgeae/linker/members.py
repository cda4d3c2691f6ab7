"""The parts of an `AutoLinker`: kernel ridge regressions, and networks that were trained on other folds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.linker.kernels import Kernel
from bridgeae.progress import Progress
from bridgeae.saving import State

if TYPE_CHECKING:
    import keras

_LAYERS, _MANY = 3, 5000  # hidden layers; pairs from which they are wide
_BATCH = 1024  # latents predicted at once


@dataclass(frozen=True, eq=False)
class KernelMember:
    """A fitted kernel ridge regression; see `bridgeae.linker.kernels.fit_kernel`."""

    name: str
    scale: str
    kernel: Kernel
    landmarks: np.ndarray
    weights: np.ndarray

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return predictions (n, d') for rows (n, d)."""
        parts = (x[k : k + _BATCH] for k in range(0, len(x), _BATCH))
        return np.concatenate([self.kernel.of(part, self.landmarks) @ self.weights for part in parts])

    def described(self) -> dict[str, Any]:
        return {"kind": "kernel", "name": self.name, "scale": self.scale, "kernel": asdict(self.kernel)}

    def parts(self, name: str) -> State:
        return State(arrays={f"{name}-landmarks": self.landmarks, f"{name}-weights": self.weights})

    @classmethod
    def restore(cls, described: dict[str, Any], state: State, name: str) -> KernelMember:
        arrays = (state.arrays[f"{name}-{part}"] for part in ("landmarks", "weights"))
        return cls(described["name"], described["scale"], Kernel(**described["kernel"]), *arrays)


def one_component(x: np.ndarray, y: np.ndarray, fold: np.ndarray) -> tuple[KernelMember, np.ndarray]:
    """Fit partial least squares of one component, by kernels (Rosipal and Trejo 2001): it has nothing to choose.

    Args:
        x: (n, d) centred, with a scale a value.
        y: (n, d') centred.
        fold: (n,) the fold of each pair.

    Returns:
        The regression, and what those that never saw a pair's fold predict (n, d').
    """
    weights, made = _component(x, y), np.empty_like(y)
    for f in np.unique(fold):
        rest, out = fold != f, fold == f
        middle, mean = x[rest].mean(0), y[rest].mean(0)
        own = x[rest] - middle
        made[out] = mean + (x[out] - middle) @ own.T @ _component(own, y[rest] - mean)
    return KernelMember("one component", "feature", Kernel("linear", 1.0, 0.0), x, weights), made


def _component(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the weights (n, d') of the samples in the component of x whose covariance with y is largest."""
    kernel, target = x @ x.T, y @ y.T
    values, vectors = np.linalg.eig(kernel @ target)
    share = target @ vectors[:, values.real.argmax()].real
    scores = kernel @ share
    return np.outer(share, scores @ y / (float(scores @ scores) or 1.0))


@dataclass(frozen=True, eq=False)
class NetworkMember:
    """The mean of networks, each trained without a fold."""

    name: str
    scale: str
    networks: list[keras.Model]

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return predictions (n, d') for rows (n, d)."""
        return np.asarray(sum(_apply(network, x) for network in self.networks) / len(self.networks))

    def described(self) -> dict[str, Any]:
        return {"kind": "network", "name": self.name, "scale": self.scale, "count": len(self.networks)}

    def parts(self, name: str) -> State:
        return State(networks={f"{name}-network{k}": network for k, network in enumerate(self.networks)})

    @classmethod
    def restore(cls, described: dict[str, Any], state: State, name: str) -> NetworkMember:
        networks = [state.networks[f"{name}-network{k}"] for k in range(described["count"])]
        return cls(described["name"], described["scale"], networks)


Member = KernelMember | NetworkMember


def train_networks(
    x: np.ndarray, y: np.ndarray, fold: np.ndarray, epochs: int | None, seed: int, progress: Progress
) -> tuple[list[keras.Model], np.ndarray]:
    """Train a dense network without each fold, and return them with what each predicts (n, d') for its fold."""
    from bridgeae.networks.backend import keras
    from bridgeae.training import Batches, TrainOptions, train

    made = np.empty_like(y)
    networks: list[keras.Model] = []
    unit = np.float32(np.sqrt(np.mean(y**2)) or 1)  # the initial network writes values of about 1
    for f in np.unique(fold):
        keras.utils.set_random_seed(seed + len(networks))
        a, b = x[fold != f], y[fold != f] / unit
        network = _dense(x.shape[1], y.shape[1], 512 if len(a) > _MANY else 256, float(unit))
        rounds = int(np.clip(200_000 // len(a), 10, 60)) if epochs is None else epochs
        size = 128 if len(a) > _MANY else 64
        options = TrainOptions(rounds, size, 1e-3, seed=seed, progress=progress)
        batches = Batches(lambda index, rng, a=a, b=b: (a[index], b[index]), len(a), size, seed)  # type: ignore[misc]
        train(network.layers[1], batches, f"network {len(networks) + 1}", options, loss="mse")
        networks.append(network)
        made[fold == f] = _apply(network, x[fold == f])
    return networks, made


def _dense(source: int, target: int, units: int, unit: float) -> keras.Model:
    """Return a dense network whose answers are multiplied by a unit."""
    from bridgeae.networks.backend import keras, layers

    x = h = layers.Input((source,))
    for _ in range(_LAYERS):
        h = layers.Dropout(0.1)(layers.Dense(units, activation="gelu")(h))
    body = keras.Model(x, layers.Dense(target)(h), name="body")
    z = layers.Input((source,))
    return keras.Model(z, layers.Rescaling(unit)(body(z)), name="member")


def _apply(network: keras.Model, x: np.ndarray) -> np.ndarray:
    parts = (np.asarray(x[k : k + _BATCH], np.float32) for k in range(0, len(x), _BATCH))
    return np.concatenate([network.predict_on_batch(part) for part in parts])
