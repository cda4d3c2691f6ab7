"""The files of the page, which lie in the package: read once, found by their names alone."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class StaticFile:
    """The content of a file and its media type."""

    content: bytes
    kind: str


def static_files() -> dict[str, StaticFile]:
    """Return the files of the page by name."""
    found = {}
    for file in (files(__package__) / "static").iterdir():
        ending = "." + file.name.rpartition(".")[2]
        if ending in KINDS:
            found[file.name] = StaticFile(file.read_bytes(), KINDS[ending])
    return found
