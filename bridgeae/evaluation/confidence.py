"""How far an answer can be trusted: two gates, calibrated on samples that no training has seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.domain import shared_labels
from bridgeae.errors import InputError

LEAST_HELD_OUT = 10
"""Held-out samples below which nothing can be calibrated."""
_TYPICAL = 0.99  # share of held-out samples whose distance counts as typical
_STEEPNESS = 4.0  # how fast confidence falls beyond that


class Confidence:
    """Say how much a source sample can be trusted, between 0 and 1.

    Two gates, multiplied. "This is no such thing": the Mahalanobis distance of the latent to the nearest class (Lee et
    al. 2018), 1 up to what is typical of held-out samples and falling beyond. "Unsure which": the probability of the
    called class, with a temperature that fits held-out samples (Guo et al. 2017).

    Example:
        >>> import numpy as np
        >>> rng, labels = np.random.default_rng(0), np.arange(200) % 2
        >>> z = rng.normal(size=(200, 3)) + 4 * labels[:, None]
        >>> p = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
        >>> gate = Confidence().fit(z[:100], labels[:100], z[100:], p[100:], labels[100:], classes=np.array([0, 1]))
        >>> near, far = gate.score(np.array([[0.0] * 3, [40.0] * 3]), p[:2])
        >>> bool(near > 0.5 > far)
        True
    """

    def fit(
        self,
        z: np.ndarray,
        labels: np.ndarray,
        held_z: np.ndarray,
        held_probabilities: np.ndarray,
        held_labels: np.ndarray,
        *,
        classes: np.ndarray,
    ) -> Confidence:
        """Learn where the classes lie, then what is typical and how sure is sure.

        Args:
            z: (n, *latent) of training samples.
            labels: (n,) their classes, all of `classes` among them.
            held_z: (m, *latent) of samples that no training has seen.
            held_probabilities: (m, k) what the classifier says of them, in the order of `classes`.
            held_labels: (m,) their classes.
            classes: (k,) sorted.

        Raises:
            InputError: fewer than 10 held-out samples, a class without training samples, or samples of another class.
        """
        from scipy.optimize import minimize_scalar
        from sklearn.covariance import ledoit_wolf

        if len(held_z) < LEAST_HELD_OUT:
            raise InputError(f"calibration needs at least {LEAST_HELD_OUT} held-out samples, received {len(held_z)}.")
        for name, given in (("training", labels), ("held-out", held_labels)):
            found, known = np.unique(given), shared_labels(given, classes)
            if len(known) < len(found) or (name == "training" and len(known) < len(classes)):
                every = "all" if name == "training" else "some of"
                raise InputError(
                    f"calibration needs {name} samples of {every} the classifier's classes {classes.tolist()} and no "
                    f"others, received {found.tolist()}."
                )
        z = z.reshape(len(z), -1)
        self.means_ = np.stack([z[labels == c].mean(0) for c in classes]).astype(np.float32)
        spread = z - self.means_[np.searchsorted(classes, labels)]
        covariance = ledoit_wolf(spread)[0]
        self.whiten_ = np.linalg.cholesky(np.linalg.inv(covariance)).astype(np.float32)
        self.typical_ = float(np.quantile(self.distance(held_z), _TYPICAL))
        true = np.searchsorted(classes, held_labels)

        def surprise(log_temperature: float) -> float:
            p = _tempered(held_probabilities, np.exp(log_temperature))
            return float(-np.log(p[np.arange(len(p)), true] + 1e-12).mean())

        self.temperature_ = float(np.exp(minimize_scalar(surprise, bounds=(-2, 2), method="bounded").x))
        return self

    def distance(self, z: np.ndarray) -> np.ndarray:
        """Return the Mahalanobis distance (n,) of latents to the nearest class."""
        gap = z.reshape(len(z), 1, -1) - self.means_
        nearest: np.ndarray = np.sqrt(((gap @ self.whiten_) ** 2).sum(-1)).min(1)
        return nearest

    def score(self, z: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
        """Return the confidence (n,) of samples with these latents and class probabilities."""
        gate = np.minimum(1.0, self.typical_ / np.maximum(self.distance(z), 1e-12)) ** _STEEPNESS
        score: np.ndarray = gate * _tempered(probabilities, self.temperature_).max(1)
        return score

    def get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return (plain JSON values, arrays) from which `from_state` builds this again."""
        values = {"typical": self.typical_, "temperature": self.temperature_}
        return values, {"means": self.means_, "whiten": self.whiten_}

    @classmethod
    def from_state(cls, state: dict[str, Any], arrays: dict[str, np.ndarray]) -> Confidence:
        """Build a fitted one from what `get_state` returned."""
        made = cls()
        made.typical_, made.temperature_ = float(state["typical"]), float(state["temperature"])
        made.means_, made.whiten_ = arrays["means"], arrays["whiten"]
        return made


def _tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    from scipy.special import softmax

    return np.asarray(softmax(np.log(probabilities + 1e-12) / temperature, axis=1))
