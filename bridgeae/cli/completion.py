"""A script that completes commands and options in bash and zsh, made from the parser."""

from __future__ import annotations

import argparse
from importlib.metadata import entry_points

_SCRIPT = """\
# completion of bridgeae for bash and zsh
[ -n "$ZSH_VERSION" ] && autoload -U +X bashcompinit && bashcompinit
_bridgeae() {{
  local words
  case "${{COMP_WORDS[1]}}" in
{cases}
    *) words="" ;;
  esac
  [ "$COMP_CWORD" = 1 ] && words="{commands}"
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _bridgeae bridgeae"""


def completion_script(parser: argparse.ArgumentParser) -> str:
    """Return the script. Files are completed where no word fits."""
    (commands,) = [action.choices for action in parser._actions if isinstance(action.choices, dict)]
    cases = []
    for name, command in commands.items():
        options = sorted(option for option in command._option_string_actions if option.startswith("--"))
        cases.append(f'    {name}) words="{" ".join(options)}" ;;')
    added = [entry.name for entry in entry_points(group="bridgeae.commands")]
    return _SCRIPT.format(cases="\n".join(cases), commands=" ".join(sorted({*commands, *added, "--help", "--version"})))
