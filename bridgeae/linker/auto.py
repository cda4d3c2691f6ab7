"""A linker that chooses, by cross-validation on the training pairs, how to predict target latents."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from bridgeae.checks import check_fitted, check_shape
from bridgeae.domain import Domain
from bridgeae.errors import BundleError
from bridgeae.linker.kernels import KERNELS, choose_kernel, fit_kernel
from bridgeae.linker.latents import Standardiser, flatten
from bridgeae.linker.members import KernelMember, Member, NetworkMember, one_component, train_networks
from bridgeae.linker.stacking import (
    LEAVE_ONE_OUT,
    folds_of,
    known_pairs,
    learn_target_units,
    learn_units,
    r2_of,
    stack_weights,
)
from bridgeae.progress import Progress
from bridgeae.protocols import Pairing, Refresh
from bridgeae.saving import State

_MIN_FOR_NETWORKS = 3000  # pairs, below which kernels predict as well at a tenth of the cost
_FOLDS, _NETWORK_FOLDS = 5, 3
_KEPT = 3  # kernels that are fitted on all pairs, beside the linear one
_SCALES = ("one", "feature")
_SURE = 0.5  # sum of the weights, below which few pairs hardly show that the candidates beat the mean


class AutoLinker:
    """Predict target latents by what predicts left-out training pairs best: the default for given pairs.

    Candidates are ridge regression and kernel ridge regressions (Gaussian, Matern, exponential), each on latents with
    one scale and with a scale a value, and from 3,000 pairs on dense networks. Widths and penalties are chosen by
    cross-validation, the networks are those of the folds. Of all of them a weighted sum with non-negative weights
    predicts left-out pairs best (stacked regressions, Breiman 1996). It is taken unless one candidate is as good. Up to
    40 pairs often show no candidate to be better than the mean: then partial least squares of one component predicts.

    After `fit`, `chosen_` holds the weight of each candidate that is used, and `scores_` the cross-validated R2 of
    every candidate and of the choice. Repeated sources and groups are never torn apart by the folds.

    Example:
        >>> import numpy as np
        >>> from bridgeae import AutoLinker, Domain, GivenPairing
        >>> z = np.random.default_rng(0).normal(size=(80, 3))
        >>> source, target = Domain(z), Domain(np.sin(z))
        >>> linker = AutoLinker().fit(source, target, GivenPairing().fit(source, target))
        >>> linker.scores_["choice"] > 0.9
        True
    """

    def check(self, source: Domain, target: Domain) -> None:
        """Accept any two sides."""

    def fit(
        self,
        source: Domain,
        target: Domain,
        pairing: Pairing,
        *,
        epochs: int | None = None,
        networks: bool | None = None,
        refresh: Refresh | None = None,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> AutoLinker:
        """Choose and fit; see `bridgeae.protocols.Linker`.

        Args:
            source: latents of the source side.
            target: latents of the target side.
            pairing: a fitted pairing of the two.
            epochs: passes of a network over its pairs; None takes 10 to 60, fewer for more pairs.
            networks: whether networks are tried; None tries them from 3,000 pairs on.
            refresh, seed, progress: see `bridgeae.protocols.Linker.fit`.
        """
        progress, rng = progress or Progress(), np.random.default_rng(seed)
        self.shapes_ = source.sample_shape, target.sample_shape
        i, j = known_pairs(pairing, len(source), rng)
        z = flatten(source.x if refresh is None else refresh(rng))[i].astype(np.float64)
        y = flatten(target.x)[j].astype(np.float64)
        self.frames_ = {scale: learn_units(z, scale) for scale in _SCALES}
        self.target_frame_ = learn_target_units(y)
        y, block = self.target_frame_.apply(y), source.blocks()[i]
        with progress.step("choose linker"):
            left_out = folds_of(block, _FOLDS, rng)
            members, made = self._kernels(z, y, left_out, rng, progress)
            if len(y) >= _MIN_FOR_NETWORKS if networks is None else networks:
                fold = folds_of(block, _NETWORK_FOLDS, rng)
                scale = next((m.scale for m in members if m.kernel.name != "linear"), "one")
                x = self.frames_[scale].apply(z).astype(np.float32)
                trained, predicted = train_networks(x, y.astype(np.float32), fold, epochs, seed, progress)
                members.append(NetworkMember("network", scale, trained))
                made.append(predicted)
        weights, self.scores_ = stack_weights([m.name for m in members], made, y)
        self.members_: list[tuple[float, Member]] = [(w, m) for w, m in zip(weights, members, strict=True) if w > 0]
        if len(y) <= LEAVE_ONE_OUT and weights.sum() < _SURE:
            member, predicted = one_component(self.frames_["feature"].apply(z), y, left_out)
            self.members_ = [(1.0, member)]
            self.scores_ |= {member.name: r2_of(predicted, y), "choice": r2_of(predicted, y)}
        progress.update(f"linker: {self._words()}", 1, 1, r2=self.scores_["choice"])
        return self

    @property
    def chosen_(self) -> dict[str, float]:
        """The weight of each candidate that is used, by name."""
        check_fitted(self, "members_")
        return {member.name: weight for weight, member in self.members_}

    def __repr__(self) -> str:
        if not hasattr(self, "members_"):
            return "AutoLinker()"
        return f"AutoLinker({self._words()}; cross-validated R2 {self.scores_['choice']:.3f})"

    def predict(self, z: np.ndarray) -> np.ndarray:
        """Map source latents ``(n, *source_latent)`` to target latents ``(n, *target_latent) float32``."""
        check_fitted(self, "members_")
        check_shape("z", np.shape(z), self.shapes_[0])
        flat = flatten(np.asarray(z, np.float32))
        made = np.zeros((len(flat), len(self.target_frame_.mean)))  # without members: the mean
        for weight, member in self.members_:
            made += weight * member.predict(self.frames_[member.scale].apply(flat))
        return self.target_frame_.undo(made).astype(np.float32).reshape(len(flat), *self.shapes_[1])

    def get_state(self) -> State:
        """Return the state from which `from_state` builds this linker again."""
        check_fitted(self, "members_")
        described = [{"weight": weight, **member.described()} for weight, member in self.members_]
        state = State({"shapes": self.shapes_, "scores": self.scores_, "members": described})
        for name, frame in {**self.frames_, "target": self.target_frame_}.items():
            state |= State(arrays={f"{name}-mean": frame.mean, f"{name}-scale": frame.scale})
        for k, (_, member) in enumerate(self.members_):
            state |= member.parts(f"member{k}")
        return state

    @classmethod
    def from_state(cls, state: State) -> AutoLinker:
        """Build a fitted linker from what `get_state` returned."""
        made = cls()
        source, target = state.values["shapes"]
        made.shapes_, made.scores_ = (tuple(source), tuple(target)), dict(state.values["scores"])
        frames = {n: Standardiser(state.arrays[f"{n}-mean"], state.arrays[f"{n}-scale"]) for n in (*_SCALES, "target")}
        made.target_frame_ = frames.pop("target")
        made.frames_ = frames
        sizes, held = (prod(source), prod(target)), (len(frames["one"].mean), len(made.target_frame_.mean))
        if sizes != held:
            raise BundleError(f"the manifest's latents have sizes {sizes}, but the linker's are {held}.")
        kinds: dict[str, Any] = {"kernel": KernelMember, "network": NetworkMember}
        made.members_ = [
            (float(d["weight"]), kinds[d["kind"]].restore(d, state, f"member{k}"))
            for k, d in enumerate(state.values["members"])
        ]
        return made

    def _kernels(
        self, z: np.ndarray, y: np.ndarray, fold: np.ndarray, rng: np.random.Generator, progress: Progress
    ) -> tuple[list[Any], list[np.ndarray]]:
        """Return the best kernels, fitted, and what each predicts for left-out folds."""
        found = []
        for k, scale in enumerate(_SCALES):
            x = self.frames_[scale].apply(z)
            for m, name in enumerate(KERNELS):
                kernel, error = choose_kernel(name, x, y, fold, rng)
                found.append((error, scale, kernel))
                progress.update("screen kernels", k * len(KERNELS) + m + 1, len(_SCALES) * len(KERNELS))
        found.sort(key=lambda item: item[0])
        linear = next(item for item in found if item[2].name == "linear")
        kept = [item for item in found if item[2].name != "linear"][:_KEPT]
        members, made = [], []
        for k, (_, scale, kernel) in enumerate([*kept, linear], 1):
            x = self.frames_[scale].apply(z)
            landmarks, weights, predicted = fit_kernel(kernel, x, y, fold)
            name = f"{'ridge' if kernel.name == 'linear' else kernel.name} ({scale})"
            members.append(KernelMember(name, scale, kernel, landmarks, weights))
            made.append(predicted)
            progress.update("fit kernels", k, len(kept) + 1)
        return members, made

    def _words(self) -> str:
        return " + ".join(f"{weight:.2f} {name}" for name, weight in self.chosen_.items()) or "the mean"
