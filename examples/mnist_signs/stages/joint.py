"""Classifier and autoencoder of digits: one after the other, or jointly, at an equal number of epochs."""

from __future__ import annotations

import time
from typing import Any

from bridgeae import Autoencoder
from bridgeae.evaluation import share
from stages import networks
from stages.workshop import DIGITS, Workshop

EPOCHS = 6


def joint(work: Workshop) -> dict[str, Any]:
    """Compare classification, reconstruction, and what a judge reads in the reconstructions."""
    train, test = work.read("digits", "train"), work.read("digits", "test")
    judge = work.digit_judge()
    runs: dict[str, tuple[dict[str, Any], dict[str, int]]] = {
        "no classifier": ({}, {"epochs": EPOCHS}),
        "classifier first": ({"classifier": "first"}, {"classifier_epochs": 2, "epochs": EPOCHS - 2}),
    }
    for weight in (0.01, 0.1, 1.0):
        options = {"classifier": "joint", "classifier_weight": weight}
        runs[f"joint, classifier weighs {weight}"] = options, {"epochs": EPOCHS}
    rows = []
    for name, (options, epochs) in runs.items():
        nets = networks.digit_encoder(16), networks.digit_decoder(16)
        began = time.process_time()
        side = Autoencoder(*nets, loss="bce", adapter=DIGITS, **options)
        work.fit(side, train, batch_size=128, learning_rate=3e-3, **epochs)
        spent = time.process_time() - began
        again = side.reconstruct(test.x)
        rows.append(
            work.row(
                training=name,
                cpu_s=round(spent, 1),
                classifier=share(side.predict(test.x) == test.labels) if options else None,
                mse=float(((again - test.x) ** 2).mean()),
                reconstructions=share(judge.predict(again) == test.labels),
            )
        )
    return {"table": rows, "passes": EPOCHS}
