"""Every example runs as its README says, on a few samples."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def run(example: str, *arguments: str) -> str:
    command = [sys.executable, str(EXAMPLES / example / "run.py"), *arguments, "--smoke"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_hand_signs_become_digits_without_any_data_file(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))  # nothing downloaded before may help
    said = run("mnist_signs", "--out", str(tmp_path / "out"))
    assert "drawn:hands" in said  # it says what stands in for the photos
    assert said.splitlines()[-1].startswith("wrote results.json, ")  # it ends by naming its files
    assert all((tmp_path / "out" / name).exists() for name in ("model/manifest.json", "translations.png"))
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["smoke"] is True
    with np.load(tmp_path / "out" / "translations.npz") as made:
        assert len(made["images"]) == len(made["labels"]) == 120
