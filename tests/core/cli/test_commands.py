from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bridgeae.cli import main
from small_run import FinishedRun
from without_training import run as without_training


def test_a_run_and_its_model_have_a_report(
    finished_run: FinishedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(finished_run.out), "-o", str(tmp_path / "run.html")]) == 0
    assert "wrote" in capsys.readouterr().out
    assert main(["report", str(finished_run.out / "model"), "-o", str(tmp_path / "model.html"), "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    run, model = ((tmp_path / name).read_text(encoding="utf-8") for name in ("run.html", "model.html"))
    assert f"bridgeae fit {finished_run.file}" in run and run.count("<img") > 20
    assert "source encoder" in model and "<img" not in model
    assert main(["report", str(finished_run.out), "-o", str(tmp_path / "run.html")]) == 2
    error = capsys.readouterr().err
    assert "run.html already exists" in error and error.endswith("(--overwrite)\n")


def test_an_output_folder_that_holds_something_is_left_alone(
    finished_run: FinishedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (finished_run.out / "results.json").read_bytes()
    assert main(["fit", str(finished_run.file), "--out", str(finished_run.out), "--smoke"]) == 2
    error = capsys.readouterr().err
    assert "already exists" in error and "--overwrite" in error and error.count("\n") == 1
    assert (finished_run.out / "results.json").read_bytes() == before


def test_photos_are_translated_with_draws_and_confidence(
    finished_run: FinishedRun, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "x.npz"
    arguments = ["translate", str(finished_run.out / "model"), str(photos), "-o", str(output)]
    assert main([*arguments, "--draws", "2", "--seed", "7", "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    with np.load(output) as made:
        assert made["images"].shape == (3, 8, 8, 1) and made["draws"].shape == (3, 2, 8, 8, 1)
        assert made["confidence"].shape == (3,)
    assert main(arguments) == 2  # it exists now
    assert capsys.readouterr().err.endswith("(--overwrite)\n")
    assert main([*arguments[:3], "-o", str(tmp_path / "x.tif")]) == 2
    assert "x.tif would hold one sample, not 3: name a .png or .npz file" in capsys.readouterr().err


def test_without_a_name_a_translation_lies_here_under_its_own(
    finished_run: FinishedRun,
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["translate", str(finished_run.out / "model"), str(photos / "0" / "a.png"), "--plain"]
    assert main(arguments) == 0
    assert "to a.translated.png" in capsys.readouterr().out
    assert Image.open("a.translated.png").size == (8, 8)
    before = Path("a.translated.png").read_bytes()
    assert main(arguments[:-1]) == 2
    assert "a.translated.png already exists" in capsys.readouterr().err
    assert Path("a.translated.png").read_bytes() == before


def test_evaluate_prints_a_table_or_json(finished_run: FinishedRun, capsys: pytest.CaptureFixture[str]) -> None:
    data = "sklearn:digits?half=test&classes=0-2"
    arguments = ["evaluate", str(finished_run.out / "model"), data, "--target", data, "-q"]
    assert main(arguments) == 0
    table = capsys.readouterr().out
    assert re.match(r"right answers +\d+ of \d+, .*\n", table) and "judged by" in table and "\033" not in table
    assert main([*arguments, "--json"]) == 0
    assert {"accuracy", "frechet", "judged_by"} <= set(json.loads(capsys.readouterr().out))


def test_fit_ends_with_figures_and_a_report(finished_run: FinishedRun) -> None:
    assert re.search(r"^right answers +\d+ of 12, ", finished_run.printed, re.MULTILINE)
    assert finished_run.printed.rstrip().endswith("report.html in a browser to see pictures and figures.")
    assert (finished_run.out / "report.html").is_file()


def test_a_missing_input_is_found_before_a_model_is_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bridgeae.cli.commands._load", lambda *_: pytest.fail("loaded"))
    for arguments in (["translate", "m", "nothing.jpg"], ["evaluate", "m", "nothing.h5?n=3"]):
        assert main(arguments) == 2
        assert capsys.readouterr().err.startswith("bridgeae: there is no file nothing.")


def test_info_shows_versions_and_adapters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^bridgeae +\d", said, re.MULTILINE) and re.search(r"^images ", said, re.MULTILINE)


def test_an_occupied_output_is_refused_before_keras_is_looked_for(tmp_path: Path) -> None:
    side = "{adapter: tables, train: a.csv}"
    (tmp_path / "run.yaml").write_text(f"source: {side}\ntarget: {side}\n")
    script = "sys.stderr = sys.stdout\nfrom bridgeae.cli import main\nmain(sys.argv[1:])"
    said = without_training(script, "fit", str(tmp_path / "run.yaml"), "--out", str(tmp_path))
    assert said == f"bridgeae: {tmp_path} already exists. Choose another place, or allow it to be overwritten. " + (
        "(--resume or --overwrite)\n"
    )
