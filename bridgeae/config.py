"""The description of a run: frozen dataclasses read from YAML. An unknown key is refused with the nearest valid one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

from bridgeae.errors import ConfigError, MissingFileError


@dataclass(frozen=True)
class SideConfig:
    """One side of a bridge, or the judge.

    Args:
        adapter: name of an installed adapter.
        train: where the training samples are: a path below the data folder, or a source the adapter names itself
            (``scheme:...``); of several, the first that is there is used.
        test: where the test samples are, likewise.
        more_tests: places of further test samples, of the source; each is measured apart, and left out if missing.
        options: of the adapter.
        latent_shape: of the networks that the adapter builds.
        autoencoder: options of `bridgeae.Autoencoder`.
        fit: options of its `fit`.
        augment: whether the adapter augments the samples in training.
        decoder: whether it has a decoder; a judge needs none.
    """

    adapter: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    more_tests: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    latent_shape: tuple[int | None, ...] = (32,)
    autoencoder: Mapping[str, Any] = field(default_factory=dict)
    fit: Mapping[str, Any] = field(default_factory=dict)
    augment: bool = False
    decoder: bool = True


@dataclass(frozen=True)
class LinkerConfig:
    """The linker.

    Args:
        kind: "ridge", "dense", "convolutional" or "flow".
        options: of `RidgeLinker`, `NetworkLinker` or `FlowLinker`.
        fit: options of its `fit`.
        augment: whether source samples are augmented afresh for each of its epochs.
    """

    kind: str = "ridge"
    options: Mapping[str, Any] = field(default_factory=dict)
    fit: Mapping[str, Any] = field(default_factory=dict)
    augment: bool = False


@dataclass(frozen=True)
class RunConfig:
    """A whole run: two sides, the linker, how samples are paired, and what judges the result.

    Args:
        source: the side whose samples are translated.
        target: the side they are translated to.
        linker: what links them.
        pairing: "class", "class-drop" (classes on one side only are left out) or "given" (sample by sample).
        hold_out: share of the source's training samples kept out of training, to learn from them when an answer can be
            trusted; 0 keeps none.
        draws: how many different translations of each test sample are written, by a linker that samples.
        judge: a classifier of target samples, trained apart; None asks the target's own.
        seed: of everything that is drawn.
    """

    source: SideConfig
    target: SideConfig
    linker: LinkerConfig = field(default_factory=LinkerConfig)
    pairing: str = "class"
    hold_out: float = 0.0
    draws: int = 8
    judge: SideConfig | None = None
    seed: int = 0


def read_config(path: str | Path) -> RunConfig:
    """Read a run from a YAML file.

    Raises:
        MissingFileError: there is no such file.
        ConfigError: it is not YAML, has an unknown key, lacks one, or a value has a wrong type.
    """
    import yaml

    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"there is no run file {path}.")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid YAML: {error}") from None
    config: RunConfig = _build(RunConfig, content, path.name)
    for name, value, allowed in (
        ("pairing", config.pairing, ("class", "class-drop", "given")),
        ("linker.kind", config.linker.kind, ("ridge", "dense", "convolutional", "flow")),
    ):
        if value not in allowed:
            raise ConfigError(f"{path.name}: `{name}` must be one of {', '.join(allowed)}, received {value!r}.")
    return config


def check_keys(given: Iterable[str], allowed: Iterable[str], where: str) -> None:
    """Refuse keys that are not allowed, naming the nearest one that is."""
    allowed = list(allowed)
    for key in given:
        if key not in allowed:
            near = get_close_matches(str(key), allowed, n=1, cutoff=0.5)
            hint = f"Did you mean `{near[0]}`?" if near else f"Known keys: {', '.join(allowed)}."
            raise ConfigError(f"{where}: unknown key `{key}`. {hint}")


def _build(kind: type, content: Any, where: str) -> Any:
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where}: expected keys and values, received {type(content).__name__}.")
    known = {f.name: f for f in fields(kind)}
    check_keys(content, known, where)
    required = [n for n, f in known.items() if f.default is MISSING and f.default_factory is MISSING]
    if missing := [name for name in required if name not in content]:
        raise ConfigError(f"{where}: `{missing[0]}` is missing.")
    hints = get_type_hints(kind)
    return kind(**{key: _value(hints[key], value, f"{where}: {key}") for key, value in content.items()})


def _value(hint: Any, value: Any, where: str) -> Any:
    for option in (hint, *getattr(hint, "__args__", ())):
        if is_dataclass(option) and isinstance(option, type):
            return None if value is None else _build(option, value, where)
    kind = getattr(hint, "__origin__", hint)
    if kind is tuple:
        return tuple(value) if isinstance(value, list) else (value,)
    wanted = {Mapping: dict}.get(kind, kind)
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise ConfigError(f"{where}: expected {wanted.__name__}, received {value!r}.")
    return value
