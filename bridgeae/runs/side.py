"""One side of a configured run: its samples, its autoencoder, and how well that does on samples it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.autoencoder.autoencoder import Autoencoder
from bridgeae.runs.config import SideConfig
from bridgeae.domain import Domain
from bridgeae.errors import ConfigError, MissingFileError
from bridgeae.evaluation.metrics import share
from bridgeae.progress import Progress
from bridgeae.protocols import Augment
from bridgeae.registry import create_adapter

SMOKE_SAMPLES = 20  # a class and part, enough to see that every step works
Say = Callable[[str], None]


@dataclass
class Side:
    """Samples and the autoencoder of one side.

    Args:
        config: what to do.
        train: samples to train on.
        test: samples that no training sees.
        origin: where each part came from, and how many samples it has.
        more: further test samples by their place, for those places that are there.
        held_out: training samples kept apart, or None.
        autoencoder: built by `build_side`, later trained.
    """

    config: SideConfig
    train: Domain
    test: Domain
    origin: dict[str, Any]
    more: dict[str, Domain] = field(default_factory=dict)
    held_out: Domain | None = None
    autoencoder: Any = None


def read_side(name: str, config: SideConfig, data: str | Path | None, base: Path, *, smoke: bool, say: Say) -> Side:
    """Read all samples of a side.

    Args:
        name: of the side, for what is said.
        config: where they are.
        data: folder of the data files, or None.
        base: folder of the run file.
        smoke: a few samples of each class will do.
        say: gets a line for each part.
    """
    adapter = create_adapter(config.adapter, **config.options)

    def read(part: str, *places: str) -> tuple[Domain, str]:
        domain, place = _first(adapter, places, data, base)
        domain = _few(domain) if smoke else domain
        say(f"{name} {part}: {len(domain)} samples of shape {domain.sample_shape} from {place}")
        return domain, place

    (train, train_place), (test, test_place) = read("train", *config.train), read("test", *config.test)
    origin = {"train": len(train), "test": len(test), "from": {"train": train_place, "test": test_place}}
    side = Side(config, train, test, origin)
    for place in config.more_tests:
        try:
            more = read("more tests", place)[0]
        except MissingFileError:
            say(f"{name} more tests: {place} is not there, so it is left out")
            continue
        if more.labelled.any():
            side.more[place] = more
        else:
            say(f"{name} more tests: {place} has no labels, so it is left out")
    return side


def build_side(name: str, config: SideConfig, *, seed: int) -> Autoencoder:
    """Build the adapter's networks, and the autoencoder of them that `train_side` trains.

    Args:
        name: of the side, for errors.
        config: what to build.
        seed: of the networks' initial weights.

    Raises:
        ConfigError: the adapter makes no such networks, or an option of the autoencoder has a wrong value.
    """
    import keras

    adapter: Any = create_adapter(config.adapter, **config.options)
    keras.utils.set_random_seed(seed)
    try:
        encoder, decoder = adapter.networks(config.latent_shape)
        return Autoencoder(encoder, decoder if config.decoder else None, adapter=adapter, **config.autoencoder)
    except (TypeError, ValueError) as error:
        given = f"`latent_shape` {list(config.latent_shape)} and `autoencoder` {dict(config.autoencoder)}"
        raise ConfigError(f"{name} cannot be built with {given}: {error}") from error


def train_side(side: Side, *, seed: int, smoke: bool, progress: Progress | None) -> Autoencoder:
    """Train the autoencoder that `build_side` built on the side's samples."""
    options = {"seed": seed, **side.config.fit}
    if smoke:
        options |= {"epochs": 1, "classifier_epochs": 1}
    if side.config.augment:
        options["augment"] = augment_of(side.autoencoder.adapter)
    trained: Autoencoder = side.autoencoder.fit(side.train, progress=progress, **options)
    return trained


def augment_of(adapter: Any) -> Augment:
    """Return an adapter's `augment`.

    Raises:
        ConfigError: it has none.
    """
    if not callable(getattr(adapter, "augment", None)):
        raise ConfigError(f"`augment` is asked for, but adapter {adapter.name!r} has no `augment`. Leave it out.")
    augment: Augment = adapter.augment
    return augment


def measure_side(side: Side) -> dict[str, Any]:
    """Return how well a trained side reconstructs its test samples, and classifies those that have a label.

    Samples that are exact copies of training samples are also left out, in figures of their own.
    """
    autoencoder, test = side.autoencoder, side.test
    figures: dict[str, Any] = {"parameters": int(autoencoder.encoder.count_params())}
    if autoencoder.decoder is not None:
        figures["reconstruction_mse"] = float(np.mean((autoencoder.reconstruct(test.x) - test.x) ** 2))
    if autoencoder.classifier is not None and test.labelled.any():
        test = test.select(test.labelled)
        right = autoencoder.predict(test.x) == test.labels
        known = set(side.train.digests())
        if side.held_out is not None:
            known |= set(side.held_out.digests())
        fresh = np.array([digest not in known for digest in test.digests()])
        figures["classifier"] = share(right)
        figures["classifier_without_copies"] = share(right[fresh])
    return figures


def _first(adapter: Any, places: tuple[str, ...], data: str | Path | None, base: Path) -> tuple[Domain, str]:
    """Read the first of several places that is there; a data folder, once given, must hold the file."""
    missing: list[str] = []
    for place in places:
        own = ":" in place.split("/")[0]
        if own and data is not None and missing:
            break
        try:
            return adapter.read(place if own else Path(data or base) / place), place
        except MissingFileError as error:
            missing.append(str(error))
    raise MissingFileError(" ".join(missing) + " Pass --data DIR with the folder that holds it.")


def _few(domain: Domain) -> Domain:
    labels = domain.labels if domain.labels is not None else np.zeros(len(domain), int)
    return domain.select(
        np.sort(np.concatenate([np.flatnonzero(labels == c)[:SMOKE_SAMPLES] for c in np.unique(labels)]))
    )
