from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bridgeae.cli import main
from bridgeae.runs.translate import default_output

SIDE = """
  adapter: images
  options: {{size: 16, channels: 1}}
  train: ["missing.npz", "sklearn:digits?half=train&classes=0-2"]
  test: ["sklearn:digits?half=test&classes=0-2&n=24"]
  latent_shape: [8]
  autoencoder: {{classifier: {classifier}}}
  fit: {{epochs: 2, learning_rate: 0.01}}
"""
RUN = f"source:{SIDE.format(classifier='first')}target:{SIDE.format(classifier='joint')}linker: {{kind: ridge}}"
RUN += "\nhold_out: 0.3\n"


@pytest.fixture(scope="module")
def run_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run") / "run.yaml"
    path.write_text(RUN)
    return path


@pytest.fixture(scope="module")
def out(run_file: Path) -> Path:
    folder = run_file.parent / "out"
    assert main(["fit", str(run_file), "--out", str(folder), "--smoke"]) == 0
    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for name in ("0/a", "0/b", "1/c"):
        (folder / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((20, 30), 90, np.uint8)).save(folder / f"{name}.png")
    return folder


def test_a_run_writes_results_model_translations_and_pictures(out: Path) -> None:
    results = json.loads((out / "results.json").read_text())
    assert results["translation"]["n"] == 24
    assert results["data"]["source"]["from"]["train"].startswith("sklearn:digits")
    assert set(results["stages"]) >= {"read", "train source", "train target", "train linker"}
    assert results["peak_memory_gb"] > 0
    with np.load(out / "translations.npz") as made:
        assert made["images"].shape == (24, 16, 16, 1)
        assert made["labels"].shape == (24,)
    for name in ("translations", "reconstructions_source", "reconstructions_target", "augmented", "loss_curves"):
        assert Image.open(out / f"{name}.png").size[0] > 300
    assert (out / "model" / "manifest.json").is_file()


