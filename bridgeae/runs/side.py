"""One side of a configured run: its samples, its autoencoder, and what that says of the test samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.autoencoder import Autoencoder, Encoding, lossless_autoencoder
from bridgeae.autoencoder.encoding import PORTION
from bridgeae.checks import check_limit
from bridgeae.domain import Domain
from bridgeae.errors import ConfigError, InputError, MissingFileError
from bridgeae.evaluation import share
from bridgeae.networks import check_samples
from bridgeae.progress import Progress
from bridgeae.protocols import Augment
from bridgeae.registry import create_adapter
from bridgeae.runs.config import RunConfig, SideConfig
from bridgeae.runs.samples import Place, pair_rows, read_first, split_pairs, with_singles
from bridgeae.saving import describe_network

_LATENT_SHAPE = (32,)
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
    adapter: Any = None  # of its files
    key: str = ""  # of what it learns from, see `side_key`
    moved: bool = False  # whether its training samples were moved to disk
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
    say: Say,
) -> Side:
    """Read all samples of a side, or a few of each class in a smoke run.

    A side whose test is a share has no test samples yet: see `hold_out_tests`. `base` is the folder of the run file.
    Training samples equal to those of the `judge` are kept in memory once.
    """
    adapter = create_adapter(config.adapter, **config.options)

    def read(part: str, *places: Place) -> tuple[Domain, str]:
        nonlocal adapter
        domain, place, adapter = read_first(adapter, places, data, base, settle=part == "train")
        if smoke:
            labels = np.zeros(len(domain), int) if domain.labels is None else domain.labels
            few = [_spread(np.flatnonzero(labels == c), SMOKE_SAMPLES) for c in np.unique(labels)]
            domain = domain.select(np.sort(np.concatenate(few)))
        say(f"{name} {part}: {len(domain)} samples of shape {domain.sample_shape} from {place}")
        return domain, place

    train, train_place = read("train", *config.train)
    if judge is not None and _equal(train.x, judge.x):
        train = replace(train, x=judge.x)
    places, test = {"train": train_place}, train  # until `hold_out_tests`
    if isinstance(config.test, tuple):
        test, places["test"] = read("test", *config.test)
    origin = {"train": len(train), "test": len(test), "from": places}
    side = Side(config, train, test, origin, adapter=adapter)
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


def check_tests(name: str, side: Side) -> None:
    """Raise InputError for test samples of another shape than the networks of their side read and make."""
    encoder, decoder = side.autoencoder.encoder, side.autoencoder.decoder
    try:
        check_samples(encoder, decoder, side.test.x)
        for more in side.more.values():
            check_samples(encoder, None, more.x)
    except InputError as error:
        raise InputError(f"{name}: the test samples do not fit: {error}") from None


def _spread(index: np.ndarray, count: int) -> np.ndarray:
    """Return `count` of some indices, evenly spread over them, since neighbours in a file often form one group."""
    return index[np.unique(np.linspace(0, len(index) - 1, min(count, len(index))).astype(int))]


def hold_out_tests(config: RunConfig, sides: Mapping[str, Side], *, smoke: bool, say: Say) -> None:
    """Split the samples of each side whose test is a share; see `RunConfig.test`.

    Given pairs are brought into one order first, where the names of the rows tell it, and split alike on both sides.
    Training rows without a partner stay: they teach their own side.

    Raises:
        ConfigError: pairs given by index would not survive a split, or their sides are split differently.
        InputError: too few groups for this share.
    """
    shares = {name: side.config.test or config.test for name, side in sides.items()}
    split = {name: share for name, share in shares.items() if not isinstance(share, tuple)}
    source, target = sides["source"], sides["target"]
    whole, alone = {"source": source.train, "target": target.train}, set[str]()
    if given := config.pairing.kind == "given" and not config.pairing.options:
        for part in ("train",) if split else ("train", "test"):
            a, b, said = pair_rows(getattr(source, part), getattr(target, part))
            setattr(source, part, a)
            setattr(target, part, b)
            if part == "train":
                alone = {name for name, every in whole.items() if len(sides[name].train) < len(every) and not smoke}
            if said and not (part == "train" and alone):
                say(f"{part} {said}")
    pair = {"source", "target"} & set(split)
    if (
        config.pairing.kind == "given"
        and pair
        and (not given or len(pair) < 2 or len({split[name] for name in pair}) > 1)
    ):
        raise ConfigError(
            "given pairs need the same test rows on both sides: leave `test` out of both, or name test files on both."
        )
    if given and pair and len(source.train) == len(target.train):
        del split["source"]
        source.test, source.train, target.test, target.train = split_pairs(
            source.train, target.train, split.pop("target"), seed=config.seed
        )
    for name in alone:
        sides[name].train = with_singles(sides[name].train, whole[name], sides[name].test)
    for name in split:
        sides[name].test, sides[name].train = sides[name].train.split(split[name], seed=config.seed)
    for name, side in sides.items():
        if given and smoke and name != "judge":
            side.train, side.test = (part.select(slice(5 * SMOKE_SAMPLES)) for part in (side.train, side.test))
        side.origin |= {"train": len(side.train), "test": len(side.test)}
        if not isinstance(shares[name], tuple):
            side.origin["from"]["test"] = f"{shares[name]:g} of train"
            say(f"{name} test: {len(side.test)} of these samples, held out of training")


def _equal(a: np.ndarray, b: np.ndarray) -> bool:
    """Return whether two arrays are equal, compared in portions to save memory."""
    if a.shape != b.shape:
        return False
    return all(np.array_equal(a[k : k + 4096], b[k : k + 4096]) for k in range(0, len(a), 4096))


def train_side(side: Side, *, seed: int, smoke: bool, progress: Progress | None) -> None:
    """Train the side's autoencoder on its samples, unless it has nothing to learn."""
    if side.autoencoder.fitted:
        return
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
        parts = [slice(k, k + PORTION) for k in range(0, len(test), PORTION)]
        errors = [np.square(autoencoder.decode(encoding.plain[part]) - test.x[part]).sum(dtype=float) for part in parts]
        figures["reconstruction_mse"] = float(sum(errors) / test.x.size)
    if encoding.predicted is not None and test.labelled.any():
        right = (encoding.predicted == test.labels)[test.labelled]
        known = {digest for part in (side.train, side.held_out) if part is not None for digest in part.digests()}
        fresh = np.array([digest not in known for digest in test.select(test.labelled).digests()])
        figures["classifier"] = share(right)
        figures["classifier_without_copies"] = share(right[fresh])
    return figures


