"""CNVkit's own commands on the `.cns` files of `bridgeae-segment`; skipped where CNVkit is not installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from bridgeae_copynumber.cli import main

CNVKIT = shutil.which("cnvkit.py")
pytestmark = pytest.mark.skipif(CNVKIT is None, reason="CNVkit is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with S.cnr and its S.cns: 100 bins neutral, 50 gained, 100 neutral."""
    rng = np.random.default_rng(0)
    log2 = np.repeat([0, 0.8, 0], [100, 50, 100]) + rng.normal(0, 0.1, 250)
    rows = [f"chr1\t{k * 1000}\t{k * 1000 + 1000}\tG{k // 10}\t{v:.4f}\t30\t0.9\n" for k, v in enumerate(log2)]
    path = tmp_path_factory.mktemp("cnvkit")
    (path / "S.cnr").write_text("chromosome\tstart\tend\tgene\tlog2\tdepth\tweight\n" + "".join(rows))
    assert main([str(path / "S.cnr"), "--purity-ploidy", "1,2.2", "-o", str(path / "S.cns"), "-q"]) == 0
    return path


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        ("call S.cns --filter cn -o out", 4),
        ("call S.cns --filter ci -o out", 4),
        ("genemetrics S.cnr -s S.cns -o out", 6),
        ("export seg S.cns -o out", 4),
        ("export bed S.cns -o out", 1),
        ("export vcf S.cns -o out", None),
    ],
)
def test_commands_run(folder: Path, command: str, lines: int | None) -> None:
    subprocess.run([str(CNVKIT), *command.split()], cwd=folder, check=True, capture_output=True)
    text = (folder / "out").read_text()
    assert lines is None or len(text.splitlines()) == lines
