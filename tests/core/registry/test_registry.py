from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from typing import Any

import numpy as np
import pytest

from bridgeae import ClassPairing, NetworkLinker, RidgeLinker, TransportPairing
from bridgeae.errors import AdapterError, InputError
from bridgeae.registry import ADAPTERS, LINKERS, PAIRINGS, registry


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


class Foreign:
    """A stranger's linker and pairing in one."""

    check = fit = predict = sample = lambda self, *_: None


def install(monkeypatch: pytest.MonkeyPatch, *entries: tuple[str, str], group: str = ADAPTERS.group) -> None:
    made = [EntryPoint(name, value, group) for name, value in entries]
    monkeypatch.setattr(registry, "entry_points", lambda group: [e for e in made if e.group == group])


def test_what_is_bundled_is_found() -> None:
    assert {"images", "copynumber"} <= set(ADAPTERS.entries())
    assert {"chain", "flow", "network", "ridge"} <= set(LINKERS.entries())
    assert {"class", "given", "nearest", "one-sided", "transport", "unpaired"} <= set(PAIRINGS.entries())


@pytest.mark.parametrize("kinds", [ADAPTERS, LINKERS, PAIRINGS], ids=lambda kinds: kinds.noun)
def test_every_installed_class_is_known_by_the_name_it_loads_under(kinds: registry.Registry) -> None:
    for name in kinds.entries():
        assert kinds.name_of(kinds.load(name)) == name


def test_a_class_that_is_not_installed_has_no_name() -> None:
    assert LINKERS.name_of(Foreign) is None
    assert LINKERS.name_of(type("RidgeLinker", (), {})) is None


def test_a_class_whose_module_was_reloaded_keeps_its_name() -> None:
    before = type("RidgeLinker", (), {"__module__": RidgeLinker.__module__, "__qualname__": "RidgeLinker"})
    assert LINKERS.name_of(before) == "ridge"


def test_an_adapter_is_built_with_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("small", f"{__name__}:Small"))
    adapter = registry.create_adapter("small", size=5)
    assert registry.adapter_options(adapter) == {"size": 5}


@pytest.mark.parametrize(
    ("create", "name", "options", "attributes"),
    [
        (registry.create_linker, "ridge", {"alpha": 3}, {"alpha": 3}),
        (registry.create_linker, "convolutional", {}, {"network": "convolutional"}),
        (registry.create_linker, "dense", {}, {"network": "dense"}),
        (registry.create_pairing, "transport", {"rounds": 2}, {"rounds": 2}),
        (registry.create_pairing, "class-drop", {}, {"missing": "drop"}),
        (registry.create_pairing, "class", {}, {"missing": "error"}),
    ],
)
def test_linkers_and_pairings_are_built_by_name(create: Any, name: str, options: dict, attributes: dict) -> None:
    made = create(name, **options)
    kinds = {"ridge": RidgeLinker, "transport": TransportPairing, "class": ClassPairing, "class-drop": ClassPairing}
    assert type(made) is kinds.get(name, NetworkLinker)
    assert attributes.items() <= vars(made).items()


@pytest.mark.parametrize(
    ("create", "name", "options", "message"),
    [
        (registry.create_linker, "rigde", {}, r"no linker is called 'rigde'\. .*ridge.* Did you mean `ridge`\?"),
        (registry.create_linker, "ridge", {"beta": 1}, r"linker 'ridge' has no option 'beta'\. It takes: alpha\."),
        (registry.create_linker, "ridge", {"alpha": "1"}, "linker 'ridge': `alpha`: expected float, received '1'"),
        (registry.create_linker, "ridge", {"alpha": -1}, "`alpha` must not be negative"),
        (registry.create_pairing, "clas", {}, r"no pairing is called 'clas'.*Did you mean `class`\?"),
        (registry.create_pairing, "nearest", {}, "pairing 'nearest' cannot be built with no options: .*missing"),
    ],
)
def test_what_cannot_be_built_by_name_is_refused(create: Any, name: str, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        create(name, **options)


@pytest.mark.parametrize(("kinds", "create"), [(LINKERS, "create_linker"), (PAIRINGS, "create_pairing")])
def test_a_strangers_class_is_found_like_ours(
    monkeypatch: pytest.MonkeyPatch, kinds: registry.Registry, create: str
) -> None:
    install(monkeypatch, ("theirs", f"{__name__}:Foreign"), ("bad", "builtins:dict"), group=kinds.group)
    assert isinstance(getattr(registry, create)("theirs"), Foreign)
    with pytest.raises(InputError, match=rf"{kinds.noun} 'bad' \(builtins:dict\) has no method check, fit"):
        getattr(registry, create)("bad")


def test_an_unknown_adapter_is_refused_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("small", f"{__name__}:Small"))
    with pytest.raises(AdapterError, match=r"no adapter is called 'large'\. Installed: small"):
        registry.create_adapter("large")


def test_where_nothing_is_installed_the_message_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    with pytest.raises(
        AdapterError, match=r"no adapter is called 'images'\. Installed: none\. Install the package that brings it"
    ):
        registry.create_adapter("images")


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


def test_only_adapters_and_linkers_may_add_layers_to_a_model_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = {"adapter": ADAPTERS, "linker": LINKERS, "pairing": PAIRINGS}
    made = [EntryPoint("x", f"their_{noun}.inner:Thing", kinds.group) for noun, kinds in groups.items()]
    made.append(EntryPoint("ridge", "bridgeae.linker:RidgeLinker", LINKERS.group))
    monkeypatch.setattr(registry, "entry_points", lambda group: [e for e in made if e.group == group])
    assert registry.registered_modules() == {"their_adapter", "their_linker"}


@pytest.mark.parametrize("size", ["big", 9.5, True, None, [3]])
def test_an_option_of_a_wrong_type_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, size: object) -> None:
    install(monkeypatch, ("small", f"{__name__}:Small"))
    with pytest.raises(AdapterError, match="adapter 'small': `size`: expected int, received"):
        registry.create_adapter("small", size=size)


def test_an_option_that_a_constructor_cannot_use_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("untyped", f"{__name__}:Untyped"))
    with pytest.raises(AdapterError, match="adapter 'untyped' cannot be built with `size`: 'big'"):
        registry.create_adapter("untyped", size="big")


def test_an_adapter_must_keep_its_options() -> None:
    with pytest.raises(AdapterError, match="must keep each constructor option"):
        registry.adapter_options(Forgetful())


def test_the_options_of_an_adapter_are_plain() -> None:
    options = registry.adapter_options(Small(size=np.int64(5)))  # type: ignore[arg-type]
    assert json.dumps(options) == '{"size": 5}'
    with pytest.raises(AdapterError, match=r"adapter 'small': `size` must be numbers, text, .* received ndarray"):
        registry.adapter_options(Small(size=np.arange(3)))  # type: ignore[arg-type]
