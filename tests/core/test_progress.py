from __future__ import annotations

import io
import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgeae import Progress


class Terminal(io.StringIO):
    """A terminal, and the seconds that pass on it."""

    seconds = 0.0

    def isatty(self) -> bool:
        return True

    def lines(self) -> list[str]:
        """Return the lines of progress as they were drawn last, without colours."""
        frame = self.getvalue().rpartition("\x1b[2K")[2]  # the last erasure of a line
        return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", frame).splitlines() if line.strip()]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    made = Terminal()
    monkeypatch.setattr("rich.console.monotonic", lambda: made.seconds)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "110")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return made


def run(progress: Progress, terminal: Terminal, stage: str, seconds: float, **figures: float) -> None:
    """Report a stage of four steps that takes so many seconds."""
    for done in range(5):
        progress.update(stage, done, 4, **figures)
        terminal.seconds += seconds / 4


def test_a_terminal_sees_stage_count_times_and_figures(terminal: Terminal) -> None:
    progress = Progress(terminal)
    run(progress, terminal, "autoencoder", 8.0, loss=0.25, accuracy=1 / 3)
    assert len(terminal.lines()) == 1
    assert re.match(r"autoencoder .* 4/4 0:00:08 0:00:00 loss 0\.25  accuracy 0\.3333$", terminal.lines()[0])


def test_a_stage_that_took_a_while_leaves_its_line_and_a_short_one_none(terminal: Terminal) -> None:
    progress = Progress(terminal)
    with progress.step("train"):
        run(progress, terminal, "classifier", 8.0)
        run(progress, terminal, "short", 0.5)
        run(progress, terminal, "decoder", 8.0)
    assert [line.split("  ")[0] for line in terminal.lines()] == ["train: classifier", "train: decoder"]


def test_a_step_without_a_report_is_seen_and_then_leaves_nothing(terminal: Terminal) -> None:
    progress = Progress(terminal)
    with progress.step("read"):
        terminal.seconds += 9
        assert "read" in terminal.getvalue()
    assert terminal.lines() == []


def test_an_open_line_is_taken_away_once(terminal: Terminal) -> None:
    progress = Progress(terminal)
    progress.update("linker", 1, 4)
    progress.close()
    written = terminal.getvalue()
    progress.close()
    assert terminal.getvalue() == written and terminal.lines() == []


def test_a_stage_that_starts_anew_gets_a_line_of_its_own(terminal: Terminal) -> None:
    progress = Progress(terminal)
    with progress.step("fit"):
        run(progress, terminal, "linker", 8.0)
        run(progress, terminal, "linker", 8.0)
    assert len(terminal.lines()) == 2


@pytest.mark.parametrize(("stream", "quiet"), [(io.StringIO(), None), (Terminal(), True)])
def test_pipes_and_quiet_see_nothing(stream: io.StringIO, quiet: bool | None) -> None:
    progress = Progress(stream, quiet=quiet)
    with progress.step("train"):
        progress.update("linker", 4, 4)
    progress.close()
    assert stream.getvalue() == ""


def logged(log: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


@given(st.lists(st.sampled_from("abc"), max_size=3), st.sampled_from("abc"))
def test_the_outermost_step_names_all_within_it(steps: list[str], stage: str) -> None:
    log = io.StringIO()
    progress = Progress(quiet=True, log=log)

    def within(names: list[str]) -> None:
        if not names:
            return progress.update(stage, 1, 1)
        with progress.step(names[0]):
            return within(names[1:])

    within(steps)
    progress.update(stage, 1, 1)
    inner = f"{steps[0]}: {stage}" if steps and steps[0] != stage else stage
    assert [line["stage"] for line in logged(log)] == [inner, stage]


def test_a_step_ends_where_its_block_fails() -> None:
    log = io.StringIO()
    progress = Progress(quiet=True, log=log)
    with pytest.raises(ZeroDivisionError), progress.step("train"):
        _ = 1 / 0
    progress.update("linker", 1, 1)
    assert logged(log)[0]["stage"] == "linker"


def test_the_log_has_one_line_a_second_and_stage_and_always_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 100.0
    monkeypatch.setattr("bridgeae.progress.time.monotonic", lambda: seconds)
    log = io.StringIO()
    progress = Progress(quiet=True, log=log)
    for stage in ("classifier", "decoder"):
        for done in range(1, 9):
            progress.update(stage, done, 8)
            seconds += 0.4
    want = [("classifier", 1), ("classifier", 4), ("classifier", 7), ("classifier", 8)]
    assert [(line["stage"], line["done"]) for line in logged(log)] == want + [("decoder", done) for _, done in want]
    assert all(line["total"] == 8 and line["time"] > 1e9 for line in logged(log))


def test_the_log_is_json_even_where_a_figure_is_not_finite() -> None:
    log = io.StringIO()
    progress = Progress(quiet=True, log=log)
    for value in (math.nan, math.inf, 1 / 3):
        progress.record("linker", 1, 3, loss=value)
    assert [line["figures"] for line in logged(log)] == [{"loss": None}, {"loss": None}, {"loss": 0.333333}]


def test_a_plan_shows_all_steps_together(terminal: Terminal) -> None:
    progress = Progress(terminal)
    progress.plan({"read": 1, "train": 8, "write": 1})
    progress.skip("read")
    with progress.step("train"):
        progress.update("decoder", 2, 4)
        progress.close()
        seen = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
        progress.update("decoder", 4, 4)
        assert progress._within == 0.5  # another stage may follow
        progress.update("head", 4, 4)
        assert progress._within == 0.75
    assert re.search(r"all steps +\S+ +2/3 .*about \d+ s left", seen)
    assert not any("all steps" in line for line in terminal.lines())


def test_eighty_columns_show_a_figure_whole(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    progress = Progress(terminal)
    progress.update("train source: classifier", 3, 68, accuracy=0.9876, loss=0.1234)
    assert terminal.lines()[0].endswith("accuracy 0.9876  loss 0.1234")


def test_without_rich_a_stage_leaves_a_plain_line(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgeae.progress.find_spec", lambda _: None)
    monkeypatch.setattr("bridgeae.progress._SHORT", 0)
    progress = Progress(terminal)
    progress.plan({"train": 1, "write": 1})
    with progress.step("train"):
        progress.update("decoder", 1, 2)
        progress.update("decoder", 2, 2, loss=0.5)
    assert terminal.getvalue() == "[1/2] train: decoder: 0 s  loss 0.5\n"
