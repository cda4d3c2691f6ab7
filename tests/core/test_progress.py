from __future__ import annotations

import io
import json
import math
import time

import pytest

from bridgeae.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_one_line_with_an_estimate_and_an_end() -> None:
    terminal = Terminal()
    progress = Progress(terminal, delay=0)
    progress.within = "train source"
    progress.update("autoencoder", 0, 4)
    progress.update("autoencoder", 4, 4, loss=0.25)
    shown = terminal.getvalue()
    assert "left" in shown
    assert shown.endswith("loss 0.25\n") and shown.count("\n") == 1
    assert "train source: autoencoder" in shown


def test_no_line_is_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    terminal = Terminal()
    Progress(terminal, delay=0).update("a long name of a stage", 1, 4, loss=1.0, accuracy=2.0)
    assert len(terminal.getvalue().rpartition("\x1b[2K")[2]) < 40


def test_an_open_line_is_ended_once() -> None:
    terminal = Terminal()
    progress = Progress(terminal, delay=0)
    progress.update("linker", 1, 4)
    progress.close()
    progress.close()
    assert terminal.getvalue().count("\n") == 1


def test_a_step_that_has_nothing_to_report_shows_its_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgeae.progress._TICK", 0.001)
    terminal = Terminal()
    progress = Progress(terminal, delay=0)
    progress.within = "read"
    while " s\r" not in terminal.getvalue():
        time.sleep(0.001)
    progress.within = ""
    shown = terminal.getvalue()
    assert "read" in shown and "\n" not in shown
    assert shown.endswith("\r\x1b[2K")  # nothing of it stays
    time.sleep(0.02)
    assert terminal.getvalue() == shown


def test_a_step_within_another_keeps_the_name_of_the_larger_one() -> None:
    progress = Progress(Terminal())
    with progress.step("train source"):
        with progress.step("classifier"):
            assert progress.within == "train source"
        assert progress.within == "train source"
    assert progress.within == ""


def test_a_step_leaves_the_line_of_its_stage_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgeae.progress._TICK", 0.001)
    terminal = Terminal()
    progress = Progress(terminal, delay=0.0)
    progress.within = "train"
    progress.update("linker", 1, 4)
    shown = terminal.getvalue()
    time.sleep(0.02)
    progress.close()
    assert terminal.getvalue() == shown + "\n"


@pytest.mark.parametrize(("stream", "quiet"), [(io.StringIO(), None), (Terminal(), True)])
def test_pipes_and_quiet_see_nothing(stream: io.StringIO, quiet: bool | None) -> None:
    Progress(stream, quiet=quiet, delay=0).update("linker", 4, 4)
    assert stream.getvalue() == ""


def test_the_log_is_json_even_where_a_figure_is_not_finite() -> None:
    log = io.StringIO()
    progress = Progress(Terminal(), quiet=True, log=log)
    progress.update("linker", 1, 3, loss=math.nan)
    progress.update("linker", 2, 3, loss=1.0)  # within a second of the last one
    progress.update("linker", 3, 3, loss=0.5)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["stage"], line["done"], line["total"]) for line in lines] == [("linker", 1, 3), ("linker", 3, 3)]
    assert [line["figures"]["loss"] for line in lines] == [None, 0.5]
    assert all(line["time"] > 0 for line in lines)
