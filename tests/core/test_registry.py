from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint

import pytest

from bridgeae import checks, registry
from bridgeae.errors import AdapterError


class Small:
    """A small adapter."""

    name = "small"

    def __init__(self, size: int = 3) -> None:
        self.size = size

    def read(self, path: str) -> None: ...

    def write(self, x: object, path: str) -> None: ...

    def networks(self, latent_shape: tuple) -> None: ...


class Untyped(Small):
    def __init__(self, size=3) -> None:
        self.size = size + 1


class Forgetful(Small):
    def __init__(self, colour: str = "red") -> None:
        pass


def install(monkeypatch: pytest.MonkeyPatch, *entries: tuple[str, str]) -> None:
    made = [EntryPoint(name, value, registry.GROUP) for name, value in entries]
    monkeypatch.setattr(registry, "entry_points", lambda group: made)


def test_the_bundled_adapters_are_found() -> None:
    assert {"images", "copynumber"} <= set(registry.adapter_entries())


def test_an_adapter_is_built_with_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("small", f"{__name__}:Small"))
    adapter = registry.create_adapter("small", size=5)
    assert registry.adapter_options(adapter) == {"size": 5}


def test_an_unknown_adapter_is_refused_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("small", f"{__name__}:Small"))
    with pytest.raises(AdapterError, match=r"no adapter is called 'large'\. Installed: small"):
        registry.create_adapter("large")


def test_an_unknown_option_is_refused_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("small", f"{__name__}:Small"))
    with pytest.raises(AdapterError, match=r"adapter 'small' has no option 'width'\. It takes: size"):
        registry.create_adapter("small", width=3)


def test_a_broken_adapter_is_reported_by_name_and_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("broken", "no_such_module:Thing"), ("small", f"{__name__}:Small"))
    with pytest.raises(AdapterError, match=r"adapter 'broken' \(no_such_module:Thing\) cannot be imported"):
        registry.create_adapter("broken")
    assert registry.create_adapter("small").size == 3


def test_an_adapter_without_its_methods_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("empty", "builtins:dict"))
    with pytest.raises(AdapterError, match="has no method read, write, networks"):
        registry.create_adapter("empty")


def test_two_of_one_name_are_refused_only_when_that_name_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("twice", "b:B"), ("small", f"{__name__}:Small"), ("twice", "a:A"), ("twice", "a:A"))
    with pytest.raises(AdapterError, match=r"2 adapters are called 'twice': a:A and b:B\. Keep one"):
        registry.create_adapter("twice")
    assert registry.create_adapter("small").size == 3
    assert registry.registered_modules() == {"a", "b", __name__.partition(".")[0]}
    rows = {row[0]: row for row in registry.adapter_table()}
    assert rows["small"][3] == "A small adapter." and "broken: 2 adapters are called" in rows["twice"][3]


@pytest.mark.parametrize("size", ["big", 9.5, True, None, [3]])
def test_an_option_of_a_wrong_type_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, size: object) -> None:
    install(monkeypatch, ("small", f"{__name__}:Small"))
    with pytest.raises(AdapterError, match="adapter 'small': `size`: expected int, received"):
        registry.create_adapter("small", size=size)


def test_an_option_that_a_constructor_cannot_use_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("untyped", f"{__name__}:Untyped"))
    with pytest.raises(AdapterError, match="adapter 'untyped' cannot be built with `size`: 'big'"):
        registry.create_adapter("untyped", size="big")


def test_only_plain_types_are_checked() -> None:
    assert checks.is_of(3, float) and checks.is_of(3, float | None) and checks.is_of([1], Sequence[float])
    assert not checks.is_of("3", float | None) and not checks.is_of("f", Callable[[int], int] | None)
    assert checks.type_name(int | None) == "int or null"


def test_an_adapter_must_keep_its_options() -> None:
    with pytest.raises(AdapterError, match="must keep each constructor option"):
        registry.adapter_options(Forgetful())
