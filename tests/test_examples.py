"""Every example runs as its README says, on a few samples, and needs bridgeae alone."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import other_process
from bridgeae.cli import main

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def run(example: str, *arguments: str, anew: bool = False) -> str:
    """Run an example in a new process, or in a process that has imported TensorFlow already, and return its output."""
    command = [str(EXAMPLES / example / "run.py"), *arguments, "--smoke"]
    if anew:
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=300)
    else:
        done = other_process.run("other_process:script", *command)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.nightly
def test_hand_signs_become_digits_without_any_data_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))  # nothing downloaded before may help
    printed = run("mnist_signs", "--out", str(tmp_path / "out"), anew=True)
    assert "drawn:hands" in printed  # the set that replaces the photos
    assert any(line.startswith("wrote results.json, ") for line in printed.splitlines())
    assert all((tmp_path / "out" / name).exists() for name in ("model/manifest.json", "translations.png"))
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["smoke"] is True
    with np.load(tmp_path / "out" / "translations.npz") as made:
        assert len(made["images"]) == len(made["labels"]) == 120


def test_every_stage_has_its_study(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES / "mnist_signs"))
    studies = import_module("studies")
    functions = {stage: studies.study(stage) for stage in studies.STAGES}
    assert all(function.__name__ == stage for stage, function in functions.items())
    assert len(set(functions.values())) == len(functions)


def test_an_unknown_stage_is_a_usage_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES / "mnist_signs"))
    with pytest.raises(SystemExit):
        import_module("studies").main(["--out", "never", "--stages", "joint,jont"])
    assert "unknown stage jont: known are joint, " in capsys.readouterr().err
    assert not Path("never").exists()


@pytest.mark.nightly
def test_a_study_prints_its_table_and_its_cost(tmp_path: Path) -> None:
    printed = run("mnist_signs", "--stages", "sign_autoencoder", "--data", str(tmp_path), "--out", str(tmp_path))
    assert "sign_autoencoder: " in printed and "CPU s" in printed
    results = json.loads((tmp_path / "studies.json").read_text())
    assert len(results["sign_autoencoder"]["table"]) >= 2
    assert list(tmp_path.glob("*.png"))


@pytest.mark.nightly
def test_raw_bins_become_segments_and_a_report(tmp_path: Path) -> None:
    run("copy_number", "--out", str(tmp_path))
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["smoke"] is True and set(results["figures"]) == {"linked latents, frozen decoder", "shipped"}
    assert results["command"] == "python examples/copy_number/run.py --out DIR --smoke --seed 1"
    assert main(["report", str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_text()
    assert "<h2>Along the genome</h2>" in page and "<h2>The cohort</h2>" in page
    assert page.count("<img") == 4  # three genomes and the heat map


@pytest.mark.nightly
def test_spoken_digits_become_pictures_and_back_without_any_recording(tmp_path: Path) -> None:
    printed = run("spoken_digits", "--out", str(tmp_path))
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["smoke"] is True and printed.splitlines()[-1].startswith("wrote results.json, ")
    figures = results["figures"]
    assert figures["speech to digits, fixed"]["accuracy"] > 0.5  # of four words
    assert figures["digits to speech, fixed, heard by cepstra"]["accuracy"] > 0.5
    assert len(list((tmp_path / "spoken").glob("*.wav"))) == 20


def test_digits_in_made_voices_are_told_apart_by_their_nearest_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLES / "spoken_digits")
    made_words = import_module("voices").made_words
    x, labels = made_words(6, 40, 48, 8000, seed=0)
    assert x.shape == (60, 40, 48, 1) and x.dtype == np.float32 and 0 <= x.min() < x.max() == 1
    assert (x == made_words(6, 40, 48, 8000, seed=0)[0]).all() and np.unique(x, axis=0).shape == x.shape
    means = np.stack([x[labels == digit].mean(0) for digit in range(10)])
    other, _ = made_words(6, 40, 48, 8000, seed=1)
    nearest = ((other[:, None] - means) ** 2).sum((2, 3, 4)).argmin(1)
    assert (nearest == labels).mean() > 0.6  # by chance .1


NAMES = "ABCDEFGHIJ"


@pytest.mark.nightly
def test_a_caller_is_trained_on_your_own_profiles(tmp_path: Path) -> None:
    profiles, segments = tmp_path / "bins.tsv", tmp_path / "calls.seg"
    rng, at = np.random.default_rng(0), np.arange(200) * 10_000
    level = np.where(np.arange(200) < 90, 0.0, 0.7)
    lines, calls = ["chrom\tstart\tend\t" + "\t".join(NAMES)], ["ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean"]
    for start, values in zip(at, level[:, None] + rng.normal(0, 0.1, (200, len(NAMES))), strict=True):
        lines.append("\t".join(["chr1", str(start), str(start + 10_000), *(f"{v:.4f}" for v in values)]))
    for name in NAMES:
        calls += [f"{name}\tchr1\t1\t900000\t90\t0.0", f"{name}\tchr1\t900001\t2000000\t110\t0.7"]
    profiles.write_text("\n".join(lines) + "\n")
    segments.write_text("\n".join(calls) + "\n")
    run("copy_number", "--out", str(tmp_path / "out"), "--raw", str(profiles), "--segments", str(segments))
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["samples"] == len(NAMES) and results["held_out"] == 5
    agreement = results["agreement_with_the_given_segments"]
    assert agreement["shipped"]["f1"] == 1 and set(agreement) == {"own", "shipped"}
    assert (tmp_path / "out" / "own_caller.onnx").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--segments", "calls.seg"], "--segments needs --raw"),
        (["--raw", "nothing.tsv"], "there is no file nothing.tsv"),
        (["--data", "nowhere"], "--data nowhere holds no folder raw/"),
    ],
)
def test_usage_errors_come_before_any_work(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    script = EXAMPLES / "copy_number" / "run.py"
    monkeypatch.syspath_prepend(str(script.parent))
    monkeypatch.setattr(sys, "argv", [str(script), "--out", str(tmp_path / "out"), *arguments])
    with pytest.raises(SystemExit, match="2"):
        runpy.run_path(str(script), run_name="__main__")
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_examples_reach_into_no_other_folder() -> None:
    for script in EXAMPLES.rglob("*.py"):
        assert "sys.path" not in script.read_text(encoding="utf-8"), script
