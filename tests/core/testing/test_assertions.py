"""How checks are collected, run and reported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bridgeae.testing import ContractError, parametrize_with_checks
from bridgeae.testing.assertions import checks_of, promise, run_checks


class Lamp:
    """What a lamp promises."""

    def shines(self) -> None:
        promise(True, "it must shine.")

    def burns_long(self) -> None:
        promise(False, "it must burn for a year.")

    def burns_safely(self) -> None:
        raise OSError("the fuse is gone")

    def flickers_never(self) -> None:
        promise(False, "it must burn for a year.")

    def _helper(self) -> None: ...


def test_checks_are_the_public_methods_in_order() -> None:
    names = [check.__name__ for check in checks_of(Lamp())]
    assert names == ["shines", "burns_long", "burns_safely", "flickers_never"]
    assert [check.__name__ for check in checks_of(Lamp(), without=["burns"])] == ["shines", "flickers_never"]


def test_all_broken_promises_are_listed_in_one_error() -> None:
    with pytest.raises(ContractError) as caught:
        run_checks(Lamp(), checks_of(Lamp()))
    assert str(caught.value).splitlines() == [
        "Lamp breaks 3 of 4 promises:",
        "- burns_long, flickers_never: it must burn for a year.",
        "- burns_safely: OSError: the fuse is gone",
    ]
    assert isinstance(caught.value.__cause__, ExceptionGroup)  # with the traceback of what was not expected
    run_checks(Lamp(), [Lamp().shines])


@parametrize_with_checks([Lamp().shines])
def test_a_check_is_a_test_of_its_own(check, request: pytest.FixtureRequest) -> None:
    check()
    assert request.node.name.endswith("[shines]")


def test_pytest_names_the_broken_promise(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "from bridgeae.testing import pairing_checks, parametrize_with_checks\n"
        "from bridgeae import Domain, GivenPairing\n"
        "class Broken(GivenPairing):\n"
        "    def fit(self, source, target):\n"
        "        super().fit(source, target)\n"
        "side = Domain([[1.0], [2.0], [3.0]])\n"
        "@parametrize_with_checks(pairing_checks(Broken(), side, side))\n"
        "def test_promise(check):\n"
        "    check()\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "test_it.py::test_promise[fit_returns_self]" in done.stdout
    assert "1 failed, 7 passed" in done.stdout
