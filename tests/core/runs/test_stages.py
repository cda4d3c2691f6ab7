from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridgeae import Autoencoder, Domain
from bridgeae.cli import main
from bridgeae.errors import InputError, OutputExistsError
from bridgeae.networks import dense_networks
from bridgeae.progress import Progress
from bridgeae.runs.config import SideConfig
from bridgeae.runs.stages import FOLDER, KeptTrainings, Stages, alone_in, refuse_occupied, side_key

SIDE = """
  adapter: images
  options: {{size: 8, channels: 1}}
  train: "sklearn:digits?half=train&classes=0-2&n=60"
  test: "sklearn:digits?half=test&classes=0-2&n=6"
  latent_shape: [4]
  autoencoder: {{classifier: {classifier}}}
  fit: {{epochs: {epochs}, learning_rate: 0.01}}
"""
# a shell's background jobs ignore Ctrl-C, and so would what is started from one
START = """
import signal, sys
from bridgeae.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(sys.argv[1:]))
"""
WAIT = 120  # seconds for a stage of the tiny run on a busy machine


@pytest.fixture(scope="module")
def run_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run") / "run.yaml"
    # the target, which comes last, is trained long enough to be interrupted
    text = f"source:{SIDE.format(classifier='first', epochs=1)}target:{SIDE.format(classifier='joint', epochs=20)}"
    path.write_text(f"{text}pairing: given\n")
    return path


@pytest.fixture(scope="module")
def interrupted(run_file: Path) -> tuple[Path, str]:
    """A run that was stopped by a real Ctrl-C as soon as its source was trained, and what it said."""
    out = run_file.parent / "stopped"
    command = [sys.executable, "-c", START, "fit", str(run_file), "--out", str(out), "--log-json", "-"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _wait_for(lambda: list(out.glob(f"{FOLDER}/source-*/manifest.json")), process)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=WAIT)[1]
    assert process.returncode == 130, said
    return out, said


@pytest.mark.slow
def test_an_interrupted_run_says_how_to_continue(interrupted: tuple[Path, str], run_file: Path) -> None:
    out, said = interrupted
    # last, so that Python printed no traceback; TensorFlow may print one of its own before, while it traces a step
    assert said.endswith(f"To continue:\n  bridgeae fit {run_file} --out {out} --log-json - --resume\n")
    assert not re.search(r'File "[^"]*/bridgeae/', said)  # no traceback of ours
    assert not (out / "results.json").exists()


@pytest.mark.slow
def test_the_log_on_stderr_is_json(interrupted: tuple[Path, str]) -> None:
    lines = [json.loads(line) for line in interrupted[1].splitlines() if line.startswith("{")]
    assert {"train source", "train source: classifier", "train source: autoencoder"} <= {x["stage"] for x in lines}
    assert "cpu_s" in next(line for line in lines if line["stage"] == "train source")["figures"]


