from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import bridgeae


@pytest.mark.parametrize(
    ("old", "name", "new"),
    [
        ("bundle", "read_bundle", "saving"),
        ("confidence", "Confidence", "evaluation"),
        ("config", "read_config", "runs"),
        ("labels", "spread_labels", "autoencoder.few_labels"),
        ("metrics", "confusion", "evaluation"),
        ("pictures", "save_grid", "runs"),
        ("run", "run", "runs"),
    ],
)
def test_a_module_that_moved_is_there_and_says_where(old: str, name: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=rf"bridgeae\.{old} has moved to bridgeae\.{new}\.$"):
        moved = getattr(import_module(f"bridgeae.{old}"), name)
    assert moved is getattr(import_module(f"bridgeae.{new}"), name)
    assert getattr(bridgeae, old) is import_module(f"bridgeae.{old}")


def test_a_module_that_moved_has_no_more_names_than_its_new_home() -> None:
    with pytest.warns(DeprecationWarning, match="has moved"), pytest.raises(AttributeError, match="no_such_name"):
        _ = import_module("bridgeae.metrics").no_such_name


def test_a_name_that_never_was_is_refused() -> None:
    with pytest.raises(AttributeError, match="module 'bridgeae' has no attribute 'Transformer'"):
        _ = bridgeae.Transformer


def test_importing_the_package_and_its_simple_nouns_loads_no_framework() -> None:
    code = (
        "import sys, bridgeae; bridgeae.Domain, bridgeae.ClassPairing, bridgeae.RidgeLinker, bridgeae.Progress; "
        "import bridgeae.registry, bridgeae.saving; "
        "print({'keras', 'tensorflow', 'jax', 'scipy', 'sklearn', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
