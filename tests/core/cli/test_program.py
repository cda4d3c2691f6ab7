from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import bridgeae
from bridgeae import cli
from bridgeae.cli import main
from small_run import RUN, FinishedRun


def test_an_error_shows_its_place_where_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "nowhere.yaml", "-v"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("Traceback") and error.endswith("bridgeae: there is no run file nowhere.yaml.\n")


def test_an_installed_distribution_may_add_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given: list[str] = []

    class Entry:
        def load(self) -> Any:
            return lambda arguments: given.extend(arguments) or 3

    monkeypatch.setattr("importlib.metadata.entry_points", lambda group, name: [Entry()] if name == "hear" else [])
    assert main(["hear", "--loud"]) == 3 and given == ["--loud"]
    with pytest.raises(SystemExit):
        main(["listen"])


def test_a_module_that_an_extra_brings_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def needs(module: str) -> Any:
        return lambda options: __import__(module)

    monkeypatch.setitem(sys.modules, "pyarrow", None)  # type: ignore[arg-type]
    monkeypatch.setattr(cli.commands, "adapters", needs("pyarrow.parquet"))
    assert main(["adapters"]) == 2
    assert "pip install 'bridgeae[parquet]'" in capsys.readouterr().err
    monkeypatch.setattr(cli.commands, "adapters", needs("nowhere"))
    with pytest.raises(ModuleNotFoundError):  # a defect, not the user's
        main(["adapters"])


