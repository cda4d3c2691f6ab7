"""Adapters are found through the entry-point group `bridgeae.adapters`, the bundled ones like anybody else's."""

from __future__ import annotations

import inspect
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from bridgeae.errors import AdapterError
from bridgeae.protocols import Adapter

GROUP = "bridgeae.adapters"


def adapter_entries() -> dict[str, EntryPoint]:
    """Return the entry point of every installed adapter by name, nothing imported yet.

    Raises:
        AdapterError: two distributions offer an adapter of one name.
    """
    found: dict[str, EntryPoint] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name):
        other = found.setdefault(entry.name, entry)
        if other.value != entry.value:
            raise AdapterError(
                f"two adapters are called {entry.name!r}: {other.value} and {entry.value}. Uninstall one of their "
                f"distributions: {_origin(other)[0]} or {_origin(entry)[0]}."
            )
    return found


def create_adapter(name: str, **options: Any) -> Adapter:
    """Build the adapter of that name with its constructor's options.

    Raises:
        AdapterError: no such adapter, it cannot be imported, or it does not take these options.
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
    adapter: Adapter = kind(**options)
    return adapter


def load_adapter(entry: EntryPoint) -> type[Adapter]:
    """Import an adapter's class; whatever goes wrong in it is reported under its name."""
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
    return {entry.module.partition(".")[0] for entry in adapter_entries().values()}


def _origin(entry: EntryPoint) -> tuple[str, str]:
    """Name and version of an entry point's distribution."""
    return (entry.dist.name, entry.dist.version) if entry.dist else ("an unknown distribution", "")
