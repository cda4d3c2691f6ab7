from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from bridgeae.cli import main
from bridgeae.cli.scaffold.new_adapter import new_adapter
from bridgeae.errors import InputError, OutputExistsError


def test_a_distribution_is_written_whole(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["new-adapter", "mass_spectra", "--out", str(tmp_path)]) == 0
    folder = tmp_path / "bridgeae-mass-spectra"
    said = capsys.readouterr().out
    assert str(folder) in said and 'pip install -e ".[test]" && python -m pytest' in said
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written == {
        "pyproject.toml",
        "README.md",
        "bridgeae_mass_spectra/__init__.py",
        "tests/samples.csv",
        "tests/test_mass_spectra.py",
    }
    project = tomllib.loads((folder / "pyproject.toml").read_text())
    entries = project["project"]["entry-points"]["bridgeae.adapters"]
    assert project["project"]["optional-dependencies"] == {
        "test": ["bridgeae[tensorflow]", "pytest"]  # what the line above installs: the tests build networks
    }
    assert entries == {"mass_spectra": "bridgeae_mass_spectra:MassSpectraAdapter"}
    assert "class MassSpectraAdapter" in (folder / "bridgeae_mass_spectra" / "__init__.py").read_text()
    assert not any("$" in path.read_text() for path in folder.rglob("*") if path.is_file())
    for path in folder.rglob("*.py"):
        ast.parse(path.read_text())


@pytest.mark.parametrize("name", ["", "x", "Sounds", "my-sounds", "2d", "class", "../etc", "sounds_", "tön"])
def test_a_name_that_is_no_module_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`NAME` must be lower case letters"):
        new_adapter(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_name_of_an_installed_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`NAME` 'images' is that of an installed adapter"):
        new_adapter("images", tmp_path)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    new_adapter("sounds", tmp_path)
    with pytest.raises(OutputExistsError, match="already exists"):
        new_adapter("sounds", tmp_path)