def test_a_run_and_its_model_have_a_report(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["report", str(out), "-o", str(tmp_path / "run.html")]) == 0
    assert "wrote" in capsys.readouterr().out
    assert main(["report", str(out / "model"), "-o", str(tmp_path / "model.html"), "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    run, model = ((tmp_path / name).read_text(encoding="utf-8") for name in ("run.html", "model.html"))
    for title in ("Translations", "Latent maps", "The two sides", "Training", "Time and memory", "A smoke run"):
        assert title in run
    assert f"bridgeae fit {out.parent}/run.yaml" in run
    assert "source encoder" in model and "<img" not in model
    assert main(["report", str(out), "-o", str(tmp_path / "run.html")]) == 2
    assert "already exists" in capsys.readouterr().err


def test_an_output_folder_that_holds_something_is_left_alone(
    run_file: Path, out: Path, capsys: pytest.CaptureFixture
) -> None:
    before = (out / "results.json").read_bytes()
    assert main(["fit", str(run_file), "--out", str(out), "--smoke"]) == 2
    assert "already holds something. Choose another folder or pass --overwrite" in capsys.readouterr().err
    assert (out / "results.json").read_bytes() == before


def test_one_photo_becomes_one_picture(out: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    made = tmp_path / "made.png"
    photo = str(photos / "0" / "a.png")
    assert main(["translate", str(out / "model"), photo, "-o", str(made), "--plain"]) == 0
    assert Image.open(made).size == (16, 16)
    assert "a.png: " in (said := capsys.readouterr().out) and "probability" in said
    assert main(["translate", str(out / "model"), photo, "-o", str(made), "--overwrite"]) == 0
    assert Image.open(made).size[0] > 1.5 * Image.open(made).size[1]  # the photo and its answer


def test_without_a_name_a_translation_lies_here_under_its_own(
    out: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["translate", str(out / "model"), str(photos / "0" / "a.png")]
    assert main(arguments) == 0
    assert "to a.translated.png" in capsys.readouterr().out
    assert main(arguments) == 2
    assert "a.translated.png already exists. Choose another name with -o" in capsys.readouterr().err
    assert main(["translate", str(out / "model"), f"{photos}/", "--quiet"]) == 0
    assert capsys.readouterr().out == ""
    assert {path.name for path in tmp_path.iterdir()} == {"a.translated.png", f"{photos.name}.translated.png"}


def test_what_cannot_be_drawn_gets_arrays() -> None:
    side = SimpleNamespace(adapter=None)
    bridge: Any = SimpleNamespace(source=side, target=side)
    assert default_output(bridge, "set.npz?half=test") == Path("set.translated.npz")


def test_draws_need_a_linker_that_samples(
    out: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["translate", str(out / "model"), str(photos), "-o", str(tmp_path / "x.npz"), "--draws", "2"]) == 2
    assert "`draws` needs a linker that samples, not RidgeLinker" in capsys.readouterr().err


def test_a_file_of_one_sample_does_not_get_several(
    out: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["translate", str(out / "model"), str(photos), "-o", str(tmp_path / "x.tif")]) == 2
    assert "x.tif holds one sample, not 3: name a .png or .npz file" in capsys.readouterr().err


def test_a_folder_becomes_a_contact_sheet_or_arrays(out: Path, photos: Path, tmp_path: Path) -> None:
    assert main(["translate", str(out / "model"), str(photos), "-o", str(tmp_path / "sheet.PNG")]) == 0
    assert Image.open(tmp_path / "sheet.PNG").size[0] > 300
    assert main(["translate", str(out / "model"), str(photos), "-o", str(tmp_path / "x.NPZ")]) == 0
    with np.load(tmp_path / "x.NPZ") as made:
        assert made["images"].shape == (3, 16, 16, 1)
        assert made["labels"].tolist() == [0, 0, 1]
        assert set(made["predicted"]) <= {0, 1, 2} and (made["probability"] > 1 / 3).all()
        assert ((made["confidence"] >= 0) & (made["confidence"] <= 1)).all()
        assert [Path(name).name for name in made["names"]] == ["a.png", "b.png", "c.png"]


def test_translate_leaves_an_existing_file_alone(out: Path, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.png").write_text("precious")
    assert main(["translate", str(out / "model"), str(photos), "-o", str(tmp_path / "mine.png")]) == 2
    assert (tmp_path / "mine.png").read_text() == "precious"


def test_evaluate_prints_json(out: Path, capsys: pytest.CaptureFixture) -> None:
    data = "sklearn:digits?half=test&classes=0-2"
    assert main(["evaluate", str(out / "model"), data, "--target", data, "--quiet"]) == 0
    assert {"accuracy", "frechet"} <= set(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fit", "nowhere.yaml"], "there is no run file nowhere.yaml"),
        (["translate", "nowhere", "x.png", "-o", "y.png"], "nowhere is no model folder"),
        (["evaluate", "nowhere", "x.png"], "nowhere is no model folder"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_a_place_that_cannot_be_written_is_said_in_one_line(
    run_file: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "file").touch()
    for arguments, place in (
        (["new-adapter", "bells", "--out", str(tmp_path / "file")], "file/bridgeae-bells"),
        (["fit", str(run_file), "--out", str(tmp_path / "file"), "--overwrite"], "file"),
        (["fit", str(run_file), "--out", str(tmp_path / "out"), "--log-json", str(tmp_path / "no" / "log")], "no/log"),
        (["report", str(out), "-o", str(tmp_path), "--overwrite"], ""),
    ):
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert str(tmp_path / place) in error and "cannot be read or written: " in error and error.count("\n") == 1


@pytest.mark.parametrize("command", [["fit", "run.yaml"], ["translate", "model", "x.png"]])
@pytest.mark.parametrize("seed", ["-1", "1.5", "many", str(2**32)])
def test_a_seed_is_a_whole_number(command: list[str], seed: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        main([*command, f"--seed={seed}"])
    assert f"argument --seed: must be a whole number from 0 to 4294967295, received '{seed}'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("epochs: 2", "epoch: 2"), "source.fit: unknown key `epoch`. Did you mean `epochs`?"),
        (("classifier: first", "clasifier: first"), "source.autoencoder: unknown key `clasifier`"),
        (
            ("kind: ridge", "kind: ridge, options: {alfa: 1}"),
            "unknown key `alfa`. Did you mean `alpha`?",
        ),
        (("kind: ridge", "kind: flow, fit: {heads: 1}"), "linker.fit: unknown key `heads`"),
        (("adapter: images", "adapter: pictures"), "no adapter is called 'pictures'"),
        (("size: 16", "sise: 16"), "adapter 'images' has no option 'sise'"),
        (("size: 16", "size: big"), "adapter 'images': `size`: expected int, received 'big'"),
        (("epochs: 2", "epochs: two"), "source.fit: `epochs`: expected int, received 'two'"),
        (("epochs: 2", "epochs: 2, batch_size: 0"), "`source.fit: batch_size` must be at least 1"),
        (
            ("epochs: 2", "epochs: 2, optimizer: sgd"),
            "`source.fit: optimizer` must be one of adamw, muon, received 'sgd'",
        ),
        (("latent_shape: [8]", "latent_shape: [4, 4]"), "source cannot be built with `latent_shape` [4, 4]"),
        (("classifier: joint", "classifier: joint, loss: mae"), 'target cannot be built with .*: `loss` must be "mse"'),
        (("classifier: joint", "classifier: last"), "target cannot be built with .*: `classifier` must be None"),
        (("classifier: joint}", "classifier: first}\n  decoder: false"), "target: `decoder` must be true"),
        (("classifier: joint", ""), "target.autoencoder: judging translations needs a `classifier`"),
        (("classifier: first", ""), "source.autoencoder: `hold_out` needs a `classifier`"),
        (("half=train&classes=0-2", "half=train&classes=0-2&n=20"), "keeps 8 labelled samples apart, 10 are needed"),
        (("half=train&classes=0-2", "half=train&classes=0-3"), "classes [3] only in `source`"),
        (("hold_out: 0.3", "hold_out: 0.3\npairing: given"), "pairs by position need as many"),
        (("kind: ridge", "kind: ridge, options: {alpha: -1}"), "`alpha` must not be negative"),
        (('"missing.npz", "sklearn:digits?half=train&classes=0-2"', "missing.npz"), "Pass --data DIR"),
    ],
)
def test_a_bad_run_file_is_refused_before_training(
    change: tuple[str, str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(RUN.replace(*change, 1))
    assert main(["fit", str(path), "--out", str(tmp_path / "out"), "--smoke"]) == 2
    said = capsys.readouterr()
    assert all(part in said.err for part in message.split(".*")) and said.err.count("\n") == 1
    assert "train source: " not in said.out.replace("source train: ", "")


def test_a_data_folder_must_hold_the_file(run_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    arguments = ["fit", str(run_file), "--out", str(tmp_path / "out"), "--data", str(tmp_path), "--smoke"]
    assert main(arguments) == 2
    assert "missing.npz" in capsys.readouterr().err


def test_adapters_are_listed_with_their_distribution(capsys: pytest.CaptureFixture) -> None:
    assert main(["adapters"]) == 0
    assert "images           bridgeae" in capsys.readouterr().out


def test_help_and_import_load_no_backend() -> None:
    code = (
        "import sys, bridgeae, bridgeae.cli\n"
        "try: bridgeae.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "from bridgeae import BridgeError, Domain, FlowLinker, LinkedAutoencoder\n"
        "heavy = {'keras', 'tensorflow', 'pandas', 'matplotlib', 'scipy', 'sklearn', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert said.startswith("usage: bridgeae") and said.splitlines()[-1] == "[]"


def test_an_interruption_is_recognised_even_where_it_comes_out_as_another_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def swallow(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise TypeError("Exception encountered when calling Flatten.call()") from None

    monkeypatch.setattr("bridgeae.registry.adapter_table", swallow)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore Ctrl-C
    try:
        assert main(["adapters"]) == 130
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().err == "bridgeae: interrupted\n"


def test_an_error_of_the_programs_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgeae.registry.adapter_table", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["adapters"])
