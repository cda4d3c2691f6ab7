from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from bridgeae import registry
from bridgeae.errors import AdapterError


class Small:
    """A small adapter."""

    name = "small"

    def __init__(self, size: int = 3) -> None:
        self.size = size

    def read(self, path: str) -> None: ...

    def write(self, x: object, path: str) -> None: ...

    def networks(self, latent_shape: tuple) -> None: ...


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


def test_two_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("small", "a:A"), ("small", "b:B"))
    with pytest.raises(AdapterError, match="two adapters are called 'small': a:A and b:B"):
        registry.adapter_entries()


def test_an_adapter_must_keep_its_options() -> None:
    with pytest.raises(AdapterError, match="must keep each constructor option"):
        registry.adapter_options(Forgetful())
