"""The options of a run file: checked before anything is read, and made into a linker and a pairing."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from bridgeae.autoencoder import Autoencoder
from bridgeae.checks import check_counts, wrong_types
from bridgeae.errors import ConfigError
from bridgeae.protocols import Linker, Pairing
from bridgeae.registry import create_linker, create_pairing
from bridgeae.runs.config import RunConfig, check_keys

_COUNTS = {"epochs", "classifier_epochs", "batch_size", "steps", "pairs"}
_GIVEN_BY_THE_RUN = "self source target domain pairing encoder decoder adapter augment refresh progress".split()


def create_parts(config: RunConfig) -> tuple[Linker | None, Pairing | None]:
    """Check all options before anything is read, and return the linker and the pairing that the file names.

    Raises:
        ConfigError, InputError: an option is unknown, or has a wrong value.
    """
    linker = None if config.linker.kind is None else create_linker(config.linker.kind, **config.linker.options)
    pairing = None if config.pairing.kind is None else create_pairing(config.pairing.kind, **config.pairing.options)
    checks: list[tuple[Mapping[str, Any], Any, str]] = []
    if linker is None:
        check_keys([*config.linker.options, *config.linker.fit], [], "linker: pass `kind` with its options")
    else:
        checks.append((config.linker.fit, linker.fit, "linker.fit"))
    if pairing is None:
        check_keys(config.pairing.options, [], "pairing: pass `kind` with its options")
    for name in ("source", "target", "judge"):
        if side := getattr(config, name):
            checks.append((side.autoencoder, Autoencoder, f"{name}.autoencoder"))
            checks.append((side.fit, Autoencoder.fit, f"{name}.fit"))
    for given, function, where in checks:
        check_keys(given, [p for p in inspect.signature(function).parameters if p not in _GIVEN_BY_THE_RUN], where)
        if wrong := wrong_types(given, function):
            raise ConfigError(f"{where}: {wrong}.")
        check_counts(**{f"{where}: {k}": n for k, n in given.items() if k in _COUNTS and n is not None})
    return linker, pairing


def check_optimizers(config: RunConfig) -> None:
    """Raise InputError for an unknown optimizer. Imports Keras, which takes seconds."""
    from bridgeae.training import check_optimizer

    for name in ("source", "target", "judge", "linker"):
        if part := getattr(config, name):
            check_optimizer(part.fit.get("optimizer", "adamw"), f"{name}.fit: optimizer")