def test_bridgeae_segment_is_the_segment_caller(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["segment", str(tmp_path / "nothing.tsv")]) == 2
    assert capsys.readouterr().err.startswith("bridgeae-segment: error:")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fit", "nowhere.yaml"], "there is no run file nowhere.yaml"),
        (["translate", "nowhere", "photos", "-o", "y.png"], "nowhere is no model folder"),
        (["evaluate", "nowhere", "photos"], "nowhere is no model folder"),
    ],
)
def test_a_missing_file_is_reported_in_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_a_model_without_adapters_reads_no_files(
    bridge: bridgeae.LinkedAutoencoder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bridge.save(tmp_path / "model")
    assert main(["translate", str(tmp_path / "model"), "photos"]) == 2
    assert "without an adapter on its source side, so it reads no files: pass `adapter`" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_reported_in_one_line(
    finished_run: FinishedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    run, log = str(finished_run.file), str(tmp_path / "no" / "log")
    for arguments, place in (
        (["new-adapter", "bells", "--out", str(tmp_path / "file")], "file/bridgeae-bells"),
        (["fit", run, "--out", str(tmp_path / "file"), "--overwrite"], "file"),
        (["fit", run, "--out", str(tmp_path / "out"), "--log-json", log], "no/log"),
        (["report", str(finished_run.out), "-o", str(tmp_path), "--overwrite"], ""),
    ):
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert (
            str(tmp_path / place) in error
            and re.search("cannot be (read or )?written: ", error)
            and error.count("\n") == 1
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("epochs: 2", "epoch: 2"), "source.fit: unknown key `epoch`. Did you mean `epochs`?"),
        (("classifier: first", "clasifier: first"), "source.autoencoder: unknown key `clasifier`"),
        (("adapter: images", "adapter: pictures"), "no adapter is called 'pictures'"),
        (("size: 16", "sise: 16"), "adapter 'images' has no option 'sise'"),
        (("size: 16", "size: big"), "adapter 'images': `size`: expected int, received 'big'"),
        (("epochs: 2", "epochs: two"), "source.fit: `epochs`: expected int or null, received 'two'"),
        (("epochs: 2", "epochs: 2, batch_size: 0"), "`source.fit: batch_size` must be at least 1"),
        (("epochs: 2", "epochs: 2, optimizer: sgdd"), "`source.fit: optimizer` must be one of .*, received 'sgdd'"),
        (("latent_shape: [8]", "latent_shape: [4, 4]"), "source cannot be built with `latent_shape` [4, 4]"),
        (("classifier: joint}", "classifier: first}\n  decoder: false"), "target: `decoder` must be true"),
        (("classifier: joint", "classifier: null"), "target.autoencoder: judging translations needs a `classifier`"),
        (("classifier: first", "classifier: null"), "source.autoencoder: `hold_out` needs a `classifier`"),
        (("n=90", "n=20"), "holds out 8 labelled samples, 10 are needed"),
        (("half=train&classes=0-2", "half=train&classes=0-3"), "classes [3] only in `source`"),
        (("hold_out: 0.3", "pairing: given"), "pairs by position need as many"),
        (("hold_out: 0.3", "hold_out: 0.3\npairing: given"), "`hold_out` would leave given pairs"),
        (("hold_out: 0.3", "hold_out: 0.3\nlinker: convolutional"), "needs sequence latents"),
        (("hold_out: 0.3", "hold_out: 0.3\nlinker: rigde"), "no linker is called 'rigde'.*Did you mean `ridge`?"),
        (("hold_out: 0.3", "hold_out: 0.3\npairing: clas"), "no pairing is called 'clas'.*Did you mean `class`?"),
        (('"missing.npz", "sklearn:digits?half=train&classes=0-2&n=90"', "missing.npz"), "as `data`. (--data DIR)"),
    ],
)
def test_a_bad_run_file_is_refused_before_training(
    change: tuple[str, str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert change[0] in RUN
    (tmp_path / "run.yaml").write_text(RUN.replace(*change, 1))
    assert main(["fit", str(tmp_path / "run.yaml"), "--out", str(tmp_path / "out"), "--smoke"]) == 2
    said = capsys.readouterr()
    assert all(part in said.err for part in message.split(".*")) and said.err.count("\n") == 1
    assert "CPU s" not in said.out.replace("read: ", "")  # no stage ended but, at most, reading
    assert not list((tmp_path / "out").glob(".stages/*"))


def test_adapters_are_listed_with_their_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapters"]) == 0
    assert "images           bridgeae" in capsys.readouterr().out


def test_help_and_import_load_no_backend() -> None:
    code = (
        "import sys, bridgeae, bridgeae.cli\n"
        "try: bridgeae.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert 'numpy' not in sys.modules, 'help needs no numpy'\n"
        "from bridgeae import BridgeError, Domain, FlowLinker, LinkedAutoencoder\n"
        "heavy = {'keras', 'tensorflow', 'pandas', 'matplotlib', 'scipy', 'sklearn', 'yaml', 'rich', 'jinja2'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert said.startswith("usage: bridgeae") and said.splitlines()[-1] == "[]"


def test_warnings_are_notes_and_their_handler_is_put_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def warn() -> list[tuple[str, str, str, str]]:
        warnings.warn("this is odd", stacklevel=2)
        return []

    monkeypatch.setattr("bridgeae.registry.adapter_table", warn)
    before, filters = warnings.showwarning, list(warnings.filters)
    warnings.simplefilter("always")
    try:
        assert main(["adapters"]) == 0
    finally:
        warnings.filters[:] = filters  # type: ignore[index]
    assert capsys.readouterr().err == "bridgeae: note: this is odd\n"
    assert warnings.showwarning is before


def test_a_command_that_fails_puts_the_handler_of_warnings_back() -> None:
    before = warnings.showwarning
    assert main(["fit", "nowhere.yaml"]) == 2
    assert warnings.showwarning is before


def test_messages_of_the_library_name_no_option_of_the_command_line() -> None:
    """The command line appends the option that helps: Python has none."""
    root = Path(bridgeae.__file__).parent
    library = [path for path in root.rglob("*.py") if path.parent.name not in ("scaffold", "cli")]
    assert len(library) > 50
    option = re.compile(r"(?<![\w-])--[a-z][a-z-]+(?!: )")  # but for the variables of a style sheet
    found = {f"{path.name}: {hit}" for path in library for hit in option.findall(path.read_text(encoding="utf-8"))}
    assert found == set()


def test_an_interruption_that_is_swallowed_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def swallow() -> None:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        time.sleep(20)
        pytest.fail("it went on")

    monkeypatch.setattr("bridgeae.registry.adapter_table", swallow)
    monkeypatch.setattr("bridgeae.cli.program._AGAIN", 0.05)
    assert main(["adapters"]) == 128 + signal.SIGTERM
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def test_an_alarm_in_use_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("bridgeae.registry.adapter_table", interrupted)
    before = signal.signal(signal.SIGALRM, theirs := lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 60)
    try:
        assert main(["adapters"]) == 128 + signal.SIGTERM
        assert signal.getsignal(signal.SIGALRM) is theirs and signal.getitimer(signal.ITIMER_REAL)[0] > 50
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    ("number", "usual", "said"),
    [
        (signal.SIGINT, signal.default_int_handler, "interrupted"),
        (signal.SIGTERM, signal.SIG_DFL, "ended by SIGTERM"),
    ],
)
def test_an_interruption_is_recognised_even_where_it_comes_out_as_another_error(
    number: int, usual: Any, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def swallow(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(number)
        except KeyboardInterrupt:
            raise TypeError("Exception encountered when calling Flatten.call()") from None

    monkeypatch.setattr("bridgeae.registry.adapter_table", swallow)
    before = signal.signal(number, usual)  # a shell's background jobs ignore Ctrl-C
    try:
        assert main(["adapters"]) == 128 + number
        assert signal.getsignal(number) is usual
    finally:
        signal.signal(number, before)
    assert capsys.readouterr().err == f"bridgeae: {said}\n"


def test_an_error_of_the_programs_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridgeae.registry.adapter_table", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["adapters"])
