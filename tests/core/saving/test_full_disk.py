"""A disk that is really full: what was there stays whole, and the message names the file."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bridgeae import Domain, LinkedAutoencoder
from bridgeae.cli import main as bridgeae
from bridgeae.errors import InputError
from bridgeae_copynumber import Profile, write
from bridgeae_copynumber.cli import main as segment

pytestmark = pytest.mark.nightly


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB in memory, which only root can make."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("this user cannot mount a tmpfs")
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(disk: Path, leaving: int) -> None:
    """Fill a disk but for some bytes."""
    with open(disk / "filler", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - leaving)


def held(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != "filler"}


@pytest.mark.parametrize("leaving", [0, 4096, 65536, 200_000])
def test_a_model_is_replaced_whole_or_not_at_all(
    bridge: LinkedAutoencoder, waves: Domain, disk: Path, leaving: int
) -> None:
    bridge.save(disk / "model")
    before = held(disk)
    fill(disk, leaving)
    with pytest.raises(InputError, match="model"):
        bridge.save(disk / "model", overwrite=True)
    assert held(disk) == before
    assert np.isfinite(LinkedAutoencoder.load(disk / "model").translate(waves)).all()


def test_segments_and_translations_are_refused_in_one_line(
    bridge: LinkedAutoencoder, disk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    n = 20_000
    profile = Profile(
        "A", ["1"] * n, np.arange(n) * 10, np.arange(n) * 10 + 10, np.random.default_rng(0).normal(size=n)
    )
    write(profile, tmp_path / "a.tsv")
    (disk / "old.seg").write_text("old")
    fill(disk, 0)
    before = held(disk)
    assert segment([str(tmp_path / "a.tsv"), "-o", str(disk / "old.seg"), "--overwrite", "-q"]) == 2
    assert segment([str(tmp_path / "a.tsv"), "-o", str(disk / "new.tsv"), "-q"]) == 2
    bridge.save(tmp_path / "model")
    assert bridgeae(["convert", str(tmp_path / "model"), "-o", str(disk / "again")]) == 2
    assert held(disk) == before
    said = capsys.readouterr().err
    assert "old.seg" in said and "new.tsv" in said and "again" in said
    assert "Traceback" not in said and len(said.splitlines()) == 3
