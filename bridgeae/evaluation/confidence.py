"""Confidence of answers, calibrated on held-out samples, and the coverage curve that it gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.autoencoder.linear_head import softmax
from bridgeae.domain import Domain, shared_labels
from bridgeae.errors import InputError
from bridgeae.evaluation.metrics import share
from bridgeae.saving import State

MIN_HELD_OUT = 10
"""Fewest held-out samples that allow a calibration."""
COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)
"""Coverage levels of the coverage curve: shares of the samples that are answered."""
TRUSTED_FROM = 0.5
"""Confidence from which an answer is trusted: it is more likely right than wrong."""

_TYPICAL_QUANTILE = 0.99  # of the distances of held-out samples; confidence falls beyond it
_DISTANCE_POWER = 4.0  # how fast it falls


class Confidence:
    """Return how far the answer for a source sample can be trusted, between 0 and 1.

    The product of two gates. The first detects samples of another kind: the Mahalanobis distance of the latent to the
    nearest class (Lee et al. 2018), 1 up to the typical distance of held-out samples and falling beyond. The second is
    the probability of the predicted class, with a temperature fitted to held-out samples (Guo et al. 2017).

    Example:
        >>> import numpy as np
        >>> rng, labels = np.random.default_rng(0), np.arange(200) % 2
        >>> z = rng.normal(size=(200, 3)) + 4 * labels[:, None]
        >>> p = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
        >>> train, held_out = Domain(z[:100], labels[:100]), Domain(z[100:], labels[100:])
        >>> confidence = Confidence().fit(train, held_out, p[100:], classes=np.array([0, 1]))
        >>> near, far = confidence.score(np.array([[0.0] * 3, [40.0] * 3]), p[:2])
        >>> bool(near > 0.5 > far)
        True
    """

    def fit(self, train: Domain, held_out: Domain, probabilities: np.ndarray, *, classes: np.ndarray) -> Confidence:
        """Learn the position of each class, the typical distance, and the temperature.

        Args:
            train: labelled latents of training samples, all of `classes` among them.
            held_out: labelled latents of samples that no training has seen.
            probabilities: (m, k) the classifier's, of the held-out samples, in the order of `classes`.
            classes: (k,) sorted.

        Raises:
            InputError: fewer than 10 held-out samples, a class without training samples, or samples of another class.
        """
        from scipy.optimize import minimize_scalar
        from sklearn.covariance import ledoit_wolf

        if len(held_out) < MIN_HELD_OUT:
            raise InputError(f"calibration needs at least {MIN_HELD_OUT} held-out samples, received {len(held_out)}.")
        for name, given in (("training", train.known_labels()), ("held-out", held_out.known_labels())):
            found, known = np.unique(given), shared_labels(given, classes)
            if len(known) < len(found) or (name == "training" and len(known) < len(classes)):
                every = "all" if name == "training" else "some of"
                raise InputError(
                    f"calibration needs {name} samples of {every} the classifier's classes {classes.tolist()} and no "
                    f"others, received {found.tolist()}."
                )
        z, labels = train.x, train.known_labels()
        z = z.reshape(len(z), -1)
        self.means_ = np.stack([z[labels == c].mean(0) for c in classes]).astype(np.float32)
        spread = z - self.means_[np.searchsorted(classes, labels)]
        covariance = ledoit_wolf(spread)[0]
        self.whiten_ = np.linalg.cholesky(np.linalg.inv(covariance)).astype(np.float32)
        self.typical_ = float(np.quantile(self.distance(held_out.x), _TYPICAL_QUANTILE))
        true = np.searchsorted(classes, held_out.known_labels())

        def cross_entropy(log_temperature: float) -> float:
            p = _tempered(probabilities, np.exp(log_temperature))
            return float(-np.log(p[np.arange(len(p)), true] + 1e-12).mean())

        self.temperature_ = float(np.exp(minimize_scalar(cross_entropy, bounds=(-2, 2), method="bounded").x))
        return self

    def distance(self, z: np.ndarray) -> np.ndarray:
        """Return the Mahalanobis distance (n,) of latents to the nearest class."""
        gap = z.reshape(len(z), 1, -1) - self.means_
        nearest: np.ndarray = np.sqrt(((gap @ self.whiten_) ** 2).sum(-1)).min(1)
        return nearest

    def score(self, z: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
        """Return the confidence (n,) of samples with these latents and class probabilities."""
        gate = np.minimum(1.0, self.typical_ / np.maximum(self.distance(z), 1e-12)) ** _DISTANCE_POWER
        score: np.ndarray = gate * _tempered(probabilities, self.temperature_).max(1)
        return score

    def get_state(self) -> State:
        """Return the state from which `from_state` builds this again."""
        values = {"typical": self.typical_, "temperature": self.temperature_}
        return State(values, arrays={"means": self.means_, "whiten": self.whiten_})

    @classmethod
    def from_state(cls, state: State) -> Confidence:
        """Build a fitted one from what `get_state` returned."""
        made = cls()
        made.typical_, made.temperature_ = float(state.values["typical"]), float(state.values["temperature"])
        made.means_, made.whiten_ = state.arrays["means"], state.arrays["whiten"]
        return made


def coverage_curve(right: np.ndarray, confidence: np.ndarray) -> list[dict[str, Any]]:
    """Return how many answers are right if only the most confident ones are given.

    Args:
        right: (n,) bool.
        confidence: (n,).

    Returns:
        For each of `COVERAGES`: `coverage`, the `min_confidence` that gives it, and the count as `share` returns it.
        Equal confidences are answered together: `coverage` is then the larger share that is answered.
    """
    ordered, n = np.sort(confidence)[::-1], len(confidence)
    curve: dict[int, dict[str, Any]] = {}
    for coverage in COVERAGES:
        count = max(1, round(coverage * n))
        least = ordered[count - 1]
        answered = right[confidence >= least]
        reached = coverage if len(answered) == count else len(answered) / n
        curve.setdefault(len(answered), {"coverage": reached, "min_confidence": float(least)} | share(answered))
    return list(curve.values())


def _tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    return softmax(np.log(probabilities + 1e-12) / temperature)
