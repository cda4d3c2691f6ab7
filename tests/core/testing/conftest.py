"""What the tests of the contracts share."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import other_process


@pytest.fixture(autouse=True)
def quick_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork what the kit starts; its examples, which tests/test_public_api.py runs, start a whole interpreter."""

    def new_process(*arguments: str) -> object:
        return other_process.run("bridgeae.testing.bridges:answer", *arguments)

    monkeypatch.setattr("bridgeae.testing.bridges._new_process", new_process)


@pytest.fixture(scope="session")
def broken():
    """Return the function that lists the promises that are broken, as name: message."""

    def run(checks: Sequence) -> dict[str, str]:
        found = {}
        for check in checks:
            try:
                check()
            except Exception as error:
                found[check.__name__] = f"{type(error).__name__}: {error}"
        return found

    return run
