"""Linear classifiers of latents, and latents that carry one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bridgeae.domain import Domain

_MAX_SAMPLES = 10_000  # for the logistic regression; more change nothing


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the class probabilities (n, k) of logits (n, k)."""
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(p / p.sum(axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class LinearHead:
    """A linear classifier of flat latents.

    Args:
        weights: (d, k) float.
        bias: (k,) float.
        classes: (k,) sorted.
    """

    weights: np.ndarray
    bias: np.ndarray
    classes: np.ndarray

    @classmethod
    def fit(cls, latents: Domain) -> LinearHead:
        """Fit one by logistic regression on standardised latents; unlabelled ones are left out."""
        from sklearn.linear_model import LogisticRegression

        index = np.flatnonzero(latents.labelled)
        index = index[:: max(1, len(index) // _MAX_SAMPLES)]
        z, labels = latents.x[index].reshape(len(index), -1), latents.known_labels()[index]
        mean, scale = z.mean(0), np.maximum(z.std(0), 1e-6)
        model = LogisticRegression(C=0.1, max_iter=500).fit((z - mean) / scale, labels)
        weights, bias = model.coef_.T, model.intercept_
        if len(model.classes_) == 2:  # scikit-learn keeps one column for two classes
            weights, bias = weights * [-1, 1], bias * [-1, 1]
        weights = weights / scale[:, None]
        return cls(weights.astype(np.float32), (bias - mean @ weights).astype(np.float32), model.classes_)

    def knows(self, classes: np.ndarray) -> bool:
        """Return whether all these classes are among its own."""
        return bool(np.isin(classes, self.classes).all())

    def restricted_to(self, classes: np.ndarray) -> LinearHead:
        """Return the head that chooses among these classes only, all of which it knows."""
        columns = np.searchsorted(self.classes, classes)
        return LinearHead(self.weights[:, columns], self.bias[columns], self.classes[columns])

    def probabilities(self, z: np.ndarray) -> np.ndarray:
        """Return the class probabilities (n, k) of latents (n, *latent)."""
        logits = np.asarray(z, np.float32).reshape(len(z), -1) @ self.weights + self.bias
        return softmax(logits)


@dataclass(frozen=True, eq=False, repr=False)
class Latents(Domain):
    """Latents of one side, with the side's own classifier of them.

    Args:
        head: the classifier, or None.
    """

    head: LinearHead | None = None
