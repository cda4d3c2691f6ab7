"""Variational autoencoders with two latent dimensions: with a frozen classifier's encoder as in 2019, or end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bridgeae import Autoencoder, Domain
from bridgeae.evaluation import share
from stages import networks
from stages.workshop import DIGITS, Workshop


def variational(work: Workshop) -> dict[str, Any]:
    """Compare the evidence lower bound, and the accuracy of nearest neighbours in the latent plane."""
    train, test = work.read("mnist", "train"), work.read("mnist", "test")
    rows = []
    for name, options in (("frozen encoder", {"classifier": "first"}), ("end to end", {})):
        encoder, decoder = networks.manifold_networks(2)
        side = Autoencoder(encoder, decoder, variational=1.0, loss="bce", adapter=DIGITS, **options)
        run = {"epochs": 8, "classifier_epochs": 2} if options else {"epochs": 30}
        work.fit(side, train, batch_size=128, learning_rate=2e-3, **run)
        rows.append(work.row(latents=name, **_measure(side, train, test)))
        place = work.out / f"variational_{name.replace(' ', '_')}"
        _map(side, test, place.with_name(place.name + "_map.png"))
        _manifold(side, place.with_name(place.name + "_manifold.png"))
        _samples(side, place.with_name(place.name + "_samples.png"))
    return {"table": rows, "note": "means over the test digits; 16 latents a digit for the likelihood"}


def _measure(side: Autoencoder, train: Domain, test: Domain) -> dict[str, Any]:
    from sklearn.neighbors import KNeighborsClassifier

    bound = -side.elbo(test.x, draws=16)
    mean, log_variance = side.latent_.predict(side.encoder.predict(test.x, verbose=0), verbose=0)
    divergence = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(1)
    half = 1.96 * bound.std() / np.sqrt(len(bound))
    near = KNeighborsClassifier(10).fit(side.encode(train.x), train.labels).predict(mean)
    return {
        "negative_elbo": float(bound.mean()),
        "interval": [round(float(bound.mean() - half), 2), round(float(bound.mean() + half), 2)],
        "divergence": float(divergence.mean()),
        "neighbours": share(near == test.labels),
        "epochs": len(side.history_["autoencoder"]["loss"]),
    }


def _map(side: Autoencoder, test: Domain, path: Path) -> None:
    """Plot the test digits in the latent plane."""
    from matplotlib.figure import Figure

    z = side.encode(test.x)
    figure = Figure(figsize=(6, 5.4), dpi=110, layout="constrained")
    axes = figure.subplots()
    dots = axes.scatter(*z.T, c=test.labels, cmap="tab10", vmin=-0.5, vmax=9.5, s=3, linewidths=0)
    figure.colorbar(dots, ticks=range(10), label="digit")
    axes.set(xlabel="latent 1", ylabel="latent 2", title=f"means of {len(z)} test digits")
    axes.set_xlim(*np.quantile(z[:, 0], (0.001, 0.999)) * 1.1)
    axes.set_ylim(*np.quantile(z[:, 1], (0.001, 0.999)) * 1.1)
    figure.savefig(path)


def _manifold(side: Autoencoder, path: Path, *, count: int = 20) -> None:
    """Plot decoded digits on a grid over the latent plane, at quantiles of the prior."""
    from matplotlib.figure import Figure
    from scipy.stats import norm

    steps = norm.ppf(np.linspace(0.01, 0.99, count))
    grid = np.stack(np.meshgrid(steps, steps[::-1]), -1).reshape(-1, 2)
    tiles = side.decode(grid).reshape(count, count, 28, 28).transpose(0, 2, 1, 3).reshape(count * 28, count * 28)
    figure = Figure(figsize=(6, 6), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.imshow(tiles, cmap="gray_r")
    axes.set_axis_off()
    figure.savefig(path)


def _samples(side: Autoencoder, path: Path) -> None:
    DIGITS.write(side.sample(64), path)
