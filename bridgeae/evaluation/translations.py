"""What a bridge is worth: are its translations right, varied, and like real samples of the target."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.domain import Domain, shared_labels
from bridgeae.errors import InputError
from bridgeae.evaluation.metrics import class_spread, confusion, frechet_distance, matched_sample, share

if TYPE_CHECKING:
    from bridgeae.autoencoder.autoencoder import Autoencoder

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
    if (called.dtype.kind == "U") != (truth.dtype.kind == "U"):
        check_shared(truth, called, "`judge`")
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
        many real samples score); each None where there are too few samples to tell.
    """
    real = real.select(np.isin(real.labels, truth))  # type: ignore[arg-type]
    labels = np.asarray(real.labels)
    twin = matched_sample(truth, labels, np.random.default_rng(seed))
    rest = np.setdiff1d(np.arange(len(real)), twin)
    z_real, z_made = target.encode(real.x), target.encode(made)
    spread, real_spread = class_spread(made, truth), class_spread(real.x[twin], labels[twin])
    return {
        "diversity": spread / real_spread if spread is not None and real_spread else None,
        "frechet": frechet_distance(z_made, z_real),
        "frechet_floor": frechet_distance(z_real[twin], z_real[rest]),
    }


def check_shared(source: np.ndarray, target: np.ndarray, what: str) -> None:
    """Refuse labels of the source of which not one is among those of `what`, which has labels `target`.

    Raises:
        InputError: naming the classes of both.
    """
    if not len(shared_labels(source, target)):
        known, wanted = np.unique(source).tolist(), np.unique(target).tolist()
        raise InputError(
            f"`source` has the classes {known} and {what} {wanted}: none is in both. Label both sides alike."
        )


def own_judge(target: Autoencoder) -> Judge:
    """Return the target side's own classifier as a judge."""
    if target.classifier is None:
        raise InputError("`judge` is needed: the target side has no classifier of its own.")
    return target.predict
