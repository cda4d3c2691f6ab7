"""The parts of a page that are worked out from what was found: networks, charts, points of maps, stand-ins."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridgeae.errors import FileFormatError
from bridgeae.evaluation import coverage_curve, share
from bridgeae.report import charts, pictures
from bridgeae.report.contents import History, ReportArrays
from bridgeae.report.reading import Found


def networks(found: Found) -> list[tuple[str, int, float]]:
    """Return (name, parameters, kB) of each network, from the headers of the weights."""
    from safetensors import SafetensorError, safe_open

    rows = []
    names = found.manifest.get("networks", [])
    for path in [p for p in sorted(found.model.glob("*.safetensors")) if p.stem in names] if found.model else []:
        try:
            with safe_open(path, "np") as file:
                parameters = sum(prod(file.get_slice(key).get_shape()) for key in file.keys())  # noqa: SIM118
        except (SafetensorError, OSError) as error:
            raise FileFormatError(f"{path} is damaged: {error}. Copy the model again.") from None
        rows.append((path.stem.replace("-", " "), parameters, path.stat().st_size / 1000))
    return rows


def stand_ins(found: Found) -> list[tuple[str, str, str]]:
    """Return (side, first choice, what was used) where the first place that the run file names was not there."""
    used = []
    for side, samples in found.results.get("data", {}).items():
        asked = found.record.get("config", {}).get(side)
        for part, place in samples.get("from", {}).items():
            places = asked.get(part) if isinstance(asked, dict) else None
            if isinstance(places, list) and len(places) > 1 and place in places[1:]:
                used.append((side, str(places[0]), place))
    return used


def refusal(arrays: ReportArrays) -> dict[str, Any]:
    """Return how many of the most confident answers are right: as a chart, and at a few shares of the samples.

    Answers of one confidence have no order: the curve has a point only where the confidence changes.
    """
    if not {"right", "confidence"} <= arrays.keys():
        return {}
    confidence, right = arrays["confidence"], arrays["right"]
    levels = np.unique(confidence)[::-1]
    if len(levels) > 60:
        levels = levels[np.unique(np.linspace(0, len(levels) - 1, 60).round().astype(int))]
    curve = []
    for level in levels:
        answered: NDArray[np.bool_] = right[confidence >= level]
        curve.append({"coverage": len(answered) / len(right), "min_confidence": float(level)} | share(answered))
    steady = [point for point in curve if point["n"] >= min(10, len(right))]
    tied = {"n": int((confidence == levels[0]).sum()), "confidence": float(levels[0])}
    return {"chart": charts.coverage_chart(steady), "rows": coverage_curve(right, confidence), "tied": tied}


def values(arrays: ReportArrays) -> list[tuple[Any, str]]:
    """Return charts of the values of given pairs, with captions."""
    if "pair_values" not in arrays:
        return []
    true, made = arrays["pair_values"], arrays["pair_values_made"]
    return [
        (
            charts.value_chart(true, made),
            "Predicted against true values of test samples; the line is a perfect bridge.",
        ),
        (charts.residual_chart(true, made), "Residuals; a slope or a bow is something the bridge has missed."),
    ]


def retrieval(pairs: Any) -> Any:
    """Return a chart of how often the true sample is among the nearest 10, for the bridge and its baselines."""
    if not pairs:
        return None
    rows = {
        name: (of["recall@10"], *of.get("recall@10_interval", (of["recall@10"],) * 2))
        for name, of in {"bridge": pairs, **pairs["baselines"]}.items()
    }
    return charts.interval_chart(rows, "true sample among the nearest 10", min(1, 10 / max(pairs["retrieval_n"], 1)))


def maps(arrays: Any) -> dict[str, Any]:
    """Return a chart of the latents of each side that has two components, the target's with the fixed answers."""
    classes = sorted({c for part in ("source", "target", "made") for c in arrays.get(f"{part}_classes", ())})
    drawn = {}
    for side, names in (("source", ["source"]), ("target", ["target", "made"])):
        if len(variance := arrays.get(f"{side}_share", ())) == 2:
            layers = [
                charts.Layer(name, arrays[f"{name}_map"], arrays.get(f"{name}_classes"), arrays.get(f"{name}_names"))
                for name in names
            ]
            drawn[side] = charts.map_chart(layers, variance, classes)
    return drawn


def sheets(arrays: Any) -> dict[str, dict[str, Any]]:
    """Return the samples of each layer of a map as one picture, ten a row, for a script to cut out."""
    made = {}
    for name in ("source", "target", "made"):
        if (points := arrays.get(f"{name}_points")) is not None:
            height, width = points.shape[1:3]
            rows = -(-len(points) // 10)
            whole = np.zeros((rows * 10, height, width, 3), np.uint8)
            whole[: len(points)] = points
            sheet = whole.reshape(rows, 10, height, width, 3).swapaxes(1, 2).reshape(rows * height, 10 * width, 3)
            made[name] = {"picture": pictures.tile(sheet), "width": width, "height": height}
    return made


def training(content: Any) -> list[tuple[str, Any, History, list[int]]]:
    """Return (title, chart, its lines, their colours) of all figures by epoch; a stage of one epoch has no chart."""
    histories = {side: content.get(side, {}).get("history", {}) for side in ("source", "target")}
    stages = {f"{side}: {stage}": lines for side, history in histories.items() for stage, lines in history.items()}
    stages["linker"] = content.get("linker", {}).get("history", {})
    drawn = []
    for stage, figures in stages.items():
        groups: dict[str, History] = {"loss": {}}
        for name, line in figures.items():
            base = name.removeprefix(charts.VALIDATION)
            groups.setdefault("loss" if "loss" in name else base, {})[name] = line
        for y, lines in groups.items():
            chart = charts.line_chart(lines, y) if any(len(line) > 1 for line in lines.values()) else None
            drawn.append((stage if y == "loss" else f"{stage}, {y}", chart, lines, charts.line_colours(lines)))
    return drawn
