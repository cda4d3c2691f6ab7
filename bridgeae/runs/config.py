"""The description of a run: frozen dataclasses read from YAML. An unknown key is refused with the nearest valid one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from bridgeae.checks import MAX_SEED, did_you_mean, is_of, type_name
from bridgeae.errors import ConfigError, MissingFileError


@dataclass(frozen=True)
class Together:
    """Several places that are read one after another; each must exist: ``{all: [a.csv, b.csv]}``."""

    all: tuple[str, ...]  #: the places


@dataclass(frozen=True)
class SideConfig:
    """One side of a bridge, or the judge.

    Raises:
        ConfigError: `train`, `test` or `latent_shape` is empty, or `test` is no share.
    """

    adapter: str  #: name of an installed adapter
    #: Where the training samples are, as a path below the data folder or as a source the adapter names itself
    #: (``scheme:...``). Of a list, the first that exists is used; ``{all: [...]}`` puts all of them together.
    train: tuple[str | Together, ...]
    #: Where the test samples are, likewise; or the share of the training samples that is held out for the test. None
    #: is the share of the run.
    test: tuple[str | Together, ...] | float | None = None
    #: Places of further test samples, of the source; each is measured apart, and left out if missing.
    more_tests: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)  #: of the adapter
    #: Latent shape of the networks that the adapter builds. None is (32,); but where the linker chooses how to predict,
    #: as for given pairs, and `autoencoder` and `fit` are left out too, the samples are their own latents.
    latent_shape: tuple[int | None, ...] | None = None
    autoencoder: Mapping[str, Any] = field(default_factory=dict)  #: options of `bridgeae.Autoencoder`
    fit: Mapping[str, Any] = field(default_factory=dict)  #: options of its `fit`
    augment: bool = False  #: whether the adapter augments the samples in training
    decoder: bool = True  #: whether it has a decoder; a judge needs none

    def __post_init__(self) -> None:
        for name in ("train", "test", "latent_shape"):
            if getattr(self, name) == ():
                raise ConfigError(f"`{name}` of adapter {self.adapter!r} must not be empty.")
        if isinstance(self.test, int | float) and not 0 < self.test < 1:
            raise ConfigError(f"`test` of adapter {self.adapter!r} must be files, or a share between 0 and 1.")


@dataclass(frozen=True)
class LinkerConfig:
    """The linker; ``linker: flow`` is short for ``linker: {kind: flow}``."""

    #: Its name, as `bridgeae.LinkedAutoencoder` takes it; None leaves the choice to the pairing.
    kind: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)  #: of the linker's constructor
    fit: Mapping[str, Any] = field(default_factory=dict)  #: options of its `fit`
    augment: bool = False  #: whether source samples are augmented afresh for each of its epochs


@dataclass(frozen=True)
class PairingConfig:
    """The pairing; ``pairing: class`` is short for ``pairing: {kind: class}``."""

    #: Its name, as `bridgeae.LinkedAutoencoder.fit` takes it; None is "class" where both sides have labels.
    kind: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)  #: of the pairing's constructor


@dataclass(frozen=True)
class RunConfig:
    """A whole run: two sides, the linker, how samples are paired, and who judges the result.

    Raises:
        ConfigError: a value is out of range.
    """

    source: SideConfig  #: the side whose samples are translated
    target: SideConfig  #: the side they are translated to
    linker: LinkerConfig = field(default_factory=LinkerConfig)  #: what links them
    pairing: PairingConfig = field(default_factory=PairingConfig)  #: which samples belong together
    #: Share of the samples held out for the test, of sides without a `test` of their own: groups stay whole, and given
    #: pairs are split alike on both sides.
    test: float = 0.2
    #: Share of the source's training samples held out, on which the confidence is calibrated; 0 holds out none.
    hold_out: float = 0.0
    draws: int = 8  #: how many draws of each test sample are written, by a linker that samples
    judge: SideConfig | None = None  #: a classifier of target samples, trained apart; None is the target's own
    seed: int = 0  #: of everything random

    def __post_init__(self) -> None:
        for name, inside, wanted in (
            ("seed", 0 <= self.seed <= MAX_SEED, f"a whole number from 0 to {MAX_SEED}"),
            ("draws", self.draws >= 1, "at least 1"),
            ("test", 0 < self.test < 1, "a share between 0 and 1, as the sides name their files themselves"),
            ("hold_out", 0 <= self.hold_out < 1, "a share from 0 to below 1"),
        ):
            if not inside:
                raise ConfigError(f"`{name}` must be {wanted}, received {getattr(self, name)}.")

    def with_seed(self, seed: int | None) -> RunConfig:
        """Return the run with another seed; None leaves it."""
        return self if seed is None else replace(self, seed=seed)


def read_config(path: str | Path) -> RunConfig:
    """Read a run from a YAML file.

    Raises:
        MissingFileError: there is no such file.
        ConfigError: it is not YAML, has an unknown key, lacks one, or a value has a wrong type or is out of range.
    """
    if not (path := Path(path)).is_file():
        raise MissingFileError(f"there is no run file {path}.")
    from bridgeae.runs.yaml_file import read_yaml

    return _build(RunConfig, read_yaml(path), path.name)


def check_keys(given: Iterable[str], allowed: Iterable[str], where: str) -> None:
    """Raise ConfigError for a key that is not allowed, with the nearest one that is."""
    allowed = list(allowed)
    for key in given:
        if key not in allowed:
            hint = did_you_mean(key, allowed) or f" Known keys: {', '.join(allowed)}."
            raise ConfigError(f"{where}: unknown key `{key}`.{hint}")


def _build(kind: Any, content: Any, where: str) -> Any:
    hints = get_type_hints(kind)
    if isinstance(content, str) and "kind" in hints:
        content = {"kind": content}
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where}: expected keys and values, received {type(content).__name__}.")
    check_keys(content, hints, where)
    for f in fields(kind):
        if f.name not in content and f.default is MISSING and f.default_factory is MISSING:
            raise ConfigError(f"{where}: `{f.name}` is missing.")
    return kind(**{key: _value(hints[key], value, f"{where}: {key}") for key, value in content.items()})


def _value(hint: Any, value: Any, where: str) -> Any:
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    plain = [option for option in options if option in (str, int, float, bool, NoneType)]
    if any(is_of(value, option) for option in plain):
        return value
    for option in options:
        if get_origin(option) is tuple:
            items = value if isinstance(value, list) else [value]
            return tuple(_value(get_args(option)[0], item, where) for item in items)
        if is_dataclass(option) and isinstance(option, type) and (isinstance(value, Mapping) or str not in plain):
            return _build(option, value, where)
        if get_origin(option) is Mapping and not (
            isinstance(value, Mapping) and all(isinstance(k, str) for k in value)
        ):
            raise ConfigError(f"{where}: expected keys and values, received {value!r}.")
    if plain:
        raise ConfigError(f"{where}: expected {' or '.join(map(type_name, plain))}, received {value!r}.")
    return value