@pytest.mark.slow
def test_an_interrupted_run_is_not_started_anew_by_accident(
    interrupted: tuple[Path, str], run_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", str(run_file), "--out", str(interrupted[0])]) == 2
    error = capsys.readouterr().err
    assert "holds an interrupted run" in error and error.endswith("(--resume or --overwrite)\n")


@pytest.mark.nightly
def test_a_resumed_run_equals_one_that_was_never_interrupted_and_overwrites_it(
    interrupted: tuple[Path, str], run_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = interrupted[0]
    for name in ("model", ".model-half.unfinished"):  # as if killed while it wrote a model, and once before that
        (out / name).mkdir()
        (out / name / "manifest.json").touch()
    (out / "translations.png").touch()
    assert main(["fit", str(run_file), "--out", str(out), "--resume"]) == 0
    said = capsys.readouterr().out
    assert "train source: taken from the interrupted run" in said
    assert "train target: taken from the interrupted run" not in said
    assert not (out / FOLDER).exists() and not (out / ".model-half.unfinished").exists()
    (resumed, images), model = _made(out), _bytes(out)
    assert resumed["linker"] == "auto"  # as in Python where pairs are given
    assert main(["fit", str(run_file), "--out", str(out), "--quiet"]) == 2
    assert "already exists" in capsys.readouterr().err
    for name in ("results.json", "translations.npz", "translations.png"):
        (out / name).write_text("of another run")
    assert main(["fit", str(run_file), "--out", str(out), "--overwrite", "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("R2 ")  # figures, and no line of a stage
    whole, again = _made(out)
    assert _close(resumed, whole) and np.array_equal(images, again)
    assert _bytes(out) == model
    killed = out.with_name("killed")  # in its last training, which is kept after every step
    command = [sys.executable, "-m", "bridgeae.cli", "fit", str(run_file), "--out", str(killed), "--quiet"]
    process = subprocess.Popen(command, env=os.environ | {"BRIDGEAE_CHECKPOINT_SECONDS": "0"})
    _wait_for(lambda: list(killed.glob(f"{FOLDER}/training-target-*/*.npz")), process)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert main(["fit", str(run_file), "--out", str(killed), "--resume", "--quiet"]) == 0
    assert _bytes(killed) == model
    assert (out / "translations.png").stat().st_size > 1000


def _bytes(out: Path) -> dict[str, bytes]:
    """Return the files of a run's model."""
    return {file.name: file.read_bytes() for file in (out / "model").iterdir()}


def _wait_for(there: Callable[[], Any], process: subprocess.Popen[Any]) -> None:
    """Wait until something is there, or a process has ended."""
    end = time.monotonic() + WAIT
    while not there() and process.poll() is None:
        assert time.monotonic() < end, "the run did not come so far in time"
        time.sleep(0.02)


def _made(out: Path) -> tuple[dict[str, Any], np.ndarray]:
    """Return the figures of a run, and its translations."""
    results = json.loads((out / "results.json").read_text())
    assert set(results["stages"]) >= {"train source", "train target"}
    with np.load(out / "translations.npz") as held:
        return {k: results[k] for k in ("linker", "source", "target", "translation")}, held["images"]


def _close(a: object, b: object) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_close(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_close, a, b))
    return a == (pytest.approx(b, rel=1e-4) if isinstance(b, float) else b)


def test_a_stage_is_timed_and_reported() -> None:
    said: list[str] = []
    log = StringIO()
    stages = Stages(said.append, Progress(quiet=True, log=log))
    with stages("read"):
        sum(range(10**6))
    stages.reuse("train source", {"cpu_s": 7.0})
    assert set(stages.times["read"]) == {"cpu_s", "wall_s", "peak_memory_gb"}
    assert said[0].startswith("read: ") and said[1] == "train source: taken from the interrupted run"
    assert json.loads(log.getvalue())["stage"] == "read"
    summary = stages.summary()
    assert list(summary["stages"]) == ["read", "train source"] and summary["peak_memory_gb"] > 0.01


def test_a_stage_that_fails_is_left_and_not_counted() -> None:
    log = StringIO()
    progress = Progress(quiet=True, log=log)
    stages = Stages(lambda line: None, progress)
    with pytest.raises(ZeroDivisionError), stages("read"):
        _ = 1 / 0
    assert stages.times == {}
    progress.update("later", 1, 1)
    assert json.loads(log.getvalue())["stage"] == "later"  # and not within "read"


def test_a_side_is_kept_whole_and_without_data(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(64, 10)).astype(np.float32)
    side = Autoencoder(*dense_networks((10,), (4,), units=(8,))).fit(Domain(x), epochs=1)
    kept = KeptTrainings(tmp_path, resume=True)
    assert kept.load("source", "a") is None
    kept.save("source", "a", side, {"cpu_s": 1.5})
    again, times = kept.load("source", "a") or pytest.fail("nothing was kept")
    assert times == {"cpu_s": 1.5}
    assert np.array_equal(again.encode(x), side.encode(x))
    assert kept.load("source", "b") is None
    endings = {f.suffix for f in (tmp_path / FOLDER).rglob("*") if f.is_file()}
    assert endings == {".json", ".onnx", ".safetensors"}
    (tmp_path / ".translations.png-a1.unfinished").mkdir()
    KeptTrainings(tmp_path, resume=False)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("held", "options", "message"),
    [
        ((), {}, ""),
        ((FOLDER, "model/manifest.json", "translations.png"), {"resume": True}, ""),
        ((FOLDER, "model/manifest.json", "translations.png"), {}, "holds an interrupted run. Resume it"),
        (("notes.txt",), {"resume": True}, "already exists"),
        (("notes.txt",), {"overwrite": True}, ""),
        (("model/mine.txt",), {"overwrite": True}, "model is not a model folder, so it is not overwritten"),
        (("model",), {"overwrite": True}, "model is not a model folder"),
    ],
)
def test_an_occupied_folder_is_refused_unless_its_contents_may_go(
    held: tuple[str, ...], options: dict[str, bool], message: str, tmp_path: Path
) -> None:
    for name in held:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(OutputExistsError, match=message) if message else nullcontext():
        refuse_occupied(tmp_path, **{"overwrite": False, "resume": False} | options)


def test_a_second_run_in_one_folder_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    with alone_in(tmp_path / "out"), pytest.raises(OutputExistsError, match="another run writes into"):
        alone_in(tmp_path / "out").__enter__()
    with alone_in(tmp_path / "out"):
        assert os.listdir(tmp_path / "out") == []


def test_a_folder_that_cannot_be_written_is_refused_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file/out cannot be written: Not a directory\. Name another folder"):
        alone_in(tmp_path / "file" / "out").__enter__()


def test_whatever_decides_what_a_side_learns_changes_its_key() -> None:
    side = SideConfig("images", ("a",), ("b",), fit={"epochs": 2})
    domain = Domain(np.zeros((4, 3)), labels=[0, 0, 1, 1])
    other = [
        (SideConfig("images", ("a",), ("b",), fit={"epochs": 3}), domain, {}),
        (side, Domain(np.ones((4, 3)), labels=[0, 0, 1, 1]), {}),
        (side, Domain(np.zeros((4, 3)), labels=[0, 1, 0, 1]), {}),
        (side, domain, {"seed": 1}),
        (side, domain, {"smoke": True}),
    ]
    plain = {"seed": 0, "smoke": False}
    keys = {side_key(s, d, **plain | change) for s, d, change in [(side, domain, {}), *other]}
    assert len(keys) == len(other) + 1
    assert side_key(side, domain, **plain) in keys
