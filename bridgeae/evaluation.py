"""What a bridge is worth: are its translations right, varied, and like real samples of the target."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.domain import Domain
from bridgeae.errors import InputError
from bridgeae.metrics import class_spread, confusion, frechet_distance, matched_sample, share

if TYPE_CHECKING:
    from bridgeae.autoencoder import Autoencoder

Judge = Callable[[np.ndarray], np.ndarray]
"""Names the class of target samples: ``(n, *sample) -> (n,)`` labels."""


def accuracy(made: np.ndarray, truth: np.ndarray, judge: Judge) -> dict[str, Any]:
    """Count which translations a judge reads as the class of their source.

    Args:
        made: (n, *target_sample).
        truth: (n,) classes of the source samples.
        judge: reads translations.

    Returns:
        `n`, `right`, `accuracy`, `interval` (95 %, Wilson), `classes` and `confusion` (rows are the true classes).
    """
    called = np.asarray(judge(made))
    classes = np.unique(np.concatenate([truth, called]))
    return share(called == truth) | {
        "classes": classes.tolist(),
        "confusion": confusion(truth, called, classes).tolist(),
    }


def likeness(made: np.ndarray, truth: np.ndarray, real: Domain, target: Autoencoder, seed: int) -> dict[str, Any]:
    """Compare translations with as many real target samples of the same classes.

    Args:
        made: (n, *target_sample).
        truth: (n,) their classes.
        real: labelled target samples.
        target: whose latents are compared.
        seed: of the choice among `real`.

    Returns:
        `diversity` (within-class standard deviation relative to the real ones), `frechet` and `frechet_floor` (what as
        many real samples score).
    """
    real = real.select(np.isin(real.labels, truth))  # type: ignore[arg-type]
    labels = np.asarray(real.labels)
    twin = matched_sample(truth, labels, np.random.default_rng(seed))
    rest = np.setdiff1d(np.arange(len(real)), twin)
    z_real, z_made = target.encode(real.x), target.encode(made)
    return {
        "diversity": class_spread(made, truth) / class_spread(real.x[twin], labels[twin]),
        "frechet": frechet_distance(z_made, z_real),
        "frechet_floor": frechet_distance(z_real[twin], z_real[rest]) if len(rest) > 1 else None,
    }


def own_judge(target: Autoencoder) -> Judge:
    """Return the target side's own classifier as a judge."""
    if target.classifier is None:
        raise InputError("`judge` is needed: the target side has no classifier of its own.")
    return target.predict
