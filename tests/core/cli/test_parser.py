from __future__ import annotations

import subprocess

import pytest

from bridgeae.cli import main
from bridgeae.cli.parser import build_parser


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["ft"], "Did you mean `fit`?"),
        (["fit", "run.yaml", "--overwite"], "Did you mean `--overwrite`?"),
        (["fit", "run.yaml", "--porr"], "--porr"),  # --port is an option of another command
    ],
)
def test_the_nearest_command_or_option_is_named(
    arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2 and capsys.readouterr().err.rstrip().endswith(hint)


def test_every_help_has_its_messages_and_fits_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    parser = build_parser()
    (commands,) = [action.choices for action in parser._actions if isinstance(action.choices, dict)]
    for command in (parser, *commands.values()):
        words = command.format_help()
        assert [line for line in words.splitlines() if len(line) > 80] == []
        assert "Documentation: " in words and "--version" in words
        assert command is parser or {"--quiet", "--verbose"} <= set(command._option_string_actions)
    assert "examples:" in parser.format_help()


def test_a_shell_completes_commands_and_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion"]) == 0
    ask = 'COMP_WORDS=(bridgeae {}); COMP_CWORD={}; _bridgeae; echo "${{COMPREPLY[@]}}"'
    script = capsys.readouterr().out
    for words, wanted in (
        ("tr", "translate"),
        ("seg", "segment"),
        ("fit --res", "--resume"),
        ("report --ov", "--overwrite"),
    ):
        asked = script + ask.format(words, len(words.split()))
        assert subprocess.run(["bash", "-c", asked], capture_output=True, text=True).stdout.split() == [wanted]


@pytest.mark.parametrize("command", [["fit", "run.yaml"], ["translate", "model", "x.png"]])
@pytest.mark.parametrize("seed", ["-1", "1.5", "many", str(2**32)])
def test_a_seed_is_a_whole_number(command: list[str], seed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([*command, f"--seed={seed}"])
    assert f"argument --seed: must be a whole number from 0 to 4294967295, received '{seed}'" in capsys.readouterr().err
