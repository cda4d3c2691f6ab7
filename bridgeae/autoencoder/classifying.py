"""The classifier of an autoencoder: what it says of samples, and of latents."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.autoencoder.encoding import apply, encode_views
from bridgeae.autoencoder.linear_head import LinearHead, softmax
from bridgeae.checks import check_fitted
from bridgeae.domain import Domain
from bridgeae.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras


class Classifier:
    """What `Autoencoder` can do with `classifier`."""

    encoder: keras.Model | None
    classifier: str | None
    variational: float | None
    classes_: np.ndarray | None
    head_: keras.Model | None
    _samples: Callable[..., np.ndarray]
    _views: Callable[[], Any]
    _latent: Callable[[np.ndarray, int], np.ndarray]

    def predict_proba(self, x: Domain | np.ndarray, *, batch_size: int = 128) -> np.ndarray:
        """Return class probabilities ``(n, k) float32`` in the order of `classes_`."""
        if self.classifier is None:
            raise InputError('this autoencoder has no classifier: build it with classifier="first" or "joint".')
        h = encode_views(self.encoder, self._samples(x), self._views(), batch_size)
        return self._probabilities(h, self._latent(h, batch_size), batch_size)

    def predict(self, x: Domain | np.ndarray, *, batch_size: int = 128) -> np.ndarray:
        """Return the most probable class ``(n,)`` of each sample."""
        probabilities = self.predict_proba(x, batch_size=batch_size)
        return np.asarray(self.classes_)[probabilities.argmax(1)]

    def classify(self, x: Domain | np.ndarray, *, batch_size: int = 128) -> np.ndarray:
        """Return `predict_proba`, its name since 0.2."""
        warnings.warn("`classify` is called `predict_proba` now.", DeprecationWarning, stacklevel=2)
        return self.predict_proba(x, batch_size=batch_size)

    def latent_head(self) -> LinearHead | None:
        """Return the classifier of latents; None without one, or if it reads the encoder before a Gaussian."""
        check_fitted(self, "history_", call="fit(domain)")
        if self.head_ is None or self.classes_ is None or not self._classifies_latents():
            return None
        weights, bias = self.head_.get_weights()
        return LinearHead(weights, bias, self.classes_)

    def _classifies_latents(self) -> bool:
        return self.classifier is not None and (self.variational is None or self.classifier == "joint")

    def _probabilities(self, h: np.ndarray, z: np.ndarray, batch_size: int) -> np.ndarray:
        return softmax(apply(self.head_, z if self._classifies_latents() else h, batch_size))
