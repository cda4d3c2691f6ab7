"""What a flow depends on: the class of the source latent, or the source latent itself.

A condition turns source latents into the input of a flow, and standardised target latents into what the flow learns.
Both conditions have the same attributes: `noise_scale` of the noise that draws start from, `of_target` (whether
training inputs come from the target samples of the pairs), and `size` (values of an input).
"""

from __future__ import annotations

import numpy as np

from bridgeae.autoencoder import LinearHead
from bridgeae.domain import Domain, check_shared
from bridgeae.linker.latents import Standardiser, flatten
from bridgeae.saving import State

_CLASS_NOISE_SCALE = 1.15  # of the initial noise; draws from noise of scale 1 vary too little within a class


class LatentCondition:
    """The standardised source latent as the input of the flow."""

    noise_scale, of_target = 1.0, False

    def __init__(self, standardiser: Standardiser) -> None:
        self._standardiser = standardiser
        self.size = len(standardiser.mean)

    @classmethod
    def fit(cls, source: Domain, target: Domain, standardised: np.ndarray) -> LatentCondition:
        return cls(Standardiser.fit(flatten(source.x)))

    def training_input(self, source: Domain, target: Domain) -> np.ndarray:
        return self.given(source.x)

    def given(self, z: np.ndarray) -> np.ndarray:
        return self._standardiser.apply(flatten(np.asarray(z, np.float32)))

    def to_flow(self, z: np.ndarray, given: np.ndarray) -> np.ndarray:
        return z

    def from_flow(self, x: np.ndarray, given: np.ndarray) -> np.ndarray:
        return x

    def agreement(self, z: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        return np.ones(len(z), np.float32)

    def get_state(self) -> State:
        return State(arrays={"source-mean": self._standardiser.mean, "source-scale": self._standardiser.scale})

    @classmethod
    def from_state(cls, state: State) -> LatentCondition:
        return cls(Standardiser(state.arrays["source-mean"], state.arrays["source-scale"]))


class ClassCondition:
    """The class that the source's classifier reads in the latent, as a one-hot vector.

    The flow moves in coordinates of its class: target latents are standardised class by class.

    Args:
        reader: classifier of source latents, among the shared classes.
        critic: classifier of target latents, among all classes that the target knows.
        frames: (2, k, d) mean and standard deviation of each class of the target.
    """

    noise_scale, of_target = _CLASS_NOISE_SCALE, True

    def __init__(self, reader: LinearHead, critic: LinearHead, frames: np.ndarray) -> None:
        self._reader, self._critic, self._frames = reader, critic, frames
        self.classes, self.size = reader.classes, len(reader.classes)

    @classmethod
    def fit(cls, source: Domain, target: Domain, standardised: np.ndarray) -> ClassCondition:
        """Learn from the latents of both sides; `standardised` (m, d) are those of the target."""
        classes = classes_to_link(source, target)
        reader, critic = (
            head if head is not None and head.knows(classes) else LinearHead.fit(side)
            for head, side in ((getattr(side, "head", None), side) for side in (source, target))
        )
        members = [target.known_labels() == label for label in classes]
        frames = [Standardiser.fit(standardised[member]) for member in members]
        moments = np.stack([[frame.mean for frame in frames], [frame.scale for frame in frames]])
        return cls(reader.restricted_to(classes), critic, moments)

    def training_input(self, source: Domain, target: Domain) -> np.ndarray:
        """Return the inputs (m, size) of all target samples; that of a class which is not shared is zeros."""
        return np.asarray((target.known_labels()[:, None] == self.classes).astype(np.float32))

    def given(self, z: np.ndarray) -> np.ndarray:
        """Return the inputs (n, size) for source latents (n, *source_latent)."""
        return np.eye(self.size, dtype=np.float32)[self._reader.probabilities(z).argmax(1)]

    def to_flow(self, z: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Return standardised target latents (n, d) as the flow learns them."""
        return np.asarray((z - given @ self._frames[0]) / (given @ self._frames[1] + 1e-6))

    def from_flow(self, x: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Undo `to_flow`."""
        return np.asarray(x * (given @ self._frames[1]) + given @ self._frames[0])

    def agreement(self, z: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        """Return the probability (n,) that drawn target latents have the class of their source latents."""
        wanted = self.classes[self._reader.probabilities(z).argmax(1)]
        probabilities = self._critic.probabilities(drawn)
        return np.asarray(probabilities[np.arange(len(z)), np.searchsorted(self._critic.classes, wanted)])

    def get_state(self) -> State:
        arrays = {"frames": self._frames}
        for name, head in (("source", self._reader), ("target", self._critic)):
            arrays |= {f"{name}-weights": head.weights, f"{name}-bias": head.bias}
        return State({"classes": [head.classes.tolist() for head in (self._reader, self._critic)]}, arrays=arrays)

    @classmethod
    def from_state(cls, state: State) -> ClassCondition:
        reader, critic = (
            LinearHead(state.arrays[f"{name}-weights"], state.arrays[f"{name}-bias"], np.asarray(classes))
            for name, classes in zip(("source", "target"), state.values["classes"], strict=True)
        )
        return cls(reader, critic, state.arrays["frames"])


Condition = ClassCondition | LatentCondition


def classes_to_link(source: Domain, target: Domain) -> np.ndarray:
    """Return the classes that both sides have. Raises InputError below two."""
    of, advice = "`target`, for a flow that depends on the class,", ', or pass condition="latent" for given pairs'
    return check_shared(source.classes, target.classes, of, least=2, advice=advice)
