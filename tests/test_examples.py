"""Every example runs as its README says, on a few samples."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np

import other_process
from bridgeae.cli import main

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


SCRIPT = "import runpy, sys; del sys.argv[0]; sys.path.insert(0, sys.argv.pop(0));"
SCRIPT += "runpy.run_path(sys.argv[0], run_name='__main__')"


def run(example: str, *arguments: str, anew: bool = False) -> str:
    """Run an example, in a process that starts anew or in one that has imported TensorFlow already."""
    command = [str(EXAMPLES / example / "run.py"), *arguments, "--smoke"]
    if anew:
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=300)
    else:
        done = other_process.run([sys.executable, "-c", SCRIPT, str(EXAMPLES / example), *command])
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_hand_signs_become_digits_without_any_data_file(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))  # nothing downloaded before may help
    said = run("mnist_signs", "--out", str(tmp_path / "out"), anew=True)
    assert "drawn:hands" in said  # it says what stands in for the photos
    assert said.splitlines()[-1].startswith("wrote results.json, ")  # it ends by naming its files
    assert all((tmp_path / "out" / name).exists() for name in ("model/manifest.json", "translations.png"))
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["smoke"] is True
    with np.load(tmp_path / "out" / "translations.npz") as made:
        assert len(made["images"]) == len(made["labels"]) == 120


def test_every_study_is_there(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES / "mnist_signs"))
    studies = import_module("studies")
    assert all(callable(studies._function(stage)) for stage in studies.STAGES)


def test_a_study_prints_its_table_and_its_cost(tmp_path: Path) -> None:
    said = run("mnist_signs", "--stages", "sign_autoencoder", "--data", str(tmp_path), "--out", str(tmp_path))
    assert "sign_autoencoder: " in said and "CPU s" in said
    results = json.loads((tmp_path / "studies.json").read_text())
    assert len(results["sign_autoencoder"]["table"]) >= 2
    assert list(tmp_path.glob("*.png"))


def test_raw_bins_become_segments_and_a_report(tmp_path: Path) -> None:
    run("copy_number", "--out", str(tmp_path))
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["smoke"] is True and set(results["figures"]) == {"linked latents, frozen decoder", "shipped"}
    assert main(["report", str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_text()
    assert "<h2>Along the genome</h2>" in page and "<h2>The cohort</h2>" in page
    assert page.count("<img") == 4  # three genomes and the heat map
