from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridgeae.cli import main
from bridgeae.errors import InputError, OutputExistsError
from bridgeae.report import write_comparison

from .sample_run import EVIL, MEASURED, read, write, write_model


def runs(folder: Path) -> list[Path]:
    """Write two runs that differ in their linker, seed and answers."""
    rng = np.random.default_rng(0)
    made = []
    for name, linker, right in (("one", "ridge", 0.975), ("two", EVIL, 0.4)):
        figures = MEASURED | {"accuracy": right}
        data = {"source": {"train": 9, "test": 40, "from": {"test": "b"}}}
        results = {"seed": 3, "linker": linker, "translation": figures, "drawn_translation": MEASURED, "data": data}
        write(folder / name / "results.json", results)
        write(folder / name / "run.json", {"config": {"draws": 8, "linker": {"kind": linker}}})
        write_model(folder / name / "model")
        tiles = {key: rng.integers(0, 255, (12, 8, 8, 3), np.uint8) for key in ("shown", "shown_made")}
        truth = {key: np.full(12, value) for key, value in (("shown_truth", "a"), ("shown_called", "b"))}
        np.savez(folder / name / "report.npz", **tiles, **truth)  # type: ignore[arg-type]
        made.append(folder / name)
    return made


def test_runs_stand_side_by_side(tmp_path: Path) -> None:
    page = read(write_comparison(runs(tmp_path), tmp_path / "both.html"))
    assert (
        "one Good: every figure is as good as it should be. two Poor: right answers cannot be relied on." in page.words
    )
    assert f"linker.kind ridge {EVIL}" in page.words and "draws 8" not in page.words
    assert f" linker ridge {EVIL}" not in page.words  # as `linker.kind` says already
    assert "no fair comparison" not in page.words
    assert len(page.images) == 2 * 2 * 8
    assert len([1 for tag, _ in page.tags if tag == "svg"]) == 2 + 3  # shares, and losses of several epochs


def test_other_test_samples_are_no_fair_comparison(tmp_path: Path) -> None:
    one, two = runs(tmp_path)
    write(two / "results.json", {"translation": MEASURED, "data": {"source": {"train": 9, "test": 41}}})
    assert "Their figures are no fair comparison" in read(write_comparison([one, two], tmp_path / "x.html")).words


def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    one, two = runs(tmp_path)
    output = tmp_path / "x.html"
    with pytest.raises(InputError, match="at least two runs to compare, received 1"):
        write_comparison([one], output)
    with pytest.raises(InputError, match="received one of them twice"):
        write_comparison([one, one], output)
    with pytest.raises(InputError, match="model is a model without results"):
        write_comparison([one, two / "model"], output)
    output.touch()
    with pytest.raises(OutputExistsError):
        write_comparison([one, two], output)


def test_the_command_compares_several_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", *map(str, runs(tmp_path))]) == 0
    assert capsys.readouterr().out == "wrote comparison.html\n" and (tmp_path / "comparison.html").is_file()
