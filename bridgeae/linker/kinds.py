"""Linkers in model folders: saved and found again under the name of their entry point."""

from __future__ import annotations

from bridgeae.errors import BundleError, InputError
from bridgeae.protocols import Linker
from bridgeae.registry import LINKERS
from bridgeae.saving import State


def linker_state(linker: Linker) -> State:
    """Return the state of a fitted linker, with the name under which `linker_from_state` finds its class.

    Raises:
        InputError: it has no state, or no entry point leads to its class, so that it could not be loaded again.
    """
    kind = type(linker)
    for method in ("get_state", "from_state"):
        if not callable(getattr(linker, method, None)):
            raise InputError(f"a {kind.__name__} cannot be saved: it has no method `{method}`.")
    name = LINKERS.name_to_save(linker)
    state = linker.get_state()
    return State({"kind": name, **state.values}, state.networks, state.arrays)


def linker_from_state(state: State) -> Linker:
    """Build the linker of a state that `linker_state` returned.

    Raises:
        BundleError: its class is not installed.
    """
    kind = state.values["kind"]
    # bridgeae 0.1 saved the name of the class
    names = [name for name, entry in LINKERS.entries().items() if kind in (name, entry.attr)]
    if not names:
        raise BundleError(f"this model needs the linker {kind!r}, which is not installed.")
    linker: Linker = LINKERS.load(names[0]).from_state(state)
    return linker
