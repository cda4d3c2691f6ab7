from __future__ import annotations

import itertools
import re
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridgeae.cli import main
from bridgeae.errors import OutputExistsError
from bridgeae.report import write_report

from .sample_run import EVIL, MEASURED, RESULTS, RIGHT, read, write, write_model


def test_a_run_is_shown_whole(run: Path) -> None:
    page = read(run / "report.html")
    titles = re.findall(r"<h2>([^&]*?)</h2>", (run / "report.html").read_text())  # all but the evil one
    assert ", ".join(titles) == (
        "At a glance, What was bridged, Translations, Many translations of one sample, How good they are, "
        "Given pairs, When to trust an answer, Latent maps, The two sides, Pictures, More figures, Training, "
        "Time and memory, How it was made"
    )
    for figure in ("97.5 %", "39 of 40", "0.93", "good: up to 14.8", "1,500", "bridgeae fit", "1.1 h"):
        assert figure in page.words
    assert "0.432 0.400 to 0.500" in page.words
    assert len(page.images) == 3 * 40 + 3 * 9 + 4 * 5 + 3 + 3
    assert len([1 for tag, _ in page.tags if tag == "svg"]) == 3 + 1 + 2 + 2 * 2 + 2


def test_every_section_is_in_the_contents(run: Path) -> None:
    page = (run / "report.html").read_text()
    links = re.findall(r'<a href="#(part\d+)">(.*?)</a>', page)
    assert links == re.findall(r'<section id="(part\d+)">\s*<h2>(.*?)</h2>', page, re.DOTALL) and len(links) > 10


def test_the_verdict_stands_on_top_with_its_thresholds(tmp_path: Path) -> None:
    write(tmp_path / "results.json", {"translation": MEASURED | {"diversity": 0.05}})
    words = read(write_report(tmp_path)).words
    assert "At a glance Poor: diversity cannot be relied on. \u25cf good 39 of 40" in words
    assert "\u25cb poor 0.05, real samples 1 diversity good: 0.7 to 1.3" in words
    assert "draws varied answers" in words


def test_stand_in_data_is_said(run: Path) -> None:
    words = read(run / "report.html").words
    assert "the source uses b, because a was not there" in words and "the target uses" not in words


def test_answers_of_one_confidence_are_one_point(tmp_path: Path) -> None:
    write(tmp_path / "results.json", {"seed": 0})
    confidence = np.repeat([1.0, 0.5], [30, 10])
    np.savez(tmp_path / "report.npz", confidence=confidence, right=np.arange(40) < 34)
    words = read(write_report(tmp_path)).words
    assert "The 30 most confident answers have one confidence, 1.000: they are answered together." in words
    assert "answered right 95 % interval confidence from 100 % 85.0 % 34 of 40" in words
    assert "75.0 % 100 % 30 of 30" in words and "50.0 %" not in words


def test_the_script_is_the_only_one_that_may_run(run: Path) -> None:
    page = (run / "report.html").read_text(encoding="utf-8")
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page


def test_fixed_answers_and_draws_are_told_apart(run: Path) -> None:
    page = read(run / "report.html")
    assert "39 of 40, 97.5% [87.1%, 99.6%] fixed answers of the right class" in page.words
    assert "39 of 40, 80.0% [87.1%, 99.6%] draws of the right class, one of each sample" in page.words
    assert "0.50 among draws" in page.words
    assert "fixed answer one draw right class 97.5 %" in page.words
    alternatives = [image["alt"] for image in page.images]
    assert alternatives.count("its fixed answer") == 40 and alternatives.count("a draw") == 3 * 8
    assert "fixed answers (filled)" in page.words


def test_a_run_of_draws_alone_says_so(tmp_path: Path) -> None:
    write(tmp_path / "results.json", {"drawn_translation": MEASURED})
    words = read(write_report(tmp_path)).words
    assert "draws of the right class" in words and "fixed answers of" not in words


def test_the_page_says_who_judged(tmp_path: Path, run: Path) -> None:
    assert "the target's own classifier, which flatters" in read(run / "report.html").words
    judged = RESULTS | {"judge": {"classifier": RIGHT}, "data": {"judge": {"train": 60000, "test": 1}}}
    write(tmp_path / "results.json", judged)
    words = read(write_report(tmp_path)).words
    assert "a classifier trained apart on 60,000 samples; it is right on 97.5 % of its own" in words
    assert "flatters" not in words


def test_a_translation_of_another_class_stands_out(run: Path) -> None:
    page = (run / "report.html").read_text()
    assert page.count('<figure class="pair wrong"') == 1
    assert "0 judged other" in read(run / "report.html").words


def test_names_from_data_are_only_ever_text(run: Path) -> None:
    page, tags = (run / "report.html").read_text(encoding="utf-8"), read(run / "report.html")
    assert page.count("<script") == 1 and EVIL in tags.words  # as a reader sees it
    assert {tag for tag, _ in tags.tags}.isdisjoint({"iframe", "link", "object"})
    assert not [name for _, attributes in tags.tags for name in attributes if name.startswith("on")]


