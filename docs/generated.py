"""Markdown for the reference pages, made from the parsers of the commands and from the classes of run files."""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields
from typing import Any

GIVEN_BY_THE_RUN = (
    "self source target domain pairing encoder decoder adapter augment refresh progress callbacks".split()
)


def parsers() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command by its name."""
    from bridgeae.cli.parser import build_parser
    from bridgeae_copynumber.cli.options import parser

    (commands,) = [action.choices for action in build_parser()._actions if isinstance(action.choices, dict)]
    return {**{f"bridgeae {name}": command for name, command in commands.items()}, "bridgeae-segment": parser()}


def command(parser: argparse.ArgumentParser) -> str:
    """Return what a command does, how it is called, its options in groups, and its examples."""
    usage = re.sub(r"\[-h\] ?|usage: ", "", parser.format_usage()).strip()
    table = ["| argument | |", "|---|---|"]
    for group in parser._action_groups:
        rows = [row for action in group._group_actions for row in _option(action)]
        if rows and group.title not in ("positional arguments", "options"):
            table.append(f"| **{group.title}** | |")
        table += rows
    parts = [parser.description or "", f"```text\n{inspect.cleandoc(usage)}\n```", "\n".join(table)]
    examples = re.search(r"examples:\n(.*?)(?:\n\n|\n*\Z)", parser.epilog or "", re.DOTALL)
    if examples:
        lines = re.sub(r"(?<=\S) {2,}(?=\S)", "  # ", inspect.cleandoc(examples[1]))
        parts.append(f"```sh\n{lines}\n```")
    return "\n\n".join(parts)


def _option(action: argparse.Action) -> Iterator[str]:
    if action.dest == "help":
        return
    names = ", ".join(f"`{name}`" for name in action.option_strings)
    value = action.metavar or ("|".join(map(str, action.choices)) if action.choices else "")
    if isinstance(value, tuple):
        value = " ".join(value)
    if not names:
        names, value = f"`{value or action.dest}`", ""
    shown = f"{names} {value}".strip().replace("|", "\\|")
    yield f"| {shown} | {(action.help or '').replace('%%', '%').replace('|', chr(92) + '|')} |"


def config_keys(kind: type) -> str:
    """Return a table of the keys of a part of a run file, from the comments above its fields."""
    from sphinx.pycode import ModuleAnalyzer

    said = ModuleAnalyzer.for_module(kind.__module__).find_attr_docs()
    rows = []
    for item in fields(kind):  # type: ignore[arg-type]
        words = " ".join(line.strip() for line in said.get((kind.__name__, item.name), []) if line.strip())
        rows.append(f"| `{item.name}` | {_default(item)} | {_markdown(words)} |")
    return "\n".join(["| key | default | |", "|---|---|---|", *rows])


def _default(item: Field[Any]) -> str:
    if item.default is not MISSING:
        return f"`{_yaml(item.default)}`"
    return "needed" if item.default_factory is MISSING else "none"


def options_of(function: Callable[..., Any], described: Any = None) -> str:
    """Return a table of the keyword options of a function, from its docstring."""
    said = _arguments(inspect.getdoc(described or function) or "")
    rows = [
        f"| `{name}` | `{_yaml(parameter.default)}` | {_markdown(said.get(name, ''))} |"
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in GIVEN_BY_THE_RUN and parameter.default is not inspect.Parameter.empty
    ]
    return "\n".join(["| key | default | |", "|---|---|---|", *rows])


def _arguments(docstring: str) -> dict[str, str]:
    """Return the description of each argument of a Google docstring."""
    section = re.search(r"^Args:\n(.*?)(?=^\S|\Z)", docstring, re.MULTILINE | re.DOTALL)
    parts = re.split(r"^    (\w+): ", section[1], flags=re.MULTILINE) if section else [""]
    return {name: " ".join(words.split()) for name, words in zip(parts[1::2], parts[2::2], strict=True)}


def _yaml(value: Any) -> str:
    return {"None": "null", "True": "true", "False": "false", "()": "[]"}.get(str(value), str(value))


def _markdown(words: str) -> str:
    """Return a docstring's words as Markdown in a table."""
    plain = re.sub(r":\w+(?::\w+)?:`~?([^`]+)`", r"`\1`", words).replace("``", "`").replace("|", "\\|")
    return re.sub(r"\bNone\b(?!`)", "`null`", plain)  # as a run file writes it


def substitutions() -> dict[str, str]:
    """Return the substitutions of the reference pages."""
    from bridgeae import Autoencoder
    from bridgeae.runs import config

    parts = {
        name: config_keys(getattr(config, name))
        for name in ("RunConfig", "SideConfig", "LinkerConfig", "PairingConfig")
    }
    commands = {f"command_{re.sub(r'[ -]', '_', name)}": command(parser) for name, parser in parsers().items()}
    return {
        **{f"keys_{name}": table for name, table in parts.items()},
        **commands,
        "keys_autoencoder": options_of(Autoencoder.__init__, Autoencoder),
        "keys_fit": options_of(Autoencoder.fit),
    }
