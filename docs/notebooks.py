"""Notebooks made from the pages: python blocks become cells, commands become cells that start with an exclamation mark.

python docs/notebooks.py OUT    writes a notebook for each tutorial and each page of the start

The tests run the blocks of the pages, so what stands in the cells has run.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LINK = '<a class="notebook"'
PAGES = [
    path.relative_to(HERE).as_posix()
    for room in ("start", "tutorials")
    for path in sorted((HERE / room).glob("*.md"))
    if LINK in path.read_text(encoding="utf-8")
]
_BLOCK = re.compile(r"^(% not run: [^\n]+\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def notebook(page: str) -> dict[str, Any]:
    """Return a page as a notebook of format 4.5."""
    text = (HERE / page).read_text(encoding="utf-8")
    cells: list[dict[str, Any]] = []
    start = 0
    for block in _BLOCK.finditer(text):
        reason, kind, body = block.groups()
        _prose(cells, text[start : block.start()])
        start = block.end()
        if kind == "text" and not reason and cells and cells[-1]["cell_type"] == "code":
            cells[-1]["outputs"].append({"output_type": "stream", "name": "stdout", "text": body})
        elif kind == "python" and not reason:
            _code(cells, body)
        elif kind == "console" and not reason:
            commands = re.findall(r"^\$ (.*(?:\\\n.*)*)", body, re.MULTILINE)
            _code(cells, "\n".join(f"!{command}" for command in commands))
        else:
            _prose(cells, f"```{kind}\n{body}```")
    _prose(cells, text[start:])
    for k, cell in enumerate(cells):
        cell["id"] = f"cell-{k}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}


def _prose(cells: list[dict[str, Any]], text: str) -> None:
    """Add a cell of Markdown, without what only Sphinx understands."""
    text = re.sub(r"^(?:\{\{.*\}\}|% .*|</?audio.*>|<a class=\"notebook\".*)$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\{[\w:]+\}`([^`<]+?)(?: <[^`]*>)?`", lambda match: f"`{match[1].lstrip('~')}`", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    if text:
        cells.append({"cell_type": "markdown", "metadata": {}, "source": text})


def _code(cells: list[dict[str, Any]], source: str) -> None:
    cells.append(
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source.rstrip("\n")}
    )


def write_notebooks(out: Path) -> list[Path]:
    """Write all notebooks into a folder, and return them."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for page in PAGES:
        path = out / Path(page).with_suffix(".ipynb").name
        path.write_text(json.dumps(notebook(page), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("out", metavar="OUT", type=Path, help="folder for the notebooks")
    for path in write_notebooks(options.parse_args().out):
        print(path)
