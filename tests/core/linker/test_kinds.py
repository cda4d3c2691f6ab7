"""Linkers are open: nothing but their entry point decides whether they are saved, loaded and measured."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bridgeae
from bridgeae import Domain, GivenPairing, LinkedAutoencoder, RidgeLinker
from bridgeae.errors import BundleError, InputError
from bridgeae.linker import linker_from_state, linker_state
from bridgeae.saving import State

SIDE = Domain(np.random.default_rng(0).normal(size=(20, 3)))


class MeanLinker:
    """A linker of one's own, which no distribution installs."""

    def check(self, source: Domain, target: Domain) -> None: ...

    def fit(self, source: Domain, target: Domain, pairing: Any, **options: Any) -> MeanLinker:
        self.mean_ = target.x.mean(0)
        return self

    def predict(self, z: np.ndarray) -> np.ndarray:
        return np.tile(self.mean_, (len(z), 1))

    def get_state(self) -> State:
        return State(arrays={"mean": self.mean_})

    @classmethod
    def from_state(cls, state: State) -> MeanLinker:
        made = cls()
        made.mean_ = state.arrays["mean"]
        return made


def ridge() -> RidgeLinker:
    return RidgeLinker().fit(SIDE, SIDE, GivenPairing().fit(SIDE, SIDE), epochs=1)


def test_a_state_names_the_entry_point() -> None:
    state = linker_state(ridge())
    assert state.values["kind"] == "ridge"
    assert (linker_from_state(state).predict(SIDE.x) == ridge().predict(SIDE.x)).all()


@pytest.mark.parametrize("kind", ["ridge", "RidgeLinker"])
def test_kinds_named_by_their_class_load_too(kind: str) -> None:
    """As bridgeae 0.1 wrote them."""
    state = linker_state(ridge())
    old = State(state.values | {"kind": kind}, state.networks, state.arrays)
    assert isinstance(linker_from_state(old), RidgeLinker)


def test_a_linker_that_load_could_not_find_is_refused_by_save(
    bridge: LinkedAutoencoder, waves: Domain, tiles: Domain, tmp_path: Path
) -> None:
    own = LinkedAutoencoder(bridge.source, bridge.target, MeanLinker()).fit(waves, tiles)
    assert own.translate(waves.x[:2]).shape == (2, 6, 6, 1)
    with pytest.raises(InputError, match=r"MeanLinker cannot be saved.*entry point.* group bridgeae\.linkers"):
        own.save(tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_linker_without_a_state_is_refused_by_save() -> None:
    class Forgetful:
        """A linker that can be used but not saved."""

    with pytest.raises(InputError, match="a Forgetful cannot be saved: it has no method `get_state`"):
        linker_state(Forgetful())  # type: ignore[arg-type]


def test_a_model_whose_linker_is_not_installed_is_refused_by_its_name(
    bridge: LinkedAutoencoder, tmp_path: Path
) -> None:
    bridge.save(tmp_path / "model")
    manifest = tmp_path / "model" / "manifest.json"
    content = json.loads(manifest.read_text())
    content["content"]["linker"]["kind"] = "gaussian_process"
    manifest.write_text(json.dumps(content))
    with pytest.raises(BundleError, match="needs the linker 'gaussian_process', which is not installed"):
        LinkedAutoencoder.load(tmp_path / "model")


@pytest.mark.parametrize("kind", ["FlowLinker", "NetworkLinker", "RidgeLinker", "ChainLinker"])
def test_no_module_asks_for_a_linkers_class_but_its_own(kind: str) -> None:
    root = Path(bridgeae.__file__).parent
    asking = re.compile(rf"isinstance\([^)]*\b{kind}\b|type\([^)]*\) (is|==) {kind}")
    found = [path for path in root.rglob("*.py") if asking.search(path.read_text(encoding="utf-8"))]
    homes = {"FlowLinker": "flow", "NetworkLinker": "network", "RidgeLinker": "ridge", "ChainLinker": "chain"}
    assert {path.relative_to(root).as_posix() for path in found} <= {f"linker/{homes[kind]}.py"}
