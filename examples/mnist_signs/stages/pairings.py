"""All pairings of hand signs with digits, with and without known pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bridgeae import (
    ClassPairing,
    Domain,
    GivenPairing,
    LinkedAutoencoder,
    NearestPairing,
    NetworkLinker,
    RidgeLinker,
    TransportPairing,
    UnpairedPairing,
)
from bridgeae.evaluation import share
from bridgeae.protocols import Pairing
from bridgeae.runs import save_grid
from stages.workshop import DIGITS, SIGNS, Workshop, indices_per_class


def pairings(work: Workshop) -> dict[str, Any]:
    """Link the same two sides with each pairing, and count the test photos that become the right digit."""
    signs, digits = work.signs(), work.digits()
    train, target = work.read("signs", "train"), work.read("digits", "train")
    test, real = work.read("signs", "test"), work.read("digits", "test")
    judge = work.digit_judge()
    rows, rows_of_images = [], [(SIGNS, test.x[indices_per_class(test, 2)])]
    for name, pairing in _all_pairings(work, train, target).items():
        labelled = "no" not in name.split()
        sides = (train, target) if labelled else (Domain(train.x), Domain(target.x))
        for linker in (RidgeLinker(), NetworkLinker()):
            options = {"epochs": 1} if work.smoke else {}
            bridge = LinkedAutoencoder(signs, digits, linker).fit(*sides, pairing=pairing, linker_options=options)
            figures = bridge.evaluate(test, real, judge=judge.predict)
            cells = {k: figures[k] for k in ("n", "right", "accuracy", "interval")}
            more = {k: figures[k] for k in ("diversity", "frechet")}
            rows.append(work.row(pairing=name, linker=type(linker).__name__, signs_to_digits=cells, **more))
        rows_of_images.append((DIGITS, bridge.translate(test.x[indices_per_class(test, 2)])))
    rows.append(_similar_domains(work))
    save_grid(
        [[(adapter, sample, "") for sample in x] for adapter, x in rows_of_images],
        work.out / "pairings.png",
        title="test photos; their digits by " + ", ".join(PAIRINGS),
    )
    return {"table": rows}


PAIRINGS = ("class", "transport", "nearest", "weighted pairs", "no pairs")


def _all_pairings(work: Workshop, train: Domain, target: Domain) -> dict[str, Pairing]:
    """Return a pairing for each name of `PAIRINGS`."""
    feature = _shared_feature(work, train, target)
    rng = np.random.default_rng(0)
    i, j = ClassPairing().fit(train, target).sample(600, rng)
    wrong = rng.random(600) < 0.2  # a fifth of the given pairs are wrong, and have a small weight
    j = np.where(wrong, rng.permutation(j), j)
    makers: tuple[Callable[[], Pairing], ...] = (
        ClassPairing,
        TransportPairing,
        lambda: NearestPairing(*feature),
        lambda: GivenPairing(i, j, weights=np.where(wrong, 0.1, 1.0)),
        lambda: UnpairedPairing(clusters=6),
    )
    return {name: make() for name, make in zip(PAIRINGS, makers, strict=True)}


def _shared_feature(work: Workshop, train: Domain, target: Domain) -> tuple[np.ndarray, np.ndarray]:
    """Return features (n, 7) of both sides: six class probabilities, and the rank of the brightness times 0.3."""
    columns = []
    for side, domain in ((work.signs(), train), (work.digits(), target)):
        bright = domain.x.mean((1, 2, 3)).argsort().argsort() / len(domain)
        columns.append(np.column_stack([side.predict_proba(domain.x), 0.3 * bright]))
    return columns[0], columns[1]


def _similar_domains(work: Workshop) -> dict[str, Any]:
    """Link scikit-learn's digits with MNIST's without pairs; here the two latent distributions are similar."""
    small, digits = work.small_digits(), work.digits()
    source, target, test = work.read("small", "train"), work.read("digits", "train"), work.read("small", "test")
    pairing = UnpairedPairing(clusters=6)
    bridge = LinkedAutoencoder(small, digits).fit(Domain(source.x), Domain(target.x), pairing=pairing)
    right = share(work.digit_judge().predict(bridge.translate(test.x)) == test.labels)
    return work.row(pairing="no pairs, scikit-learn's digits to MNIST's", linker="RidgeLinker", digits_to_digits=right)
