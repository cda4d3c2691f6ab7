"""Adapters, linkers, pairings and models by name, found through entry points: ours and those of strangers alike."""

from __future__ import annotations

import inspect
import json
from contextlib import suppress
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import numpy as np

from bridgeae.checks import did_you_mean, wrong_types
from bridgeae.errors import AdapterError, InputError
from bridgeae.networks.silence import silent_start
from bridgeae.protocols import Adapter, Linker, Pairing


def _place(kind: type) -> tuple[str, str]:
    return kind.__module__, kind.__qualname__


class Registry:
    """The installed classes of one kind, in the entry-point group ``bridgeae.<noun>s``; all must have `methods`.

    Where a name or an option is wrong, `error` is raised.
    """

    def __init__(self, noun: str, methods: tuple[str, ...], error: type[Exception]) -> None:
        self.noun, self.group, self.methods, self._error = noun, f"bridgeae.{noun}s", methods, error

    def entries(self) -> dict[str, EntryPoint]:
        """Return the entry point of each name, without an import; of several with one name, the first."""
        return {name: entries[0] for name, entries in self._offered().items()}

    def load(self, name: str) -> Any:
        """Import the class of that name. Raises a BridgeError for none or two, a failed import, or a missing method."""
        offered = self._offered()
        if name not in offered:
            hint = did_you_mean(name, offered) or " Install the package that brings it, if that is another."
            raise self._error(f"no {self.noun} is called {name!r}. Installed: {', '.join(offered) or 'none'}.{hint}")
        entries = offered[name]
        if len(entries) > 1:
            values = " and ".join(entry.value for entry in entries)
            keep = f"Keep one of their distributions: {' or '.join(distribution(entry)[0] for entry in entries)}."
            raise self._error(f"{len(entries)} {self.noun}s are called {name!r}: {values}. {keep}")
        what = f"{self.noun} {name!r} ({entries[0].value})"
        try:
            with silent_start():  # an adapter may import Keras
                kind = entries[0].load()
        except Exception as error:  # a stranger's module may raise anything
            raise self._error(f"{what} cannot be imported: {type(error).__name__}: {error}") from error
        if missing := [m for m in self.methods if not callable(getattr(kind, m, None))]:
            raise self._error(f"{what} has no method {', '.join(missing)}.")
        return kind

    def create(self, name: str, **options: Any) -> Any:
        """Build the object of that name. Raises a BridgeError as `load` does, or where an option is refused."""
        kind, what = self.load(name), f"{self.noun} {name!r}"
        allowed = inspect.signature(kind).parameters
        if unknown := ", ".join(repr(option) for option in options if option not in allowed):
            raise self._error(f"{what} has no option {unknown}. It takes: {', '.join(allowed) or 'none'}.")
        if wrong := wrong_types(options, kind):
            raise self._error(f"{what}: {wrong}.")
        try:
            return kind(**options)
        except TypeError as error:
            given = ", ".join(f"`{option}`: {value!r}" for option, value in options.items()) or "no options"
            raise self._error(f"{what} cannot be built with {given}: {error}.") from error

    def name_of(self, kind: type) -> str | None:
        """Return the name under which a class is installed, or None. A notebook may have reloaded its module since."""
        for name, entry in self.entries().items():
            if entry.attr.rpartition(".")[2] == kind.__name__:
                with suppress(self._error):  # another one of that name, which cannot be imported
                    if _place(self.load(name)) == _place(kind):
                        return name
        return None

    def name_to_save(self, thing: object) -> str:
        """Return the name under which `load` finds the class of an object. Raises InputError where there is none."""
        kind = type(thing)
        if (name := self.name_of(kind)) is None:
            raise InputError(
                f"a {kind.__name__} cannot be saved, since `load` could not find it: add an entry point that leads to "
                f"{kind.__module__}:{kind.__qualname__} to the group {self.group} of its distribution, and install it."
                + (" Or set `adapter` to None." if self.noun == "adapter" else "")
            )
        return name

    def _offered(self) -> dict[str, list[EntryPoint]]:
        """Return the distinct entry points of every name."""
        found: dict[str, dict[str, EntryPoint]] = {}
        for entry in sorted(entry_points(group=self.group), key=lambda e: (e.name, e.value)):
            found.setdefault(entry.name, {}).setdefault(entry.value, entry)
        return {name: list(entries.values()) for name, entries in found.items()}


ADAPTERS = Registry("adapter", ("read", "write", "networks"), AdapterError)
LINKERS = Registry("linker", ("check", "fit", "predict"), InputError)
PAIRINGS = Registry("pairing", ("check", "fit", "sample"), InputError)
MODELS = Registry("model", (), InputError)


def create_adapter(name: str, **options: Any) -> Adapter:
    """Build the adapter of that name with its constructor's options. Raises `AdapterError`."""
    return ADAPTERS.create(name, **options)


def create_linker(name: str, **options: Any) -> Linker:
    """Build the linker of that name, such as "ridge", "network" or "flow". Raises `InputError`.

    "dense" and "convolutional" are short for "network" with that body.
    """
    if name in ("dense", "convolutional"):
        name, options = "network", {"network": name, **options}
    return LINKERS.create(name, **options)


def create_pairing(name: str, **options: Any) -> Pairing:
    """Build the pairing of that name, such as "class", "given" or "transport". Raises `InputError`.

    "class-drop" is short for "class" that drops the classes of one side only.
    """
    if name == "class-drop":
        name, options = "class", {"missing": "drop", **options}
    return PAIRINGS.create(name, **options)


def adapter_table() -> list[tuple[str, str, str, str]]:
    """List name, distribution, default sample shape, and first line of the docstring (or the error) of each adapter."""
    rows = []
    for name, entry in ADAPTERS.entries().items():
        shape = summary = ""
        try:
            kind = ADAPTERS.load(name)
            summary = (kind.__doc__ or "").strip().partition("\n")[0]
            shape = " x ".join(map(str, getattr(kind(), "sample_shape", ())))
        except AdapterError as error:
            summary = f"broken: {error}"
        except Exception:  # it has no defaults, or a stranger's constructor fails
            shape = ""
        rows.append((name, " ".join(distribution(entry)), shape or "depends", summary))
    return rows


def adapter_options(adapter: Adapter) -> dict[str, Any]:
    """Return the options an adapter was built with: its constructor keeps each as an attribute of the same name.

    Raises:
        AdapterError: an option is not kept, or is none that JSON holds. A number of numpy becomes one of Python.
    """
    what = f"adapter {adapter.name!r}"
    try:
        options = {name: getattr(adapter, name) for name in inspect.signature(type(adapter)).parameters}
    except AttributeError as error:
        must = "must keep each constructor option as an attribute of the same name"
        raise AdapterError(f"{what} {must}: {error}.") from None
    options = {name: v.item() if isinstance(v, np.generic) else v for name, v in options.items()}
    for name, value in options.items():
        try:
            json.dumps(value)
        except (TypeError, ValueError):
            plain = "numbers, text, lists or dictionaries, to be saved"
            raise AdapterError(f"{what}: `{name}` must be {plain}, received {type(value).__name__}.") from None
    return options


def registered_modules() -> set[str]:
    """Return the top-level modules of installed adapters and linkers: only these may add layers to a model folder."""
    registries = (ADAPTERS, LINKERS)
    return {e.module.partition(".")[0] for r in registries for e in entry_points(group=r.group)} - {"bridgeae"}


def distribution(entry: EntryPoint) -> tuple[str, str]:
    """Return name and version of an entry point's distribution."""
    return (entry.dist.name, entry.dist.version) if entry.dist else ("an unknown distribution", "")
