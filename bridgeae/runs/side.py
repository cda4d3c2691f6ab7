"""One side of a configured run: its samples, its autoencoder, and what that says of the test samples."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
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
    """Samples and autoencoder of one side, which `build_side` builds and `train_side` trains."""

    config: SideConfig
    train: Domain
    test: Domain
    origin: dict[str, Any]  # number of samples of each part, and its place
    more: dict[str, Domain] = field(default_factory=dict)  # further test samples by place
    held_out: Domain | None = None  # training samples kept out of training
    autoencoder: Autoencoder = field(init=False)

    @cached_property
    def test_encoding(self) -> Encoding:
        """The encoding of the test samples by the trained side."""
        return self.autoencoder.encoding(self.test)


def read_side(
    name: str,
    config: SideConfig,
    data: str | Path | None,
    base: Path,
    judge: Domain | None,
    *,
    smoke: bool,
    paired: bool = False,
    say: Say,
) -> Side:
    """Read all samples of a side, or a few of each class in a smoke run; the first ones where they are `paired`.

    `base` is the folder of the run file. Training samples equal to those of the `judge` are kept in memory once.
    """
    adapter = create_adapter(config.adapter, **config.options)

    def read(part: str, *places: str) -> tuple[Domain, str]:
        domain, place = _read_first_existing(adapter, places, data, base)
        if smoke:
            labels = np.zeros(len(domain), int) if domain.labels is None or paired else domain.labels
            first = [np.flatnonzero(labels == c)[:SMOKE_SAMPLES] for c in np.unique(labels)]
            domain = domain.select(np.sort(np.concatenate(first)))
        say(f"{name} {part}: {len(domain)} samples of shape {domain.sample_shape} from {place}")
        return domain, place

    train, train_place = read("train", *config.train)
    if judge is not None and _equal(train.x, judge.x):
        train = replace(train, x=judge.x)
    test, test_place = read("test", *config.test)
    origin = {"train": len(train), "test": len(test), "from": {"train": train_place, "test": test_place}}
    side = Side(config, train, test, origin)
    for place in config.more_tests:
        try:
            more, _ = read("more tests", place)
        except MissingFileError:
            say(f"{name} more tests: {place} does not exist, so it is left out")
            continue
        if more.labelled.any():
            side.more[place] = more
        else:
            say(f"{name} more tests: {place} has no labels, so it is left out")
    return side


def _equal(a: np.ndarray, b: np.ndarray) -> bool:
    """Return whether two arrays are equal, compared in portions to save memory."""
    if a.shape != b.shape:
        return False
    return all(np.array_equal(a[k : k + 4096], b[k : k + 4096]) for k in range(0, len(a), 4096))


def train_side(side: Side, *, seed: int, smoke: bool, progress: Progress | None) -> None:
    """Train the side's autoencoder on its samples."""
    options = {"seed": seed, **side.config.fit} | ({"epochs": 1, "classifier_epochs": 1} if smoke else {})
    augment = augment_of(side.autoencoder.adapter) if side.config.augment else None
    side.autoencoder.fit(side.train, progress=progress, augment=augment, **options)


def augment_of(adapter: Any) -> Augment:
    """Return an adapter's `augment`. Raises ConfigError where it has none."""
    if not callable(getattr(adapter, "augment", None)):
        raise ConfigError(f"`augment` is asked for, but adapter {adapter.name!r} has no `augment`. Leave it out.")
    return adapter.augment


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
        known = {digest for part in (side.train, side.held_out) if part is not None for digest in part.digests()}
        fresh = np.array([digest not in known for digest in test.select(test.labelled).digests()])
        figures["classifier"] = share(right)
        figures["classifier_without_copies"] = share(right[fresh])
    return figures


def build_side(name: str, side: Side, *, seed: int) -> None:
    """Build the untrained autoencoder of a side. Raises ConfigError where the networks or an option are refused."""
    import keras

    config = side.config
    adapter = create_adapter(config.adapter, **config.options)
    keras.utils.set_random_seed(seed)
    try:
        encoder, decoder = adapter.networks(config.latent_shape)
        decoder = decoder if config.decoder else None
        side.autoencoder = Autoencoder(encoder, decoder, adapter=adapter, **config.autoencoder)
    except (TypeError, ValueError) as error:
        given = f"`latent_shape` {list(config.latent_shape)} and `autoencoder` {dict(config.autoencoder)}"
        raise ConfigError(f"{name} cannot be built with {given}: {error}") from error


def _read_first_existing(
    adapter: Any, places: Iterable[str], data: str | Path | None, base: Path
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