def _default_classifier(side: Side) -> str | None:
    """Return how a side learns its classes where its configuration does not say: as in Python, where it has any."""
    if len(side.train.classes) < 2:
        return None
    return "joint" if side.config.decoder else "first"


def build_side(name: str, side: Side, *, seed: int, lossless: bool = False) -> None:
    """Build the autoencoder of a side, to be trained; or one that loses nothing, where nothing is said about it.

    Args:
        name: of the side, for messages.
        side: gets the autoencoder.
        seed: of the weights.
        lossless: whether a side may keep all that its samples hold, see `bridgeae.linked.choices.keeps_everything`.

    Raises:
        ConfigError: the networks or an option are refused.
    """
    from bridgeae.networks.backend import keras

    config, adapter = side.config, side.adapter
    if lossless and config.latent_shape is None and not config.autoencoder and not config.fit:
        side.autoencoder = lossless_autoencoder(side.train)
        side.autoencoder.adapter = adapter
        return
    latent_shape = config.latent_shape or _LATENT_SHAPE
    size = prod(n or 1 for n in latent_shape)
    check_limit("latent_size", size, f"{name}: `latent_shape` {list(latent_shape)}", error=ConfigError)
    options = {"classifier": _default_classifier(side), **config.autoencoder}
    keras.utils.set_random_seed(seed)
    try:
        encoder, decoder = adapter.networks(latent_shape)
        decoder = decoder if config.decoder else None
        side.autoencoder = Autoencoder(encoder, decoder, adapter=adapter, **options)
        for part, network in (("encoder", encoder), ("decoder", decoder)):
            if network is not None:
                describe_network(network, part)  # refuses layers that could not be saved
    except (TypeError, ValueError, MemoryError, ArithmeticError) as error:
        given = f"`latent_shape` {list(latent_shape)} and `autoencoder` {dict(config.autoencoder)}"
        raise ConfigError(f"{name} cannot be built with {given}: {error}") from error
