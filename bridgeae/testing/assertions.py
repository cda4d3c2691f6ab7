"""What contracts are built from: checks and how they run, and what must hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np

from bridgeae.domain import Domain
from bridgeae.errors import BridgeError, InputError

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
        except ContractError as error:
            broken.setdefault(str(error), []).append(check.__name__)
        except Exception as error:
            broken.setdefault(describe(error), []).append(check.__name__)
            unexpected.append(error)
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


def must_be(what: str, made: Any, shape: tuple[int, ...], kind: str = "") -> None:
    """Expect an array of that shape, and of that dtype where one is named."""
    right = isinstance(made, np.ndarray) and made.shape == shape and kind in ("", made.dtype.name)
    promise(right, f"{what} {f'{shape} {kind}'.strip()}, received {describe(made)}.")


def must_map(name: str, function: Callable[[np.ndarray], Any], x: np.ndarray, shape: tuple[int, ...]) -> None:
    """Expect float32 of that shape: finite, the same every time, and without a change to `x`."""
    given = x.copy()
    with global_generator_untouched(f"`{name}`"):
        made = function(given)
    must_be(f"`{name}` must return", made, shape, "float32")
    promise(np.isfinite(made).all(), f"`{name}` must return finite values.")
    promise(np.array_equal(given, x), f"`{name}` must leave its input as it was.")
    promise(np.array_equal(made, function(given)), f"`{name}`: equal input and generator must give equal answers.")


def must_refuse_early(thing: Any, fit: Callable[..., Any], source: Domain, target: Domain, *more: Any) -> None:
    """Expect `check` to refuse odd labels, and `more` (words, source, target), where `fit` cannot take them."""
    bare = [replace(side, labels=None, groups=None) for side in (source, target)]
    alien = replace(source, labels=np.full(len(source), "alien"))
    for what, *sides in (("samples without labels", *bare), ("sides of other classes", alien, target), *more):
        copy = deepcopy(thing)
        with suppress(InputError):
            copy.check(*sides)
            try:
                fit(copy, *sides)
            except Exception as error:
                raise ContractError(f"`check` must refuse {what}, since `fit` raised {describe(error)}") from error


def must_agree(here: Mapping[str, np.ndarray], there: Mapping[str, np.ndarray], what: str) -> None:
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
