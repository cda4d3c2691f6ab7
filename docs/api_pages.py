"""One page an object of the API: docs/api.md names them, this writes their pages and the tables that link them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
FOLDER = "api"
BLOCK = re.compile(r"```\{eval-rst\}\n(.*?)```", re.DOTALL)
DIRECTIVE = re.compile(r"^\.\. auto(\w+):: (\S+)\n((?:   :.*\n)*)", re.MULTILINE)


class Entry(NamedTuple):
    """An object with a page: its autodoc directive, its name with the module, and the options of the directive."""

    kind: str
    name: str
    options: str = ""

    @property
    def page(self) -> str:
        """Text of its page, in reStructuredText; in no list of contents, which would be part of every page."""
        title = self.name.rpartition(".")[2]
        head = f":orphan:\n\n{title}\n{'=' * len(title)}\n\n:doc:`All of the API </api>`\n\n"
        return f"{head}.. auto{self.kind}:: {self.name}\n{self.options}"

    @property
    def summary(self) -> str:
        """First sentence of its docstring, as Markdown in a table."""
        module, _, name = self.name.rpartition(".")
        words = _data(module).get(name) if self.kind == "data" else inspect.getdoc(_found(self.name))
        first = re.split(r"\n\s*\n|(?<!al\.)(?<=[.:;]) ", words or "")[0]
        return " ".join(first.split()).replace("``", "`").replace("|", "\\|").rstrip(".:;")


def entries(text: str) -> Iterator[Entry]:
    """Yield the objects that the directives of a text name, a module's members among them."""
    for kind, name, options in DIRECTIVE.findall(text):
        if kind != "module":
            yield Entry(kind, name, options)
        elif ":no-members:" not in options:
            left_out = re.findall(r":exclude-members: (.+)", options)
            yield from (entry for entry in _members(name) if entry.name.rpartition(".")[2] not in left_out)


def write_pages(folder: Path = HERE) -> None:
    """Write the page of each object that api.md names; one that is as it should be is not touched."""
    wanted = {f"{entry.name}.rst": entry.page for entry in entries((folder / "api.md").read_text(encoding="utf-8"))}
    (folder / FOLDER).mkdir(exist_ok=True)
    for old in (folder / FOLDER).glob("*.rst"):
        if old.name not in wanted:
            old.unlink()
    for name, page in wanted.items():
        path = folder / FOLDER / name
        if not path.is_file() or path.read_text(encoding="utf-8") != page:
            path.write_text(page, encoding="utf-8")


def linked(text: str) -> str:
    """Return api.md with a table of links in place of directives; what a module says of itself stays."""
    return BLOCK.sub(lambda block: _table(block[1]), text)


def _table(block: str) -> str:
    modules = [name for kind, name, _ in DIRECTIVE.findall(block) if kind == "module"]
    found = list(entries(block))
    parts = [f"```{{eval-rst}}\n.. automodule:: {name}\n   :no-members:\n```" for name in modules]
    if found:
        rows = [f"| {{py:obj}}`{entry.name}` | {entry.summary} |" for entry in found]
        parts.append("\n".join(["| | |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def _members(module: str) -> Iterator[Entry]:
    """Yield what autodoc shows of a module: documented classes, functions and constants, in the order of the source."""
    place = import_module(module)
    names = getattr(place, "__all__", None) or [name for name in vars(place) if not name.startswith("_")]
    for name in names:
        thing = getattr(place, name)
        if name in _data(module):
            yield Entry("data", f"{module}.{name}")
        elif (inspect.isclass(thing) or inspect.isfunction(thing)) and (
            thing.__module__ == module or hasattr(place, "__all__")
        ):
            yield Entry(_kind(thing), f"{module}.{name}")


def _kind(thing: Any) -> str:
    if not inspect.isclass(thing):
        return "function"
    return "exception" if issubclass(thing, BaseException) else "class"


def _data(module: str) -> dict[str, str]:
    """Return the constants of a module that have a docstring, with it."""
    from sphinx.errors import PycodeError
    from sphinx.pycode import ModuleAnalyzer

    try:
        said = ModuleAnalyzer.for_module(module).find_attr_docs()
    except PycodeError:
        return {}
    return {name: "\n".join(lines) for (owner, name), lines in said.items() if not owner}


def _found(name: str) -> Any:
    module, _, last = name.rpartition(".")
    return getattr(import_module(module), last)
