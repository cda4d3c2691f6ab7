"""Denoising autoencoders: an encoder trained from scratch, and one trained as a classifier and frozen."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridgeae import Autoencoder, Domain
from bridgeae.evaluation import share
from bridgeae.runs import save_grid
from stages import networks
from stages.workshop import DIGITS, Workshop, indices_per_class


def noise(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise of mean 0.5 and standard deviation 0.5, as in 2019, and clip to [0, 1]."""
    return np.clip(x + 0.5 + 0.5 * rng.standard_normal(x.shape, np.float32), 0, 1)


def denoising(work: Workshop) -> dict[str, Any]:
    """Compare squared error, cross-entropy, and what a classifier of clean digits reads in denoised ones."""
    train, test = work.read("mnist", "train"), work.read("mnist", "test")
    judge = work.digit_judge()
    noisy = noise(test.x, np.random.default_rng(0))
    rows = [work.row(encoder="none (noisy digits)", **_measure(noisy, test, judge))]
    rows_of_images = [test.x, noisy]
    for name, options in (("frozen classifier", {"classifier": "first"}), ("fresh", {})):
        side = Autoencoder(
            networks.digit_encoder(64), networks.digit_decoder(64), corrupt=noise, adapter=DIGITS, **options
        )
        run = {"epochs": 6, "classifier_epochs": 2} if options else {"epochs": 8}
        work.fit(side, train, batch_size=128, learning_rate=3e-3, **run)
        cleaned = side.reconstruct(noisy)
        rows.append(work.row(encoder=name, **run, **_measure(cleaned, test, judge)))
        rows_of_images.append(cleaned)
    chosen = indices_per_class(test, 2)
    save_grid(
        [[(DIGITS, sample, "") for sample in x[chosen]] for x in rows_of_images],
        work.out / "denoising.png",
        title="clean, noisy, denoised with a frozen classifier's encoder, with an encoder trained from scratch",
    )
    return {
        "table": rows,
        "judge": "a classifier of clean digits; its accuracy on the clean test digits is "
        f"{share(judge.predict(test.x) == test.labels)['accuracy']:.4f}",
    }


def _measure(x: np.ndarray, test: Domain, judge: Autoencoder) -> dict[str, Any]:
    p = np.clip(x, 1e-7, 1 - 1e-7)
    errors = ((x - test.x) ** 2).mean((1, 2, 3))
    half = 1.96 * errors.std() / np.sqrt(len(errors))
    return {
        "mse": float(errors.mean()),
        "mse_interval": [round(float(errors.mean() - half), 5), round(float(errors.mean() + half), 5)],
        "bce": float(-(test.x * np.log(p) + (1 - test.x) * np.log1p(-p)).mean()),
        "classifier": share(judge.predict(x) == test.labels),
    }
