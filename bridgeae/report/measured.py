"""What a report says of how good translations are: the first figures, confusion by class, and refusing."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

from bridgeae.evaluation import COVERAGES, wilson_interval
from bridgeae.report.blocks import (
    confusion,
    figure,
    is_confusion,
    is_number,
    is_share,
    percent,
    seconds,
    share,
    table,
    text,
)
from bridgeae.report.charts import line_chart

MEASURED = {"drawn_translation": "one draw", "translation": "fixed answer"}
"""Keys of results that hold such figures, and what they are of; the first is what the pictures show."""


def glance(results: Mapping[str, Any]) -> str:
    """Show the figures that matter most as cards."""
    cards = []
    _, best = next(iter(_measurements(results)), ("", {}))
    if best:
        low, high = best["interval"]
        words = f"{best['right']:,} of {best['n']:,}; 95 % interval {percent(low)} to {percent(high)}"
        cards.append((percent(best["accuracy"]), "translations of the right class", words))
    if is_number(best.get("diversity")):
        cards.append((f"{best['diversity']:.2g}", "diversity", "spread within a class; real samples are 1"))
    if is_number(best.get("frechet")):
        floor = best.get("frechet_floor")
        words = "lower is closer to real samples"
        words += f", which score {floor:.3g} themselves" if is_number(floor) else ""
        cards.append((f"{best['frechet']:.3g}", "Fréchet distance", words))
    if is_number(cpu := results.get("cpu_s")):
        memory = results.get("peak_memory_gb")
        words = f"peak memory {memory:.2g} GB" if is_number(memory) else ""
        cards.append((seconds(cpu), "processor time", words))
    inner = "".join(f"<div><b>{a}</b><span>{escape(b)}</span><small>{escape(c)}</small></div>" for a, b, c in cards)
    return f'<div class="cards">{inner}</div>' if cards else ""


def measured(results: Mapping[str, Any]) -> str:
    """Show every figure of the translations, and which classes were taken for which."""
    found = _measurements(results)
    if not found:
        return ""
    rows = [["right class", *(share(v) for _, v in found)]]
    for key, name in (
        ("diversity", "diversity <small>within-class spread, real samples are 1</small>"),
        ("frechet", "Fréchet distance <small>in the target's latents</small>"),
        ("frechet_floor", "its floor <small>what as many real samples score</small>"),
    ):
        values = [v.get(key) for _, v in found]
        if any(map(is_number, values)):
            rows.append([name, *(f"{v:.3g}" if is_number(v) else text(v) for v in values)])
    html = table(rows, ["", *(name for name, _ in found)] if len(found) > 1 else ())
    grids = [
        figure(
            confusion(v["classes"], v["confusion"]), f"Confusion by class, {name}: rows are the source's classes.", ""
        )
        for name, v in found
        if is_confusion(v)
    ]
    return html + f'<div class="charts wide">{"".join(grids)}</div>'


def _measurements(results: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what was measured by its name, first that of the translations which are shown."""
    found = ((name, results.get(key)) for key, name in MEASURED.items())
    return [(name, value) for name, value in found if is_share(value)]


def refusal(arrays: Mapping[str, np.ndarray]) -> tuple[str, str]:
    """Show how right the answers are if the least confident ones are not given; and a first sentence."""
    if "confidence" not in arrays or "right" not in arrays:
        return "", ""
    order = np.argsort(-arrays["confidence"], kind="stable")
    right, n = np.cumsum(arrays["right"][order]), len(order)
    counts = np.unique(np.linspace(max(1, min(10, n)), n, 60).round().astype(int))
    coverage, accuracy = counts / n, right[counts - 1] / counts
    low, high = np.array([wilson_interval(int(right[c - 1]), int(c)) for c in counts]).T
    chart = line_chart(
        {"accuracy": (coverage, accuracy)},
        x="answered",
        y="right of the answered",
        band=(coverage, low, high),
        percent=True,
    )
    rows = []
    for part in COVERAGES:
        c = max(1, round(part * n))
        interval = " to ".join(percent(v) for v in wilson_interval(int(right[c - 1]), c))
        least = arrays["confidence"][order][c - 1]
        share_right = f"{percent(right[c - 1] / c)} <small>{right[c - 1]:,} of {c:,}</small>"
        rows.append([percent(c / n), share_right, interval, f"{least:.3f}"])
    head = ("answered", "right", "95 % interval", "confidence from")
    lead = "Counted on the translations above: the least confident are refused first; the band is the 95 % interval."
    beside = table(rows, head, kind="even")
    return f'<div class="charts">{figure(chart)}<div>{beside}</div></div>', lead
