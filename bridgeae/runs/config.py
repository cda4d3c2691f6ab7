"""The description of a run: frozen dataclasses read from YAML. An unknown key is refused with the nearest valid one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from bridgeae.checks import did_you_mean, is_of, type_name
from bridgeae.errors import ConfigError, MissingFileError


@dataclass(frozen=True)
class SideConfig:
    """One side of a bridge, or the judge. Raises ConfigError where `train`, `test` or `latent_shape` is empty."""

    adapter: str  #: name of an installed adapter
    #: Where the training samples are, as a path below the data folder or as a source the adapter names itself
    #: (``scheme:...``); of several, the first that exists is used.
    train: tuple[str, ...]
    test: tuple[str, ...]  #: where the test samples are, likewise
    #: Places of further test samples, of the source; each is measured apart, and left out if missing.
    more_tests: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)  #: of the adapter
    latent_shape: tuple[int | None, ...] = (32,)  #: of the networks that the adapter builds
    autoencoder: Mapping[str, Any] = field(default_factory=dict)  #: options of `bridgeae.Autoencoder`
    fit: Mapping[str, Any] = field(default_factory=dict)  #: options of its `fit`
    augment: bool = False  #: whether the adapter augments the samples in training
    decoder: bool = True  #: whether it has a decoder; a judge needs none

    def __post_init__(self) -> None:
        for name in ("train", "test", "latent_shape"):
            if not getattr(self, name):
                raise ConfigError(f"`{name}` of adapter {self.adapter!r} must not be empty.")


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
    #: Share of the source's training samples held out, on which the confidence is calibrated; 0 holds out none.
    hold_out: float = 0.0
    draws: int = 8  #: how many draws of each test sample are written, by a linker that samples
    judge: SideConfig | None = None  #: a classifier of target samples, trained apart; None is the target's own
    seed: int = 0  #: of everything random

    def __post_init__(self) -> None:
        for name, inside, wanted in (
            ("seed", 0 <= self.seed < 2**32, f"a whole number from 0 to {2**32 - 1}"),
            ("draws", self.draws >= 1, "at least 1"),
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
    import yaml

    class Loader(yaml.SafeLoader):
        """Reads 1e-3 as a number, as YAML 1.2 does; PyYAML's YAML 1.1 reads a string."""

    number = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$")
    Loader.add_implicit_resolver("tag:yaml.org,2002:float", number, list("-+.0123456789"))
    if not (path := Path(path)).is_file():
        raise MissingFileError(f"there is no run file {path}.")
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid YAML: {error}") from None
    return _build(RunConfig, content, path.name)


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
    for option in (hint, *get_args(hint)):
        if is_dataclass(option) and isinstance(option, type):
            return None if value is None and NoneType in get_args(hint) else _build(option, value, where)
    kind = get_origin(hint)
    if kind is tuple:
        items = value if isinstance(value, list) else [value]
        return tuple(_value(get_args(hint)[0], item, where) for item in items)
    if kind is Mapping and not (isinstance(value, Mapping) and all(isinstance(key, str) for key in value)):
        raise ConfigError(f"{where}: expected keys and values, received {value!r}.")
    if not is_of(value, hint):
        raise ConfigError(f"{where}: expected {type_name(hint)}, received {value!r}.")
    return value
