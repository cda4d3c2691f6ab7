"""What contracts are built from: checks and how they run, and what must hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from bridgeae.domain import Domain
from bridgeae.errors import BridgeError, InputError

Arrays = Mapping[str, np.ndarray]
Check = Callable[[], None]


class ContractError(BridgeError, AssertionError):
    """Promises of `bridgeae.protocols` are broken; the message says which, and what was seen."""


def checks_of(contract: object, *, without: Collection[str] = ()) -> list[Check]:
    """Return the checks of a contract: its public methods, except those whose first word is in `without`."""
    names = [name for name in vars(type(contract)) if name[0] != "_" and name.partition("_")[0] not in without]
    return [getattr(contract, name) for name in names]


def run_checks(thing: object, checks: Sequence[Check]) -> None:
    """Run all checks. Raises one ContractError that lists every broken promise of `thing`."""
    broken: dict[str, list[str]] = {}  # the checks with one message share a line
    unexpected = []
    for check in checks:
        try:
            check()
        except Exception as error:
            expected = isinstance(error, ContractError)
            broken.setdefault(str(error) if expected else describe(error), []).append(check.__name__)
            unexpected += [] if expected else [error]
    if broken:
        lines = [f"{type(thing).__name__} breaks {sum(map(len, broken.values()))} of {len(checks)} promises:"]
        lines += [f"- {', '.join(names)}: {message}" for message, names in broken.items()]
        raise ContractError("\n".join(lines)) from (ExceptionGroup("in checks", unexpected) if unexpected else None)


def parametrize_with_checks(checks: Sequence[Check]) -> Any:
    """Return a pytest decorator that runs a test once for each check, which the test takes as `check` and calls.

    Example:
        >>> from bridgeae import Domain, GivenPairing
        >>> from bridgeae.testing import pairing_checks, parametrize_with_checks
        >>> side = Domain([[1.0], [2.0], [3.0]])
        >>> @parametrize_with_checks(pairing_checks(GivenPairing(), side, side))
        ... def test_my_pairing(check):
        ...     check()
    """
    import pytest

    return pytest.mark.parametrize("check", checks, ids=[check.__name__ for check in checks])


def promise(kept: bool | np.bool, otherwise: str) -> None:
    """Raise a ContractError that says `otherwise` unless the promise was kept."""
    if not kept:
        raise ContractError(otherwise)


@contextmanager
def must_raise(kind: type[BridgeError], what: str) -> Iterator[None]:
    """Expect an error of that kind from the block."""
    raised = "nothing"
    try:
        yield
    except ContractError:  # of what the block builds on
        raise
    except kind:
        return
    except Exception as error:
        raised = describe(error)
    raise ContractError(f"{what} must raise bridgeae.errors.{kind.__name__}, it raised {raised}")


@contextmanager
def global_generator_untouched(what: str) -> Iterator[None]:
    """Expect the block to leave numpy's global generator as it is."""
    before = str(np.random.get_state())  # noqa: NPY002
    yield
    untouched = str(np.random.get_state()) == before  # noqa: NPY002
    promise(untouched, f"{what} must not touch numpy's global generator.")


def must_map(name: str, function: Callable[[np.ndarray], Any], x: np.ndarray, shape: Any = None) -> None:
    """Expect float32 of that shape, or that of `x`: finite, the same every time, and without a change to `x`."""
    given, shape = x.copy(), x.shape if shape is None else shape
    with global_generator_untouched(f"`{name}`"):
        made = function(given)
    right = isinstance(made, np.ndarray) and made.shape == shape and made.dtype == np.float32
    promise(right, f"`{name}` must return {shape} float32, received {describe(made)}.")
    promise(np.isfinite(made).all(), f"`{name}` must return finite values.")
    promise(np.array_equal(given, x), f"`{name}` must leave its input as it was.")
    promise(np.array_equal(made, function(given)), f"`{name}`: equal input and generator must give equal answers.")


def must_refuse_early(what: str, check: Callable[[], Any], fit: Callable[[], Any]) -> None:
    """Expect `check` to raise InputError for data that `fit` cannot take."""
    try:
        check()
    except InputError:
        return
    try:
        fit()
    except Exception as error:
        raise ContractError(f"`check` must refuse {what}, since `fit` raised {describe(error)}") from error


def odd_labels(source: Domain, target: Domain) -> list[tuple[str, Domain, Domain]]:
    """Return pairs of sides that some pairings and linkers cannot take, each with a description."""
    bare, other = (replace(side, labels=None, groups=None) for side in (source, target))
    alien = replace(source, labels=np.full(len(source), "alien"))
    return [("samples without labels", bare, other), ("sides of other classes", alien, target)]


def must_agree(here: Arrays, there: Arrays, what: str) -> None:
    """Expect the same arrays, up to rounding."""
    differ = [name for name in here if not close(here[name], there[name])]
    promise(not differ, f"{what} must give the same {' and '.join(differ)} as before.")


def close(a: np.ndarray, b: np.ndarray) -> bool:
    """Return whether two arrays are the same, up to rounding of values of order one."""
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-4, atol=1e-4, equal_nan=True))


def describe(value: Any) -> str:
    """Return shape and dtype of an array, type and text of an error, the type of anything else."""
    if isinstance(value, np.ndarray):
        return f"{value.shape} {value.dtype}"
    return f"{type(value).__name__}: {value}" if isinstance(value, Exception) else type(value).__name__
