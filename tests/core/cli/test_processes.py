from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridgeae.cli import main, processes
from bridgeae.errors import BridgeError

RUN = """
source:
  adapter: images
  options: {size: 8, channels: 1, convolutions: 1}
  train: "sklearn:digits?half=train&classes=0-2&n=60"
  test: "sklearn:digits?half=test&classes=0-2&n=30"
  latent_shape: [4]
  autoencoder: {classifier: first}
  fit: {classifier_epochs: 2, epochs: 2, batch_size: 30}
target:
  adapter: images
  options: {size: 8, channels: 1}
  train: "sklearn:digits?half=train&classes=0-2&n=60&seed=1"
  test: "sklearn:digits?half=test&classes=0-2&n=30&seed=1"
  latent_shape: [4]
  autoencoder: {classifier: joint, variational: 0.1}
  fit: {epochs: 8, batch_size: 7}
linker: {kind: network, fit: {epochs: 1, steps: 4}}
"""
WAIT = 1200  # seconds for a run on a busy machine
# what a process of the command does, by its number
STAND_IN = "import os, sys, time; k = os.environ['KERAS_DISTRIBUTION_PROCESS_ID']; "


def together(body: str, monkeypatch: pytest.MonkeyPatch, count: int = 2) -> int:
    """Run `count` processes that carry out the body in place of the command."""
    monkeypatch.setattr(processes, "check_installed", lambda *names: None)
    monkeypatch.setattr(processes, "_MEMBER", STAND_IN + body)
    monkeypatch.setattr(processes, "_GRACE", 1.0)
    return processes.run_together("bridgeae fit 'my run.yaml' --processes 2", count)


def test_the_command_ends_with_its_first_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert together("k == '1' and time.sleep(600)", monkeypatch) == 0


def test_an_error_that_the_first_process_told_is_not_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert together("sys.exit(2)", monkeypatch) == 2


def test_a_killed_process_ends_the_others_and_says_how_to_continue(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "process 1 of 2 was ended by SIGKILL; the others were stopped.*\n  bridgeae fit 'my run.yaml' .* --resume$"
    with pytest.raises(BridgeError, match=told):
        together("k == '1' and os.kill(os.getpid(), 9); time.sleep(600)", monkeypatch)


def test_the_last_words_of_a_process_that_failed_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    body = "k == '1' and sys.exit('warning\\nbridgeae: the disk is full'); time.sleep(600)"
    with pytest.raises(BridgeError, match=r"process 1 of 3 failed: the disk is full; the others"):
        together(body, monkeypatch, count=3)


def test_processes_end_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    program = (
        "from bridgeae.cli import processes as p; p.check_installed = lambda *names: None; "
        "p._MEMBER = 'import os, threading, time; from bridgeae.cli import processes as p; print(os.getpid(), flush=1);"
        "threading.Thread(target=p._end_with_parent, daemon=True).start(); time.sleep(600)'; "
        "p.run_together('bridgeae fit', 1)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    parent.kill()
    wait_for(lambda: not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text())
    parent.stdout.close()
    parent.wait()


def test_jax_is_asked_for_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run.yaml").write_text(RUN)
    monkeypatch.setattr("bridgeae.checks.arguments.find_spec", lambda name: None)
    assert main(["fit", str(tmp_path / "run.yaml"), "--out", str(tmp_path / "out"), "--processes", "2"]) == 2
    assert "pip install 'bridgeae[jax]'" in capsys.readouterr().err and not (tmp_path / "out").exists()


@pytest.mark.nightly
@pytest.mark.skipif(find_spec("jax") is None, reason="needs JAX")
def test_two_processes_train_what_one_does_and_survive_a_kill(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(RUN)
    assert start(tmp_path, "one", "--processes", "1").wait(WAIT) == 0
    two = start(tmp_path, "two", "--processes", "2")
    wait_for(lambda: list(tmp_path.glob("two/.stages/training-target-*/*.npz")))
    os.kill(children(two.pid)[1], signal.SIGKILL)
    assert two.wait(60) == 2
    assert two.stderr and "process 1 of 2 was ended by SIGKILL" in two.stderr.read()
    assert start(tmp_path, "two", "--processes", "2", "--resume").wait(WAIT) == 0
    (one, curves), (other, same) = (made(tmp_path / name) for name in ("one", "two"))
    assert curves.keys() == same.keys() and len(curves) >= 5
    for name, curve in curves.items():
        assert same[name] == pytest.approx(curve, rel=1e-4), name
    assert other["source"]["classifier"] == one["source"]["classifier"]
    assert other["translation"]["accuracy"] == one["translation"]["accuracy"]
    assert not list((tmp_path / "two").glob(".*"))


def start(folder: Path, out: str, *more: str) -> subprocess.Popen[str]:
    environment = os.environ | {"BRIDGEAE_CHECKPOINT_SECONDS": "0.2"}
    command = [sys.executable, "-m", "bridgeae.cli", "fit", str(folder / "run.yaml"), "--out", str(folder / out)]
    return subprocess.Popen([*command, "--quiet", *more], stderr=subprocess.PIPE, text=True, env=environment)


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for(done: Callable[[], Any]) -> None:
    until = time.monotonic() + WAIT
    while not done():
        assert time.monotonic() < until
        time.sleep(0.1)


def made(out: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the figures of a run, and the curves of its trainings by their name."""
    content = json.loads((out / "model" / "manifest.json").read_text())["content"]
    curves = {
        f"{part} {stage} {name}": np.array(values)
        for part in ("source", "target")
        for stage, history in content[part]["history"].items()
        for name, values in history.items()
    }
    return json.loads((out / "results.json").read_text()), curves
