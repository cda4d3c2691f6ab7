"""A small distribution to start an adapter from: `bridgeae new-adapter NAME`."""

from __future__ import annotations

import keyword
import re
from importlib.resources import files
from pathlib import Path
from string import Template

from bridgeae.errors import InputError, OutputExistsError
from bridgeae.registry import ADAPTERS

_FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "bridgeae_{name}/__init__.py": "module.py",
    "tests/test_{name}.py": "test.py",
    "tests/samples.csv": "samples.csv",
}


def new_adapter(name: str, out: str | Path = ".") -> Path:
    """Write a distribution with an adapter, a README, and tests of all that an adapter promises.

    Args:
        name: of the adapter: lower case letters, digits and underscores.
        out: the folder that gets a folder ``bridgeae-NAME``.

    Returns:
        The new folder.

    Raises:
        InputError: `name` is no such name, or that of an installed adapter.
        OutputExistsError: the new folder is there already.

    Example:
        >>> import tempfile
        >>> from bridgeae.cli.scaffold.new_adapter import new_adapter
        >>> sorted(path.name for path in new_adapter("sounds", tempfile.mkdtemp()).iterdir())
        ['README.md', 'bridgeae_sounds', 'pyproject.toml', 'tests']
    """
    if not re.fullmatch("[a-z][a-z0-9_]*[a-z0-9]", name) or keyword.iskeyword(name):
        raise InputError(
            f"`NAME` must be lower case letters, digits and underscores, such as sounds, received {name!r}."
        )
    if name in ADAPTERS.entries():
        raise InputError(f"`NAME` {name!r} is that of an installed adapter. Choose another.")
    folder = Path(out) / f"bridgeae-{name.replace('_', '-')}"
    if folder.exists():
        raise OutputExistsError(f"{folder} already exists. Choose another name, or another folder.")
    words = {
        "name": name,
        "dashed": name.replace("_", "-"),
        "title": name.replace("_", " ").capitalize(),
        "kind": "".join(part.capitalize() for part in name.split("_")) + "Adapter",
    }
    for place, template in _FILES.items():
        path = folder / place.format(name=name)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (files("bridgeae.cli.scaffold") / "templates" / f"{template}.txt").read_text(encoding="utf-8")
        path.write_text(Template(text).substitute(words), encoding="utf-8")
    return folder
