from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bridgeae import GivenPairing, RidgeLinker
from bridgeae.errors import BridgeError
from bridgeae.runs.config import LinkerConfig, PairingConfig, RunConfig, SideConfig
from bridgeae.runs.options import check_optimizers, create_parts

EARLY = """
import sys
from bridgeae.cli import main

assert main(["fit", sys.argv[1], "--out", sys.argv[2]]) == 2
assert not {"keras", "tensorflow", "sklearn"} & set(sys.modules)
"""


def config(linker: LinkerConfig = LinkerConfig(), **side: dict) -> RunConfig:  # noqa: B008 - it is frozen
    sides = (SideConfig("images", ("a.npz",), ("b.npz",), **side) for _ in range(2))
    return RunConfig(*sides, linker=linker, pairing=PairingConfig("given"))


def test_linker_and_pairing_are_made_from_their_names() -> None:
    linker, pairing = create_parts(config(LinkerConfig("ridge")))
    assert isinstance(linker, RidgeLinker) and isinstance(pairing, GivenPairing)
    assert create_parts(config())[0] is None


@pytest.mark.parametrize(
    ("side", "message"),
    [
        ({"fit": {"epoch": 3}}, "source.fit.*Did you mean `epochs`"),
        ({"fit": {"epochs": 0}}, "source.fit: epochs"),
        ({"autoencoder": {"clasifier": "joint"}}, "source.autoencoder"),
        ({"fit": {"learning_rate": "fast"}}, "source.fit: "),
    ],
)
def test_wrong_options_are_refused(side: dict, message: str) -> None:
    with pytest.raises(BridgeError, match=message):
        create_parts(config(**side))


def test_an_unknown_optimizer_is_refused() -> None:
    check_optimizers(config(fit={"optimizer": "muon"}))
    with pytest.raises(BridgeError, match=r"source\.fit: optimizer"):
        check_optimizers(config(fit={"optimizer": "adamm"}))


def test_a_file_that_is_not_there_is_told_before_keras_is_imported(tmp_path: Path) -> None:
    run = tmp_path / "run.yaml"
    run.write_text("source: {adapter: tables, train: a.csv}\ntarget: {adapter: tables, train: b.csv}\n")
    said = subprocess.run(
        [sys.executable, "-c", EARLY, str(run), str(tmp_path / "out")], capture_output=True, text=True, check=True
    )
    assert "b.csv' is no file" in said.stderr
