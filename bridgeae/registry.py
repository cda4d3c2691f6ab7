"""Adapters, linkers and pairings by name, found through entry points: the bundled ones and those of strangers alike."""

from __future__ import annotations

import inspect
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from bridgeae.checks import did_you_mean, wrong_types
from bridgeae.errors import AdapterError, InputError
from bridgeae.protocols import Adapter, Linker, Pairing


class Registry:
    """The installed classes of one kind.

    Args:
        noun: the kind, as messages name it; its entry-point group is ``bridgeae.<noun>s``.
        methods: that each class must have.
        error: raised where a name or an option is wrong.
    """

    def __init__(self, noun: str, methods: tuple[str, ...], error: type[Exception]) -> None:
        self.noun, self.group, self.methods, self._error = noun, f"bridgeae.{noun}s", methods, error

    def entries(self) -> dict[str, EntryPoint]:
        """Return the entry point of each name, without an import; of several with one name, the first."""
        return {name: entries[0] for name, entries in self._offered().items()}

    def load(self, name: str) -> Any:
        """Import the class of that name.

        Raises:
            BridgeError: there is none, or two; it cannot be imported, or lacks a method.
        """
        offered = self._offered()
        if name not in offered:
            hint = did_you_mean(name, offered)
            raise self._error(f"no {self.noun} is called {name!r}. Installed: {', '.join(offered) or 'none'}.{hint}")
        entry, *more = offered[name]
        if more:
            values = " and ".join(e.value for e in (entry, *more))
            origins = " or ".join(distribution(e)[0] for e in (entry, *more))
            raise self._error(
                f"{1 + len(more)} {self.noun}s are called {name!r}: {values}. Keep one of their distributions: "
                f"{origins}."
            )
        try:
            kind = entry.load()
        except Exception as error:  # a stranger's module may raise anything
            raise self._error(
                f"{self.noun} {name!r} ({entry.value}) cannot be imported: {type(error).__name__}: {error}"
            ) from error
        if missing := [m for m in self.methods if not callable(getattr(kind, m, None))]:
            raise self._error(f"{self.noun} {name!r} ({entry.value}) has no method {', '.join(missing)}.")
        return kind

    def create(self, name: str, **options: Any) -> Any:
        """Build the object of that name with its constructor's options.

        Raises:
            BridgeError: see `load`; or the constructor does not take these options.
        """
        kind = self.load(name)
        allowed = inspect.signature(kind).parameters
        if unknown := [option for option in options if option not in allowed]:
            raise self._error(
                f"{self.noun} {name!r} has no option {', '.join(map(repr, unknown))}. It takes: "
                f"{', '.join(allowed) or 'none'}."
            )
        if wrong := wrong_types(options, kind):
            raise self._error(f"{self.noun} {name!r}: {wrong}.")
        try:
            return kind(**options)
        except TypeError as error:
            given = ", ".join(f"`{option}`: {value!r}" for option, value in options.items()) or "no options"
            raise self._error(f"{self.noun} {name!r} cannot be built with {given}: {error}.") from error

    def name_of(self, kind: type) -> str | None:
        """Return the name under which a class is installed, or None."""
        for name, entry in self.entries().items():
            if entry.attr.rpartition(".")[2] == kind.__name__ and self.load(name) is kind:
                return name
        return None

    def _offered(self) -> dict[str, list[EntryPoint]]:
        """Return the distinct entry points of every name."""
        found: dict[str, dict[str, EntryPoint]] = {}
        for entry in sorted(entry_points(group=self.group), key=lambda e: (e.name, e.value)):
            found.setdefault(entry.name, {}).setdefault(entry.value, entry)
        return {name: list(entries.values()) for name, entries in found.items()}


ADAPTERS = Registry("adapter", ("read", "write", "networks"), AdapterError)
LINKERS = Registry("linker", ("check", "fit", "predict"), InputError)
PAIRINGS = Registry("pairing", ("check", "fit", "sample"), InputError)


def create_adapter(name: str, **options: Any) -> Adapter:
    """Build the adapter of that name with its constructor's options. Raises `AdapterError`."""
    adapter: Adapter = ADAPTERS.create(name, **options)
    return adapter


def create_linker(name: str, **options: Any) -> Linker:
    """Build the linker of that name, such as "ridge", "network" or "flow". Raises `InputError`.

    "dense" and "convolutional" are short for "network" with that body.
    """
    if name in ("dense", "convolutional"):
        name, options = "network", {"network": name, **options}
    linker: Linker = LINKERS.create(name, **options)
    return linker


def create_pairing(name: str, **options: Any) -> Pairing:
    """Build the pairing of that name, such as "class", "given" or "transport". Raises `InputError`.

    "class-drop" is short for "class" that drops the classes of one side only.
    """
    if name == "class-drop":
        name, options = "class", {"missing": "drop", **options}
    pairing: Pairing = PAIRINGS.create(name, **options)
    return pairing


def adapter_table() -> list[tuple[str, str, str, str]]:
    """List name, distribution with version, default sample shape, and the first line of the docstring of each adapter.

    A broken adapter has what is wrong with it in place of the docstring.
    """
    rows = []
    for name, entry in ADAPTERS.entries().items():
        shape, summary = "", ""
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
    """Return the options an adapter was built with: its constructor keeps each as an attribute of the same name."""
    try:
        return {name: getattr(adapter, name) for name in inspect.signature(type(adapter)).parameters}
    except AttributeError as error:
        raise AdapterError(
            f"adapter {adapter.name!r} must keep each constructor option as an attribute of the same name: {error}."
        ) from None


def registered_modules() -> set[str]:
    """Return the top-level modules of installed adapters and linkers: only these may add layers to a model folder."""
    registries = (ADAPTERS, LINKERS)
    return {e.module.partition(".")[0] for r in registries for e in entry_points(group=r.group)} - {"bridgeae"}


def distribution(entry: EntryPoint) -> tuple[str, str]:
    """Return name and version of an entry point's distribution."""
    return (entry.dist.name, entry.dist.version) if entry.dist else ("an unknown distribution", "")
