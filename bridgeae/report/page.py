"""One self-contained HTML page about a run, a model, or several runs: it opens offline, and all text is escaped."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from bridgeae.evaluation import headline, verdicts
from bridgeae.registry import MODELS, model_folder
from bridgeae.report import charts, parts, pictures
from bridgeae.report.contents import Cell
from bridgeae.report.reading import Found, find
from bridgeae.saving import refuse_existing, whole_file

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def write_report(folder: str | Path, output: str | Path | None = None, *, overwrite: bool = False) -> Path:
    """Write a report about a run or a model.

    Args:
        folder: a folder that `bridgeae fit` wrote, any folder with a results.json and pictures, a model folder, or the
            name of a packaged model.
        output: the HTML file; None is report.html in the folder of a run, beside a model, or here for a packaged one.
        overwrite: whether an existing file may be replaced. The report.html in the folder of a run always may: it is
            made of that folder alone.

    Returns:
        The path of the file.

    Raises:
        MissingFileError: `folder` holds neither results nor a model.
        FileFormatError: a file is damaged, or a key in it is not as `bridgeae.report.contents` declares it.
        OutputExistsError: the file is there and `overwrite` is False.
    """
    packaged = not Path(folder).exists() and str(folder) in MODELS.entries()
    beside = Path.cwd() / folder if packaged else Path(folder).resolve()
    folder = (model_folder(folder) if packaged else Path(folder)).resolve()
    is_run = (folder / "results.json").is_file()
    if output is None:
        overwrite = overwrite or is_run
        output = folder / "report.html" if is_run else beside.with_name(f"{beside.name}-report.html")
    output = Path(output)
    refuse_existing(output, overwrite=overwrite)
    page = render(find(folder))
    with whole_file(output) as new:
        new.write_text(page, encoding="utf-8", errors="replace")
    return output


def render(found: Found) -> str:
    """Return the page of a run or a model."""
    content = found.manifest.get("content", {})
    files = pictures.picture_files(found)
    page = templates().get_template("page.j2")
    with charts.style():
        return page.render(
            **vars(found),
            content=content,
            files=files,
            headline=headline(found.results),
            verdicts=verdicts(found.results),
            stand_ins=parts.stand_ins(found),
            others=pictures.other_pictures(found, files),
            networks=parts.networks(found),
            refusal=parts.refusal(found.arrays),
            values=parts.values(found.arrays),
            retrieval=parts.retrieval(found.results.get("pairs")),
            maps=parts.maps(found.arrays),
            sheets=parts.sheets(found.arrays),
            training=parts.training(content),
        )


@cache
def templates() -> Environment:
    """Return the templates of all pages, with their filters."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("bridgeae.report")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    made.trim_blocks = made.lstrip_blocks = True
    script = loader.get_source(made, "script.js")[0]
    digest = b64encode(sha256(script.encode()).digest()).decode()
    made.globals |= {"version": version("bridgeae"), "script": script, "script_digest": digest}
    made.filters |= {
        "json": lambda value: json.dumps(value, indent=1, ensure_ascii=False),
        "percent": lambda value: f"{100 * value:.1f}\N{NO-BREAK SPACE}%".replace("100.0", "100"),
        "columns": lambda rows: list(dict.fromkeys(name for row in rows for name in row)),
        "plain": _plain,
        "code": _code,
        "thousandths": lambda value: f"{value:z.3f}",
        "headings": _headings,
        "numbered": _numbered,
        "tile": pictures.tile,
        "embed": pictures.embed,
    }
    return made


def _numbered(html: Markup) -> Markup:
    """Give each section an id, by which the list of contents finds it."""
    count = iter(range(1, html.count("<section>") + 1))
    return type(html)(re.sub("<section>", lambda _: f'<section id="part{next(count)}">', html))


def _headings(html: Markup) -> list[Markup]:
    """Return the titles of the sections, escaped as they stand."""
    return [type(html)(title) for title in re.findall(r"<h2>(.*?)</h2>", html, re.DOTALL)]


def _code(text: str) -> Markup:
    """Return a sentence with what stands in backticks as code."""
    from markupsafe import Markup

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(Markup.escape(text))))


def _plain(value: Cell) -> str:
    """Return a plain value as a person writes it; text, and a ready part of the page, as it is."""
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else value
