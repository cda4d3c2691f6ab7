"""Hostile files are refused with an error of our own: nothing outside is read, nothing grows, no code runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridgeae.errors import BridgeError, ConfigError
from bridgeae.runs import read_config
from bridgeae.saving import read_bundle
from bridgeae.saving.inspecting import inspect_bundle
from bridgeae_copynumber import read
from bridgeae_images import ImageAdapter
from bridgeae_tables import TableAdapter
from hostile import bins, hdf5_files, models, pictures, run_files

pytestmark = pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
IMAGES = ImageAdapter(size=16)


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_a_hostile_picture_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BridgeError):
        IMAGES.read(pictures.PICTURES[name](tmp_path))
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("name", pictures.PATHS)
def test_a_path_that_asks_for_too_much_is_refused(name: str) -> None:
    with pytest.raises(BridgeError, match="`path`"):
        IMAGES.read(pictures.PATHS[name])


def test_a_sample_that_is_too_large_is_refused() -> None:
    with pytest.raises(BridgeError, match=r"samples of this `size`: .* exceeds the limit"):
        ImageAdapter(size=10**6).read("drawn:hands?n=1")


@pytest.mark.parametrize("name", hdf5_files.PUTS)
def test_a_hostile_hdf5_file_is_refused_by_every_reader(name: str, tmp_path: Path) -> None:
    with pytest.raises(BridgeError):
        IMAGES.read(hdf5_files.signs(name, tmp_path))
    (folder := tmp_path / "cells").mkdir()
    for reader in (read, TableAdapter().read):
        with pytest.raises(BridgeError):
            reader(hdf5_files.cells(name, folder))


def test_a_sparse_matrix_that_fills_the_memory_is_refused(tmp_path: Path) -> None:
    for reader in (read, TableAdapter().read):
        with pytest.raises(BridgeError, match=r"as a dense matrix|cannot be read"):
            reader(hdf5_files.sparse_bomb(tmp_path))


@pytest.mark.parametrize("name", bins.BINS)
def test_a_hostile_file_of_bins_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="`path`"):
        read(bins.BINS[name](tmp_path))


@pytest.mark.parametrize("name", run_files.RUN_FILES)
def test_a_hostile_run_file_is_refused(name: str, tmp_path: Path) -> None:
    (path := tmp_path / "run.yaml").write_text(run_files.RUN_FILES[name])
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    assert len(str(caught.value)) < 1000


def test_the_sound_file_that_they_are_made_of_is_read(tmp_path: Path) -> None:
    (path := tmp_path / "run.yaml").write_text(run_files.RUN)
    assert read_config(path).seed == 7


def test_a_long_line_of_a_table_is_refused(tmp_path: Path) -> None:
    (path := tmp_path / "a.csv").write_text("a,b\n" + "1" * (17 << 20) + ",2\n")
    with pytest.raises(BridgeError, match="line that is too long"):
        TableAdapter().read(path)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return models.sound(tmp_path_factory.mktemp("sound"))


@pytest.mark.parametrize("name", models.MODELS)
def test_a_hostile_model_is_refused(name: str, sound: Path, tmp_path: Path) -> None:
    with pytest.raises(BridgeError):
        models.load(models.broken(name, sound, tmp_path))
    assert not Path("canary").exists()


def test_a_sound_model_is_loaded_and_another_hash_is_not(sound: Path) -> None:
    models.load(sound)
    (line,) = (line for line in inspect_bundle(sound) if line.startswith("sha256"))
    read_bundle(sound, sha256=line.split()[1].strip(","))
    with pytest.raises(BridgeError, match="is another model than `sha256` names"):
        read_bundle(sound, sha256="0" * 64)
