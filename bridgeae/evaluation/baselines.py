"""Predictions that any bridge of given pairs has to beat: the mean, ridge regression and nearest neighbours."""

from __future__ import annotations

from math import prod

import numpy as np

from bridgeae.autoencoder.standardising import Scaling, learn_flat_scaling
from bridgeae.errors import BundleError
from bridgeae.pairing.neighbours import nearest
from bridgeae.saving import State

BASELINES = ("mean", "ridge", "nearest")
"""The mean of the target, ridge regression, and the mean target of the nearest neighbours."""

_COMPONENTS = 512  # principal components of the source that ridge regression reads
_MAX_VALUES = 2**22  # of the training pairs that are kept for nearest neighbours
_NEIGHBOURS = 10
_ALPHAS = np.logspace(-3, 4, 15)  # penalties of the ridge regression


class Baselines:
    """Predict target samples from source samples without a bridge, from the same training pairs.

    Ridge regression reads up to 512 principal components, and chooses a penalty for each value of the target by
    leave-one-out. The ten nearest neighbours are looked for among as many training pairs as fit in four million values.

    Example:
        >>> import numpy as np
        >>> from bridgeae.evaluation import Baselines
        >>> x = np.random.default_rng(0).normal(size=(50, 3))
        >>> made = Baselines().fit(x, 2 * x).predict(x)
        >>> bool(np.allclose(made["ridge"], 2 * x, atol=0.1))
        True
    """

    shapes_: tuple[tuple[int, ...] | None, tuple[int, ...]]

    def fit(self, source: np.ndarray, target: np.ndarray, *, seed: int = 0) -> Baselines:
        """Learn from training pairs: source ``(n, *sample)`` and target ``(n, *target_sample)``."""
        x, y = source.reshape(len(source), -1), target.reshape(len(target), -1)
        self.shapes_ = source.shape[1:], target.shape[1:]
        self.source_scaling_, self.target_scaling_ = (learn_flat_scaling(part) for part in (source, target))
        x, y = self.source_scaling_.apply(x), self.target_scaling_.apply(y)
        self.mean_ = y.mean(0)
        self.coef_, self.intercept_ = _ridge(x, y, seed)
        room = max(_NEIGHBOURS, _MAX_VALUES // (x.shape[1] + y.shape[1]))
        kept = np.sort(np.random.default_rng(seed).permutation(len(x))[:room])
        self.source_, self.target_ = x[kept], y[kept]
        return self

    @classmethod
    def of_target(cls, target: np.ndarray) -> Baselines:
        """Return what knows the mean and the units of target samples alone, where there are no training pairs."""
        made = cls()
        made.shapes_ = None, target.shape[1:]
        made.target_scaling_ = learn_flat_scaling(target)
        made.target_ = made.standardise(target)
        made.mean_ = made.target_.mean(0)
        return made

    def predict(self, source: np.ndarray) -> dict[str, np.ndarray]:
        """Return the prediction (n, *target_sample) of each of `BASELINES` for samples ``(n, *sample)``."""
        if self.shapes_[0] is None:
            return {"mean": np.tile(self.mean, (len(source), *[1] * len(self.shapes_[1])))}
        x = self.source_scaling_.apply(np.asarray(source, np.float32).reshape(len(source), -1))
        near = nearest(x, self.source_, min(_NEIGHBOURS, len(self.source_)))[1]
        made = {
            "mean": np.tile(self.mean_, (len(x), 1)),
            "ridge": x @ self.coef_ + self.intercept_,
            "nearest": self.target_[near].mean(1),
        }
        return {name: self.target_scaling_.undo(y).reshape(len(x), *self.shapes_[1]) for name, y in made.items()}

    @property
    def mean(self) -> np.ndarray:
        """The target's training mean (*target_sample)."""
        return self.target_scaling_.undo(self.mean_[None]).reshape(self.shapes_[1])

    def standardise(self, target: np.ndarray) -> np.ndarray:
        """Return target samples ``(n, *target_sample)`` as standardised vectors (n, d)."""
        return self.target_scaling_.apply(np.asarray(target, np.float32).reshape(len(target), -1))

    def get_state(self) -> State:
        """Return the state from which `from_state` builds this again."""
        names = ("mean", "coef", "intercept", "source", "target")
        state = State({"shapes": self.shapes_}, arrays={name: getattr(self, f"{name}_") for name in names})
        scalings = {"source-scaling": self.source_scaling_, "target-scaling": self.target_scaling_}
        for name, scaling in scalings.items():
            state |= scaling.get_state().under(name)
        return state

    @classmethod
    def from_state(cls, state: State) -> Baselines:
        """Build fitted ones from what `get_state` returned."""
        made = cls()
        source, target = state.values["shapes"]
        made.shapes_ = tuple(source), tuple(target)
        for name in ("mean", "coef", "intercept", "source", "target"):
            setattr(made, f"{name}_", state.arrays[name])
        made.source_scaling_, made.target_scaling_ = (
            Scaling.from_state(state.part(f"{name}-scaling")) for name in ("source", "target")
        )
        if made.coef_.shape != (sizes := (prod(source), prod(target))):
            raise BundleError(f"the manifest's samples have sizes {sizes}, the baselines' are {made.coef_.shape}.")
        return made


def _ridge(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients (d, d') and intercept (d',) of a ridge regression on principal components."""
    from sklearn.decomposition import PCA
    from sklearn.linear_model import RidgeCV

    axes = PCA(min(_COMPONENTS, len(x) - 1, x.shape[1]), random_state=seed).fit(x).components_
    model = RidgeCV(_ALPHAS, alpha_per_target=y.shape[1] > 1).fit(x @ axes.T, y)
    coef = axes.T @ np.atleast_2d(model.coef_).T
    return coef.astype(np.float32), np.atleast_1d(model.intercept_).astype(np.float32)
