"""One self-contained HTML page about a run or a model: no script, nothing from the network, everything escaped."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import version
from math import isfinite, prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae.evaluation import COVERAGES, share
from bridgeae.report import charts, pictures
from bridgeae.report.contents import Cell, History, ReportArrays
from bridgeae.report.reading import Found, find
from bridgeae.saving import refuse_existing, whole_file

if TYPE_CHECKING:
    from jinja2 import Environment


def write_report(folder: str | Path, output: str | Path | None = None, *, overwrite: bool = False) -> Path:
    """Write a report about a run or a model.

    Args:
        folder: a folder that `bridgeae fit` wrote, any folder with a results.json and pictures, or a model folder.
        output: the HTML file; None is report.html in the folder of a run, or beside a model.
        overwrite: whether an existing file may be replaced. The report.html in the folder of a run always may: it is
            made of that folder alone.

    Returns:
        The path of the file.

    Raises:
        MissingFileError: `folder` holds neither results nor a model.
        FileFormatError: a file is damaged, or a key in it is not as `bridgeae.report.contents` declares it.
        OutputExistsError: the file is there and `overwrite` is False.
    """
    folder = Path(folder).resolve()
    is_run = (folder / "results.json").is_file()
    if output is None:
        overwrite = overwrite or is_run
        output = folder / "report.html" if is_run else folder.with_name(f"{folder.name}-report.html")
    output = Path(output)
    refuse_existing(output, overwrite=overwrite)
    page = render(find(folder))
    with whole_file(output) as new:
        new.write_text(page, encoding="utf-8", errors="replace")
    return output


def render(found: Found) -> str:
    """Return the page."""
    content = found.manifest.get("content", {})
    files = pictures.picture_files(found)
    page = _templates().get_template("page.j2")
    with charts.style():
        return page.render(
            **vars(found),
            content=content,
            files=files,
            others=pictures.other_pictures(found, files),
            networks=_networks(found),
            refusal=_refusal(found.arrays),
            values=_values(found.arrays),
            maps=_maps(found.arrays),
            training=_training(content),
            version=version("bridgeae"),
        )


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    templates = Environment(loader=PackageLoader("bridgeae.report"), autoescape=True, undefined=StrictUndefined)
    templates.trim_blocks = templates.lstrip_blocks = True
    templates.filters |= {
        "json": lambda value: json.dumps(value, indent=1, ensure_ascii=False),
        "percent": lambda value: f"{100 * value:.1f}\N{NO-BREAK SPACE}%".replace("100.0", "100"),
        "columns": lambda rows: list(dict.fromkeys(name for row in rows for name in row)),
        "plain": _plain,
        "tile": pictures.tile,
        "embed": pictures.embed,
    }
    return templates


def _plain(value: Cell) -> str:
    """Return a plain value as a person writes it; text, and a ready part of the page, as it is."""
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else value


def _networks(found: Found) -> list[tuple[str, int, float, str]]:
    """Return (name, parameters, kB, kind of its part) of each network, from the headers of the weights."""
    from safetensors import SafetensorError, safe_open

    rows = []
    content: Any = found.manifest.get("content", {})
    names = found.manifest.get("networks", [])
    for path in [p for p in sorted(found.model.glob("*.safetensors")) if p.stem in names] if found.model else []:
        try:
            with safe_open(path, "np") as file:
                parameters = sum(prod(file.get_slice(key).get_shape()) for key in file.keys())  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise FileFormatError(f"{path} is damaged: {error}. Copy the model again.") from None
        part, _, network = path.stem.partition("-")
        kind = content.get(part, {}).get("kind", "")
        rows.append((f"{part} {network}", parameters, path.stat().st_size / 1000, kind))
    return rows


def _refusal(arrays: ReportArrays) -> dict[str, Any]:
    """Return how many of the most confident answers are right: as a chart, and at a few shares of the samples."""
    if not {"right", "confidence"} <= arrays.keys():
        return {}
    order, n = np.argsort(-arrays["confidence"], kind="stable"), len(arrays["right"])

    def answered(count: int) -> dict[str, Any]:
        least = float(arrays["confidence"][order[count - 1]])
        return {"coverage": count / n, "min_confidence": least, **share(arrays["right"][order[:count]])}

    curve = [answered(count) for count in np.unique(np.linspace(min(10, n), n, 60).round().astype(int))]
    return {"chart": charts.coverage_chart(curve), "rows": [answered(max(1, round(c * n))) for c in COVERAGES]}


def _values(arrays: ReportArrays) -> Any:
    """Return a chart of predicted against true values of given pairs, or None."""
    return charts.value_chart(arrays["pair_values"], arrays["pair_values_made"]) if "pair_values" in arrays else None


def _maps(arrays: Any) -> dict[str, Any]:
    """Return a chart of the latents of each side that has two components, the target's with the fixed answers."""
    classes = sorted({c for part in ("source", "target", "made") for c in arrays.get(f"{part}_classes", ())})
    maps = {}
    for side, parts in (("source", ["source"]), ("target", ["target", "made"])):
        if len(variance := arrays.get(f"{side}_share", ())) == 2:
            layers = [(arrays[f"{part}_map"], arrays.get(f"{part}_classes")) for part in parts]
            maps[side] = charts.map_chart(layers, variance, classes)
    return maps


def _training(content: Any) -> list[tuple[str, Any, History]]:
    """Return (title, chart, its lines) of all figures by epoch; a stage of one epoch has no chart."""
    histories = {side: content.get(side, {}).get("history", {}) for side in ("source", "target")}
    stages = {f"{side}: {stage}": lines for side, history in histories.items() for stage, lines in history.items()}
    stages["linker"] = content.get("linker", {}).get("history", {})
    drawn = []
    for stage, figures in stages.items():
        losses = {name: line for name, line in figures.items() if "loss" in name}
        others = {name: {name: line} for name, line in figures.items() if name not in losses}
        for y, lines in {"loss": losses, **others}.items():
            chart = charts.line_chart(lines, y) if any(len(line) > 1 for line in lines.values()) else None
            drawn.append((stage if y == "loss" else f"{stage}, {y}", chart, lines))
    return drawn
