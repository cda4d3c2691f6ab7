"""Adapters are found through the entry-point group `bridgeae.adapters`, the bundled ones like anybody else's."""

from __future__ import annotations

import inspect
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from bridgeae.checks import wrong_types
from bridgeae.errors import AdapterError
from bridgeae.protocols import Adapter

GROUP = "bridgeae.adapters"


def adapter_entries() -> dict[str, EntryPoint]:
    """Return the entry point of every installed adapter by name, nothing imported yet; of several, the first."""
    return {name: entries[0] for name, entries in _offered().items()}


def create_adapter(name: str, **options: Any) -> Adapter:
    """Build the adapter of that name with its constructor's options.

    Raises:
        AdapterError: no such adapter, or two; it cannot be imported, or it does not take these options.
    """
    entries = adapter_entries()
    if name not in entries:
        raise AdapterError(f"no adapter is called {name!r}. Installed: {', '.join(entries) or 'none'}.")
    kind = load_adapter(entries[name])
    allowed = inspect.signature(kind).parameters
    if unknown := [option for option in options if option not in allowed]:
        raise AdapterError(
            f"adapter {name!r} has no option {', '.join(map(repr, unknown))}. It takes: {', '.join(allowed)}."
        )
    if wrong := wrong_types(options, kind):
        raise AdapterError(f"adapter {name!r}: {wrong}.")
    try:
        adapter: Adapter = kind(**options)
    except TypeError as error:
        given = ", ".join(f"`{option}`: {value!r}" for option, value in options.items())
        raise AdapterError(f"adapter {name!r} cannot be built with {given or 'no options'}: {error}.") from error
    return adapter


def load_adapter(entry: EntryPoint) -> type[Adapter]:
    """Import an adapter's class; whatever goes wrong in it is reported under its name.

    Raises:
        AdapterError: it cannot be imported, lacks a method, or another distribution offers one of the same name.
    """
    if len(clash := _offered().get(entry.name, [])) > 1:
        values, origins = " and ".join(e.value for e in clash), " or ".join(_origin(e)[0] for e in clash)
        raise AdapterError(
            f"{len(clash)} adapters are called {entry.name!r}: {values}. Keep one of their distributions: {origins}."
        )
    try:
        kind = entry.load()
    except Exception as error:  # a stranger's module may raise anything
        raise AdapterError(
            f"adapter {entry.name!r} ({entry.value}) cannot be imported: {type(error).__name__}: {error}"
        ) from error
    if missing := [m for m in ("read", "write", "networks") if not callable(getattr(kind, m, None))]:
        raise AdapterError(f"adapter {entry.name!r} ({entry.value}) has no method {', '.join(missing)}.")
    return kind


def adapter_table() -> list[tuple[str, str, str, str]]:
    """List name, distribution with version, sample shape with its default options, and the first line of its docstring.

    A broken adapter is listed with what is wrong with it in place of the docstring.
    """
    rows = []
    for name, entry in adapter_entries().items():
        shape, summary = "", ""
        try:
            kind = load_adapter(entry)
            summary = (kind.__doc__ or "").strip().partition("\n")[0]
            shape = " x ".join(map(str, getattr(kind(), "sample_shape", ())))
        except AdapterError as error:
            summary = f"broken: {error}"
        except Exception:  # it has no defaults, or a stranger's constructor fails
            shape = ""
        rows.append((name, " ".join(_origin(entry)), shape or "depends", summary))
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
    """Return the top-level modules of all installed adapters: only these may add layers to a model folder."""
    return {entry.module.partition(".")[0] for entries in _offered().values() for entry in entries}


def _offered() -> dict[str, list[EntryPoint]]:
    """Return the entry points of every name, those that lead to the same place once."""
    found: dict[str, dict[str, EntryPoint]] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda e: (e.name, e.value)):
        found.setdefault(entry.name, {}).setdefault(entry.value, entry)
    return {name: list(entries.values()) for name, entries in found.items()}


def _origin(entry: EntryPoint) -> tuple[str, str]:
    """Name and version of an entry point's distribution."""
    return (entry.dist.name, entry.dist.version) if entry.dist else ("an unknown distribution", "")
