from __future__ import annotations

import builtins

import pytest

from bridgeae import errors

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and kind is not errors.BridgeError]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_caught_as_a_bridge_error_and_as_its_builtin(kind: type[Exception]) -> None:
    builtin = next(base for base in kind.__mro__ if base.__module__ == "builtins")
    assert issubclass(kind, errors.BridgeError)
    assert builtin is not Exception and getattr(builtins, builtin.__name__) is builtin