def test_no_text_of_results_is_lost(tmp_path: Path) -> None:
    count = itertools.count(100)

    def marked(value: Any) -> Any:
        if isinstance(value, dict):
            return {f"text{next(count)}" if key == EVIL else key: marked(item) for key, item in value.items()}
        if isinstance(value, list) and not (value and str(value[0]).startswith("|")):
            return [marked(item) for item in value]
        return f"text{next(count)}" if isinstance(value, str) else value

    shown = {key: value for key, value in RESULTS.items() if key not in ("pictures", "captions", "table")}
    write(tmp_path / "results.json", marked(shown))
    words = read(write_report(tmp_path)).words
    assert next(count) > 120
    assert not [k for k in range(100, next(count) - 1) if f"text{k}" not in words]


def test_nothing_comes_from_the_network(run: Path) -> None:
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-" in page
    assert not re.search(r"(src|href)=\"(?!data:|#)|url\((?!#|\$\{sheet)|@import|https?://", page)


def test_a_model_alone_is_shown_without_samples(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["report", str(write_model(tmp_path / "model"))]) == 0
    page = tmp_path / "model-report.html"
    assert str(page) in capsys.readouterr().out
    tags = read(page)
    assert f"after one epoch source: autoencoder {EVIL}loss 0.4" in tags.words
    assert "1,500" in tags.words and "RidgeLinker" not in tags.words and "ab" * 32 in tags.words
    assert "Training" in tags.words and "Translations" not in tags.words and not tags.images
    assert sorted(f.name for f in (tmp_path / "model").iterdir()) == ["manifest.json", "source-encoder.safetensors"]


def test_an_existing_page_elsewhere_is_kept(run: Path, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("old")
    with pytest.raises(OutputExistsError, match="already exists") as error:
        write_report(run, tmp_path / "page.html")
    assert "--" not in str(error.value)  # the library knows no flags
    assert (tmp_path / "page.html").read_text() == "old"
    assert write_report(run, tmp_path / "page.html", overwrite=True).read_text() != "old"


def test_the_page_of_a_run_is_made_anew(run: Path) -> None:
    (run / "report.html").write_text("old")
    assert write_report(run).read_text() != "old"


def test_figures_that_could_not_be_told_are_left_blank(tmp_path: Path) -> None:
    unknown = {"diversity": None, "frechet": None, "frechet_floor": None}
    write(tmp_path / "results.json", {"translation": MEASURED, "drawn_translation": RIGHT | unknown})
    assert "real samples are 1 0.93 \N{EN DASH}" in read(write_report(tmp_path)).words


def test_many_classes_are_shown_by_their_mistakes(tmp_path: Path) -> None:
    counts = np.diag(np.full(30, 5))
    counts[3, 4], counts[7, 2] = 1, 2
    figures = MEASURED | {"classes": list(range(30)), "confusion": counts.tolist()}
    write(tmp_path / "results.json", {"translation": figures})
    assert "true judged how often 7 2 2 3 4 1 Confusion" in read(write_report(tmp_path)).words


def test_tables_of_a_script_are_shown(tmp_path: Path) -> None:
    rows = [{"name": "CBS", "f1": 0.743}, {"name": EVIL, "bins": 2268}, {"name": "none", "f1": None}]
    results = {
        "title": "Segments",
        "tables": {"Peers": rows},
        "table": ["| caller | f1 |", "|---|---|", "| ours | .9 |"],
    }
    write(tmp_path / "results.json", results | {"other": {"deep": [[1, 2], None]}})
    words = read(write_report(tmp_path)).words
    assert (
        f"Figures caller f1 ours .9 Peers name f1 bins CBS 0.743 {EVIL} 2,268 none \N{EN DASH} Other contents" in words
    )
    assert '{ "other": { "deep": [ [ 1, 2 ], null ] } }' in words


def test_samples_far_wider_than_high_stand_below_each_other(tmp_path: Path) -> None:
    write(tmp_path / "results.json", {"seed": 0})
    wide = np.zeros((2, 16, 128, 3), np.uint8)
    made = {"shown": wide[:, :, :16], "shown_made": wide, "source_samples": wide, "source_again": wide}
    made |= {"drawn": wide[:, :, :16], "drawn_made": np.stack([wide] * 2)}
    np.savez(tmp_path / "report.npz", **made)  # type: ignore[arg-type]
    page = write_report(tmp_path).read_text()
    assert '<div class="pairs broad">' in page and '<div class="columns broad">' in page
    assert '<div class="draws broad">' in page


def test_text_that_no_encoding_holds_is_written(tmp_path: Path) -> None:
    write(tmp_path / "results.json", {"title": "\ud800", "tables": {"\ud800": [{"a": "\x00"}]}})
    assert "<h1>?</h1>" in write_report(tmp_path).read_text(encoding="utf-8")


def test_a_packaged_model_is_reported_here_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = write_report("hand-signs")
    assert page == tmp_path / "hand-signs-report.html" and "Classes of the source: 0, 1, 2" in read(page).words
    assert "At a glance" not in read(page).words  # it would be empty


def test_importing_reports_needs_neither_jinja_nor_matplotlib() -> None:
    script = "import sys, bridgeae.report; print({'jinja2', 'matplotlib', 'keras'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
