"""Who names the class of a translation, and how often that judge is right on real samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridgeae.autoencoder import Autoencoder
from bridgeae.autoencoder.standardising import learn_flat_scaling
from bridgeae.checks import check_installed
from bridgeae.domain import Domain, check_shared
from bridgeae.errors import InputError

Judge = Callable[[np.ndarray], np.ndarray]
"""Names the class of target samples: ``(n, *sample) -> (n,)`` labels."""

_MIN_SAMPLES = 10  # real samples of each class, to train an independent judge
_MAX_SAMPLES = 2000
_MIN_ACCURACY = 0.8  # a worse judge says more of itself than of the translations
_FOLDS = 3


@dataclass(frozen=True)
class KnownJudge:
    """A judge that says who it is.

    Args:
        judge: names classes.
        who: "independent" (trained on held-out real samples), "given" (by the caller), or "own" (the target side's
            classifier, which flatters: its training shaped the decoder's latents).
        n: real samples that `accuracy` is of.
        accuracy: share of real samples whose class it names; of held-out folds for an independent one; None if unknown.
    """

    judge: Judge
    who: str
    n: int = 0
    accuracy: float | None = None

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(self.judge(x))

    def described(self) -> dict[str, Any]:
        """Return `who`, `n` and `accuracy`."""
        return {"who": self.who, "n": self.n, "accuracy": self.accuracy}


def choose_judge(judge: Judge | None, target: Autoencoder, real: Domain | None, *, seed: int = 0) -> KnownJudge:
    """Return the judge that was given; or else an independent one; or else the target side's own classifier.

    The independent judge is a support vector machine (RBF kernel), trained on `real`. It needs ten samples of each of
    two classes or more. Where it is right on less than 80 % of held-out ones, the target side's own classifier judges.

    Args:
        judge: given by the caller, or None.
        target: the target side.
        real: labelled real target samples that the target side was not trained on, or None.
        seed: of the samples and folds of the independent judge.

    Raises:
        InputError: there is no judge to be had.
    """
    if isinstance(judge, KnownJudge):
        return judge
    if judge is not None:
        return KnownJudge(judge, "given", *_reached(judge, real))
    found = None if real is None or not can_train_judge(real) else independent_judge(real, seed=seed)
    if found is not None and (found.accuracy or 0) >= _MIN_ACCURACY:
        return found
    if target.classifier is not None:
        return KnownJudge(target.predict, "own")
    if found is not None:
        return found
    raise InputError(
        "`judge` is needed: the target side has no classifier of its own, and there are fewer than "
        f"{_MIN_SAMPLES} labelled real samples of a class to train one."
    )


def can_train_judge(real: Domain) -> bool:
    """Return whether there are enough labelled samples of two classes or more to train an independent judge."""
    if len(real.classes) < 2:
        return False
    counts = np.unique(real.known_labels()[real.labelled], return_counts=True)[1]
    return bool(counts.min() >= _MIN_SAMPLES)


def independent_judge(real: Domain, *, seed: int = 0) -> KnownJudge:
    """Train a judge on labelled real samples; its accuracy is that of held-out folds."""
    check_installed("sklearn")
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.svm import SVC

    known = real.select(real.labelled)
    known = known.select(np.sort(np.random.default_rng(seed).permutation(len(known))[:_MAX_SAMPLES]))
    x, labels = known.x.reshape(len(known), -1), known.known_labels()
    scaling = learn_flat_scaling(known.x)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    machine = SVC(C=10.0)
    accuracy = float(cross_val_score(machine, scaling.apply(x), labels, cv=folds).mean())
    machine.fit(scaling.apply(x), labels)

    def name(made: np.ndarray) -> np.ndarray:
        return np.asarray(machine.predict(scaling.apply(np.reshape(made, (len(made), -1)))))

    return KnownJudge(name, "independent", len(known), accuracy)


def own_judge(target: Autoencoder, truth: np.ndarray) -> KnownJudge:
    """Return the target side's own classifier as a judge of samples whose classes are `truth`."""
    if target.classifier is None:
        raise InputError("`judge` is needed: the target side has no classifier of its own.")
    check_shared(truth, np.asarray(target.classes_), "the target side's classifier")
    return KnownJudge(target.predict, "own")


def _reached(judge: Judge, real: Domain | None) -> tuple[int, float | None]:
    """Return the number of real samples, and the share of them whose class a judge names."""
    if real is None or not real.labelled.any():
        return 0, None
    known = real.select(real.labelled)
    return len(known), float(np.mean(np.asarray(judge(known.x)) == known.known_labels()))
