from __future__ import annotations

import subprocess
import sys

import pytest

import bridgeae


@pytest.mark.parametrize(
    ("old", "name"),
    [
        ("bundle", "read_bundle"),
        ("confidence", "Confidence"),
        ("config", "read_config"),
        ("labels", "spread_labels"),
        ("metrics", "diversity"),
        ("run", "run"),
    ],
)
def test_a_module_that_moved_is_there_and_says_where(old: str, name: str) -> None:
    with pytest.warns(DeprecationWarning, match=rf"bridgeae\.{old} has moved to bridgeae\.\w+"):
        module = getattr(bridgeae, old)
    assert hasattr(module, name)


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
