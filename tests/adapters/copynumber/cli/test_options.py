from __future__ import annotations

from pathlib import Path

import pytest

from bridgeae_copynumber.cli import main


def test_the_nearest_option_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bins.tsv", "--penality", "3"])
    assert capsys.readouterr().err.rstrip().endswith("Did you mean `--penalty`?")


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["-V"])
    assert stopped.value.code == 0 and capsys.readouterr().out.startswith("bridgeae-segment ")


def test_an_error_shows_its_place_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nothing.tsv"), "--verbose"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("Traceback") and said.splitlines()[-1].startswith("bridgeae-segment: error: ")
