from __future__ import annotations

import hashlib
import json
from importlib.metadata import EntryPoint
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from bridgeae import Domain, LinkedAutoencoder
from bridgeae.cli import main
from bridgeae.errors import BundleError, InputError, MissingFileError
from bridgeae.registry import PackagedModel, model_folder, model_table, packaged_model, registry
from bridgeae.saving import read_manifest

THEIRS = PackagedModel(Path())
Theirs = tuple[LinkedAutoencoder, PackagedModel]
CARD = "# Waves become tiles\n\nTrained on waves.\n"


@pytest.fixture(scope="module")
def saved(bridge: LinkedAutoencoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    bridge.save(folder := tmp_path_factory.mktemp("saved") / "waves")
    return folder


@pytest.fixture
def theirs(bridge: LinkedAutoencoder, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Theirs:
    """A bridge that a stranger's distribution brings as "waves", beside something that is no model as "wrong"."""
    copytree(saved, tmp_path / "waves")
    digest = hashlib.sha256((tmp_path / "waves" / "manifest.json").read_bytes()).hexdigest()
    (tmp_path / "waves.json").write_text(json.dumps({"sha256": digest}))
    (tmp_path / "waves.md").write_text(CARD)
    model = PackagedModel(tmp_path / "waves")
    monkeypatch.setattr(f"{__name__}.THEIRS", model)
    ours, values = registry.entry_points, {"waves": "THEIRS", "wrong": "CARD"}
    added = [EntryPoint(name, f"{__name__}:{value}", "bridgeae.models") for name, value in values.items()]
    monkeypatch.setattr(registry, "entry_points", lambda group: [*ours(group=group), *added[: 2 * ("models" in group)]])
    return bridge, model


def test_a_strangers_model_is_loaded_by_its_name(theirs: Theirs, waves: Domain) -> None:
    bridge, model = theirs
    loaded = LinkedAutoencoder.load("waves")
    np.testing.assert_allclose(loaded.translate(waves.x[:3]), bridge.translate(waves.x[:3]), atol=1e-5)
    assert read_manifest("waves") == read_manifest(model.path)


def test_a_folder_is_never_taken_for_a_name(theirs: Theirs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here" / "waves").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    assert model_folder("waves") == Path("waves")
    with pytest.raises(MissingFileError, match="waves is no model folder"):
        LinkedAutoencoder.load("waves")


def test_a_changed_model_is_refused(theirs: Theirs) -> None:
    manifest = theirs[1].path / "manifest.json"
    manifest.write_text(manifest.read_text() + " ")
    with pytest.raises(BundleError, match="its sha256 is not as packaged"):
        LinkedAutoencoder.load("waves")
    manifest.unlink()
    with pytest.raises(MissingFileError, match="is not there: install its distribution again"):
        LinkedAutoencoder.load("waves")


def test_what_is_no_bridge_is_refused_with_what_helps(theirs: Theirs) -> None:
    with pytest.raises(InputError, match="'wrong' is no `PackagedModel`, received str"):
        packaged_model("wrong")
    with pytest.raises(BundleError, match="another kind, no bridge: `bridgeae models segment-caller` shows its use"):
        LinkedAutoencoder.load("segment-caller")
    with pytest.raises(InputError, match=r"no model is called 'wave'.*Did you mean `waves`\?"):
        packaged_model("wave")


def test_models_are_listed_with_size_hash_and_title(theirs: Theirs, capsys: pytest.CaptureFixture[str]) -> None:
    rows = {name: row for name, *row in model_table()}
    assert {"segment-caller", "waves", "wrong"} <= set(rows)
    assert rows["waves"][1:] == [f"{theirs[1].size / 1e6:.1f} MB", theirs[1].sha256[:12], "Waves become tiles"]
    assert rows["wrong"][3].startswith("broken: model 'wrong' is no `PackagedModel`")
    assert main(["models"]) == 0
    assert "Waves become tiles" in capsys.readouterr().out
    assert main(["models", "waves"]) == 0
    assert capsys.readouterr().out == f"{CARD}\nsha256 {theirs[1].sha256}\n"


def test_the_segment_caller_is_as_it_was_packaged() -> None:
    model = packaged_model("segment-caller")
    assert model.checked() == model.path and 0 < model.size < 2e6
    assert "licence" in model.card.lower() and "## Limits" in model.card
