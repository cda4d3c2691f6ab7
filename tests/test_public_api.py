"""Every public name is documented: it stands on the API page, has a docstring, and its example runs."""

from __future__ import annotations

import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest

import bridgeae

API = (Path(__file__).resolve().parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
MODULES = (
    "bridgeae",
    "bridgeae.testing",
    "bridgeae_images",
    "bridgeae_tables",
    "bridgeae_copynumber",
    "bridgeae_copynumber.training",
)
PUBLIC = [(module, name) for module in MODULES for name in import_module(module).__all__]


@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_a_public_name_is_on_the_api_page(module: str, name: str) -> None:
    assert re.search(rf"^\.\. auto\w+:: {re.escape(module)}\.{name}$", API, re.MULTILINE), (
        f"docs/api.md has no entry for {module}.{name}"
    )


@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_a_public_name_is_there_and_says_what_it_is(module: str, name: str) -> None:
    assert len((getattr(import_module(module), name).__doc__ or "").split()) > 3
    assert name in dir(import_module(module))


@pytest.mark.docs
@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_its_example_runs(module: str, name: str) -> None:
    thing = getattr(import_module(module), name)
    if not callable(thing) or (isinstance(thing, type) and issubclass(thing, Exception)):
        return
    found = [test for test in doctest.DocTestFinder(recurse=False).find(thing, name) if test.examples]
    assert found, f"{module}.{name} has no example"
    home = vars(import_module(thing.__module__)) if thing.__module__ in import_module("sys").modules else {}
    for test in found:
        test.globs = dict(home)
        result = doctest.DocTestRunner(verbose=False).run(test)
        assert result.failed == 0


MOVED = {  # a name of each module of 0.1, and where it is now
    "bundle": ("read_bundle", "bridgeae.saving"),
    "confidence": ("Confidence", "bridgeae.evaluation"),
    "config": ("read_config", "bridgeae.runs"),
    "labels": ("fit_few_labels", "bridgeae.autoencoder.few_labels"),
    "metrics": ("wilson_interval", "bridgeae.evaluation"),
    "pictures": ("save_grid", "bridgeae.runs"),
    "run": ("run", "bridgeae.runs"),
}


@pytest.mark.parametrize("module", MOVED)
def test_a_module_that_moved_warns_and_forwards(module: str) -> None:
    name, home = MOVED[module]
    wanted = getattr(import_module(home), name)
    held: dict[str, object] = {}
    with pytest.warns(DeprecationWarning, match=rf"bridgeae\.{module} has moved to {re.escape(home)}"):
        exec(f"from bridgeae.{module} import {name}", held)
    assert held[name] is wanted
    with pytest.warns(DeprecationWarning, match=f"has moved to {re.escape(home)}"):
        assert getattr(getattr(bridgeae, module), name) is wanted


def test_a_name_that_never_was_is_no_module_that_moved() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'metric'"):
        _ = bridgeae.metric
    with pytest.raises(ImportError), pytest.warns(DeprecationWarning, match=r"bridgeae\.metrics has moved"):
        exec("from bridgeae.metrics import nothing")


def test_public_names_are_listed_once_and_in_order() -> None:
    assert sorted(set(bridgeae.__all__)) == bridgeae.__all__
    assert set(dir(bridgeae)) == {*bridgeae.__all__, "__version__"}
