"""One side of a configured run: its samples, its autoencoder, and what that says of the test samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.autoencoder import Autoencoder, Encoding
from bridgeae.domain import Domain
from bridgeae.errors import ConfigError, MissingFileError
from bridgeae.evaluation import share
from bridgeae.progress import Progress
from bridgeae.protocols import Augment
from bridgeae.registry import create_adapter
from bridgeae.runs.config import SideConfig

SMOKE_SAMPLES = 20  # of each class in a smoke run
Say = Callable[[str], None]
"""Takes a line that a person reads."""


@dataclass
class Side:
    """Samples and autoencoder of one side.

    Args:
        config: what to do.
        train: samples to train on.
        test: samples that no training sees.
        origin: where each part came from, and how many samples it has.
        more: further test samples by their place.
        held_out: training samples kept apart, or None.
        encoding: of the test samples, once the side is trained.

    Attributes:
        autoencoder: built by `build_side`, trained by `train_side`.
    """

    config: SideConfig
    train: Domain
    test: Domain
    origin: dict[str, Any]
    more: dict[str, Domain] = field(default_factory=dict)
    held_out: Domain | None = None
    encoding: Encoding | None = None
    autoencoder: Autoencoder = field(init=False)

    @property
    def test_encoding(self) -> Encoding:
        """What the trained side says of the test samples, each encoded once."""
        if self.encoding is None:
            self.encoding = self.autoencoder.encoding(self.test)
        return self.encoding


def read_side(name: str, config: SideConfig, data: str | Path | None, base: Path, *, smoke: bool, say: Say) -> Side:
    """Read all samples of a side.

    Args:
        name: of the side, for messages.
        config: where the samples are.
        data: folder of the data files, or None.
        base: folder of the run file.
        smoke: take a few samples of each class.
        say: gets a line for each part.
    """
    adapter = create_adapter(config.adapter, **config.options)

    def read(part: str, *places: str) -> tuple[Domain, str]:
        domain, place = _read_first_existing(adapter, places, data, base)
        domain = _few_per_class(domain) if smoke else domain
        say(f"{name} {part}: {len(domain)} samples of shape {domain.sample_shape} from {place}")
        return domain, place

    (train, train_place), (test, test_place) = read("train", *config.train), read("test", *config.test)
    origin = {"train": len(train), "test": len(test), "from": {"train": train_place, "test": test_place}}
    side = Side(config, train, test, origin)
    for place in config.more_tests:
        try:
            more = read("more tests", place)[0]
        except MissingFileError:
            say(f"{name} more tests: {place} does not exist, so it is left out")
            continue
        if more.labelled.any():
            side.more[place] = more
        else:
            say(f"{name} more tests: {place} has no labels, so it is left out")
    return side


def train_side(side: Side, *, seed: int, smoke: bool, progress: Progress | None) -> None:
    """Train the side's autoencoder on its samples."""
    options = {"seed": seed, **side.config.fit}
    if smoke:
        options |= {"epochs": 1, "classifier_epochs": 1}
    if side.config.augment:
        options["augment"] = augment_of(side.autoencoder.adapter)
    side.autoencoder.fit(side.train, progress=progress, **options)


def augment_of(adapter: Any) -> Augment:
    """Return an adapter's `augment`. Raises ConfigError where it has none."""
    if not callable(getattr(adapter, "augment", None)):
        raise ConfigError(f"`augment` is asked for, but adapter {adapter.name!r} has no `augment`. Leave it out.")
    augment: Augment = adapter.augment
    return augment


def measure_side(side: Side) -> dict[str, Any]:
    """Return how well a trained side reconstructs its test samples, and classifies those that have a label.

    `classifier_without_copies` leaves out test samples that are exact copies of training samples.
    """
    autoencoder, test, encoding = side.autoencoder, side.test, side.test_encoding
    figures: dict[str, Any] = {"parameters": int(autoencoder.encoder.count_params())}  # type: ignore[union-attr]
    if autoencoder.decoder is not None:
        figures["reconstruction_mse"] = float(np.mean((autoencoder.decode(encoding.plain) - test.x) ** 2))
    if encoding.predicted is not None and test.labelled.any():
        right = (encoding.predicted == test.labels)[test.labelled]
        known = set(side.train.digests())
        if side.held_out is not None:
            known |= set(side.held_out.digests())
        fresh = np.array([digest not in known for digest in test.select(test.labelled).digests()])
        figures["classifier"] = share(right)
        figures["classifier_without_copies"] = share(right[fresh])
    return figures


def build_side(name: str, side: Side, *, seed: int) -> None:
    """Build the adapter's networks and the untrained autoencoder of a side, with `seed` for the initial weights.

    Raises:
        ConfigError: the adapter makes no such networks, or an option of the autoencoder has a wrong value.
    """
    import keras

    config = side.config
    adapter: Any = create_adapter(config.adapter, **config.options)
    keras.utils.set_random_seed(seed)
    try:
        encoder, decoder = adapter.networks(config.latent_shape)
        decoder = decoder if config.decoder else None
        side.autoencoder = Autoencoder(encoder, decoder, adapter=adapter, **config.autoencoder)
    except (TypeError, ValueError) as error:
        given = f"`latent_shape` {list(config.latent_shape)} and `autoencoder` {dict(config.autoencoder)}"
        raise ConfigError(f"{name} cannot be built with {given}: {error}") from error


def _read_first_existing(
    adapter: Any, places: tuple[str, ...], data: str | Path | None, base: Path
) -> tuple[Domain, str]:
    """Read the first of several places that exists; a data folder, once given, must hold the file."""
    missing: list[str] = []
    for place in places:
        named_by_adapter = ":" in place.split("/")[0]
        if named_by_adapter and data is not None and missing:
            break
        try:
            return adapter.read(place if named_by_adapter else Path(data or base) / place), place
        except MissingFileError as error:
            missing.append(str(error))
    raise MissingFileError(" ".join(missing) + " Pass the folder that holds it as `data`.")


def _few_per_class(domain: Domain) -> Domain:
    labels = domain.labels if domain.labels is not None else np.zeros(len(domain), int)
    first = [np.flatnonzero(labels == c)[:SMOKE_SAMPLES] for c in np.unique(labels)]
    return domain.select(np.sort(np.concatenate(first)))
