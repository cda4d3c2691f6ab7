"""Bridges of given pairs as scikit-learn estimators, for pipelines and searches."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from bridgeae.domain import Domain
from bridgeae.linked import LinkedAutoencoder
from bridgeae.progress import Progress
from bridgeae.protocols import Linker

_MIN_PAIRS = 5
_ROWS = 128  # predicted at a time, padded to as many, so that an answer does not depend on its neighbours


class _PairedBridge(BaseEstimator):
    """Fit a bridge on rows of X and y that belong together.

    Args:
        linker: a name or an unfitted linker; None lets cross-validation choose, see `bridgeae.AutoLinker`.
        source_options: for the source side's `Autoencoder.fit`; None takes a side that loses nothing.
        target_options: for the target side's.
        linker_options: for the linker's `fit`.
        random_state: an int, a numpy RandomState, or None.
    """

    bridge_: LinkedAutoencoder

    def __init__(
        self,
        *,
        linker: Linker | str | None = None,
        source_options: Mapping[str, Any] | None = None,
        target_options: Mapping[str, Any] | None = None,
        linker_options: Mapping[str, Any] | None = None,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.linker = linker
        self.source_options, self.target_options = source_options, target_options
        self.linker_options, self.random_state = linker_options, random_state

    def fit(self, X: Any, y: Any) -> Any:  # noqa: N803
        """Fit on samples X (n, d) and the samples y (n,) or (n, d') that belong with them."""
        rules = {"multi_output": True, "y_numeric": True, "dtype": np.float64, "ensure_min_samples": _MIN_PAIRS}
        X, y = validate_data(self, X, y, **rules)  # noqa: N806
        self._single = y.ndim == 1
        seed = check_random_state(self.random_state).randint(2**31)
        linker = self.linker if isinstance(self.linker, str) else deepcopy(self.linker)
        self.bridge_ = LinkedAutoencoder(linker=linker).fit(
            Domain(X),
            Domain(y.reshape(len(y), -1)),
            pairing="given",
            source_options=self.source_options,
            target_options=self.target_options,
            linker_options=self.linker_options,
            seed=seed,
            progress=Progress(quiet=True),
        )
        return self

    def _samples(self, X: Any) -> np.ndarray:  # noqa: N803
        check_is_fitted(self, "bridge_")
        samples: np.ndarray = validate_data(self, X, reset=False, dtype=np.float64)
        return samples

    def _in_equal_portions(self, apply: Any, x: np.ndarray) -> np.ndarray:
        """Return ``apply(x)``, computed in portions of equal shape."""
        parts = []
        for k in range(0, len(x), _ROWS):
            part = x[k : k + _ROWS]
            padded = np.concatenate([part, np.repeat(part[-1:], _ROWS - len(part), 0)])
            parts.append(np.asarray(apply(padded), np.float64)[: len(part)])
        return np.concatenate(parts)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        return tags


class BridgeRegressor(RegressorMixin, _PairedBridge):
    """Predict the samples of one table from those of another, through a bridge.

    Example:
        >>> import numpy as np
        >>> from bridgeae.sklearn import BridgeRegressor
        >>> X = np.random.default_rng(0).normal(size=(60, 3))
        >>> BridgeRegressor().fit(X, np.sin(X)).predict(X).shape
        (60, 3)
    """

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the samples (n, d') that belong with samples X (n, d); (n,) where y was."""
        x = self._samples(X)
        made = self._in_equal_portions(self.bridge_.translate, x)
        return made[:, 0] if self._single else made


class BridgeTransformer(TransformerMixin, _PairedBridge):
    """Turn the samples of one table into the latents of another, as features for what comes next in a pipeline.

    Example:
        >>> import numpy as np
        >>> from bridgeae.sklearn import BridgeTransformer
        >>> X = np.random.default_rng(0).normal(size=(60, 3))
        >>> BridgeTransformer().fit(X, np.sin(X)).transform(X).shape
        (60, 3)
    """

    def transform(self, X: Any) -> np.ndarray:  # noqa: N803
        """Return the target latents (n, k) of samples X (n, d)."""
        x = self._samples(X)
        bridge = self.bridge_
        made = self._in_equal_portions(lambda part: bridge.linker.predict(bridge.source.encode(part)), x)
        return made.reshape(len(made), -1)
