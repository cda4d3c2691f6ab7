"""How good translations are: the right class, as varied as real samples, and like them."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae.autoencoder import Autoencoder
from bridgeae.domain import Domain, check_shared
from bridgeae.evaluation.judges import Judge, choose_judge, own_judge
from bridgeae.evaluation.metrics import class_spread, confusion, equal_parts, frechet_distance, share


def accuracy(made: np.ndarray, truth: np.ndarray, judge: Judge) -> dict[str, Any]:
    """Return how many translations a judge reads as the class of their source.

    Args:
        made: (n, *target_sample).
        truth: (n,) classes of the source samples.
        judge: reads translations.

    Returns:
        `n`, `right`, `accuracy`, `interval` (95 %, Wilson), `classes` and `confusion` (rows are the true classes).
    """
    judged = np.asarray(judge(made))
    if (judged.dtype.kind == "U") != (truth.dtype.kind == "U"):
        check_shared(truth, judged, "`judge`")
    classes = np.unique(np.concatenate([truth, judged]))
    return share(judged == truth) | {
        "classes": classes.tolist(),
        "confusion": confusion(truth, judged, classes).tolist(),
    }


def likeness(
    made: np.ndarray, z_made: np.ndarray, truth: np.ndarray, real: Domain, z_real: np.ndarray, seed: int
) -> dict[str, Any]:
    """Compare translations with real target samples of the same classes.

    Translations, and as many real samples, are compared with the same other real samples. The Frechet distance of the
    real ones is the floor: what a perfect bridge reaches with this many samples.

    Args:
        made: (n, *target_sample) translations.
        z_made: (n, *latent) their latents.
        truth: (n,) their classes.
        real: labelled target samples.
        z_real: (m, *latent) their latents.
        seed: of the choice among `real`.

    Returns:
        `diversity` (within-class standard deviation relative to real samples), `frechet` and `frechet_floor`; each
        None where there are too few samples.
    """
    labels = real.known_labels()
    chosen, twins, reference = equal_parts(truth, labels, np.random.default_rng(seed))
    spread, real_spread = class_spread(made[chosen], truth[chosen]), class_spread(real.x[twins], labels[twins])
    return {
        "diversity": spread / real_spread if spread is not None and real_spread else None,
        "frechet": frechet_distance(z_made[chosen], z_real[reference]),
        "frechet_floor": frechet_distance(z_real[twins], z_real[reference]),
    }


def evaluate_translations(
    made: np.ndarray,
    truth: np.ndarray,
    target: Autoencoder,
    judge: Judge | None,
    real: Domain | None,
    *,
    z_real: np.ndarray | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure translations; see `LinkedAutoencoder.evaluate`.

    Args:
        made: (n, *target_sample) translations.
        truth: (n,) classes of their source samples.
        target: the target side, in whose latents translations and real samples are compared.
        judge: names the class of target samples; None is chosen by `choose_judge`.
        real: labelled real target samples to compare with, or None.
        z_real: (m, *latent) their latents, where they are known already.
        seed: of the choice among `real`.
    """
    if real is None:
        known = own_judge(target, truth) if judge is None else choose_judge(judge, target, None)
        return accuracy(made, truth, known) | {"judged_by": known.described()}
    check_shared(truth, real.classes, "`target`")
    known = choose_judge(judge, target, real, seed=seed)
    z_real = target.encode(real) if z_real is None else z_real
    figures = accuracy(made, truth, known) | likeness(made, target.encode(made), truth, real, z_real, seed)
    return figures | {"judged_by": known.described()}
