"""One self-contained HTML page about a run or a model: no script, nothing from the network, everything escaped."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from html import escape
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any
from zipfile import BadZipFile

import numpy as np

from bridgeae.errors import FileFormatError, MissingFileError, OutputExistsError
from bridgeae.report.blocks import mapping, section, text
from bridgeae.report.pictures import Found
from bridgeae.report.sections import sections
from bridgeae.saving.bundle import read_manifest


def write_report(folder: str | Path, output: str | Path | None = None, *, overwrite: bool = False) -> Path:
    """Write a report about a run or a model.

    Args:
        folder: a folder that `bridgeae fit` wrote, any folder with a results.json and pictures, or a model folder.
        output: the HTML file; None is report.html in the folder of a run, or beside a model.
        overwrite: whether an existing file may be replaced.

    Returns:
        The path of the file.

    Raises:
        MissingFileError: `folder` holds neither results nor a model.
        FileFormatError: its results are damaged.
        OutputExistsError: the file is there and `overwrite` is False.
    """
    folder = Path(folder).resolve()
    is_run = (folder / "results.json").is_file()
    if output is None:
        output = folder / "report.html" if is_run else folder.with_name(f"{folder.name}-report.html")
    output = Path(output)
    if output.exists() and not overwrite:
        raise OutputExistsError(f"{output} already exists. Choose another name or pass --overwrite.")
    page = render(find(folder))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(page, encoding="utf-8")
    return output


def find(folder: Path) -> Found:
    """Collect what a folder holds for a report."""
    results = _json(folder / "results.json")
    manifests = [m for place in ("", "model/", "*/") for m in sorted(folder.glob(f"{place}manifest.json"))]
    if results is None and not (folder / "manifest.json").is_file():
        raise MissingFileError(
            f"{folder} is neither a run nor a model: it has no results.json and no manifest.json. Pass the folder "
            "that `bridgeae fit` wrote, or its model folder."
        )
    model = manifests[0].parent if manifests else None
    arrays: dict[str, np.ndarray] = {}
    if (folder / "report.npz").is_file():
        try:
            with np.load(folder / "report.npz") as held:  # allow_pickle is off: nothing in it can run
                arrays = dict(held)
        except (OSError, ValueError, EOFError, BadZipFile, zlib.error) as error:
            raise FileFormatError(f"{folder / 'report.npz'} is damaged: {error}. Run `bridgeae fit` again.") from None
    return Found(
        folder=folder,
        results=results or {},
        record=_json(folder / "run.json") or {},
        manifest=read_manifest(model) if model else {},
        model=model,
        arrays=arrays,
    )


def render(found: Found) -> str:
    """Return the page."""
    title, subtitle = _title(found)
    body = "".join(section(name, html, lead) for name, html, lead in sections(found))
    template = Template((files("bridgeae.report") / "template.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(title),
        subtitle=subtitle,
        notice=_notice(found),
        body=body,
        version=escape(version("bridgeae")),
    )


def _title(found: Found) -> tuple[str, str]:
    content = mapping(found.manifest.get("content"))
    names = [mapping(mapping(content.get(side)).get("adapter")) for side in ("source", "target")]
    title = found.results.get("title")
    if not isinstance(title, str):
        title = found.folder.name
    kind = "Run" if found.results else "Model"
    parts = [kind]
    if all(names):
        parts.append(" → ".join(text(name.get("name", "?")) for name in names))
    if isinstance(found.results.get("linker"), str):
        parts.append(f"{text(found.results['linker'])} linker")
    if "ended" in found.record:
        parts.append(text(found.record["ended"]))
    if "seed" in found.results:
        parts.append(f"seed {text(found.results['seed'])}")
    words = found.results.get("description")
    lead = f'<p class="lead">{text(words)}</p>' if isinstance(words, str) else ""
    return title, f'<p class="meta">{" · ".join(parts)}</p>{lead}'


def _notice(found: Found) -> str:
    if found.results.get("smoke") is not True:
        return ""
    return '<p class="notice">A smoke run: a few samples, one epoch. Every step works; the figures mean nothing.</p>'


def _json(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FileFormatError(f"{path} is damaged: {error}. Make the run again.") from None
    if not isinstance(content, Mapping):
        raise FileFormatError(f"{path} must hold keys and values, received {type(content).__name__}.")
    return dict(content)
