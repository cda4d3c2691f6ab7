"""Charts of a report as inline SVG: crisp at any width, in the colours of the page, readable on a phone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

_WIDTH, _HEIGHT = 340, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 14, 10, 38
_COLOURS = 10  # of classes; further ones share them

Values = Sequence[float] | np.ndarray
Scale = Callable[[float], float]
"""Where a value lies on the drawing."""


def line_chart(
    series: Mapping[str, tuple[Values, Values]],
    *,
    x: str,
    y: str,
    band: tuple[Values, Values, Values] | None = None,
    percent: bool = False,
) -> str:
    """Return lines as SVG; the scale is logarithmic where positive values span more than two decades.

    Args:
        series: name -> (positions, values).
        x: what the horizontal axis shows.
        y: what the vertical one shows; the title of the picture for those who cannot see it.
        band: (positions, low, high) of an area behind the lines.
        percent: whether both axes are shares, written as per cent.
    """
    points = {n: [(float(a), float(b)) for a, b in zip(*v, strict=True) if _is_finite(b)] for n, v in series.items()}
    every = [p for line in points.values() for p in line]
    if not every:
        return ""
    xs, ys = np.array(every).T
    if band is not None:
        ys = np.concatenate([ys, band[1], band[2]])
    logarithmic = bool(ys.min() > 0 and ys.max() / ys.min() > 100)
    at_x, ticks_x = _axis(xs.min(), xs.max(), _LEFT, _WIDTH - _RIGHT, whole=not percent)
    at_y, ticks_y = _axis(ys.min(), ys.max(), _HEIGHT - _BOTTOM, _TOP, logarithmic=logarithmic)
    parts = [_frame(at_x, ticks_x, at_y, ticks_y, x, y, percent)]
    if band is not None:
        outline = [(a, b) for a, b in zip(band[0], band[1], strict=True)]
        outline += [(a, b) for a, b in zip(band[0][::-1], band[2][::-1], strict=True)]
        parts.append(f'<polygon class="band" points="{_path(outline, at_x, at_y)}"/>')
    for k, line in enumerate(points.values()):
        parts.append(f'<polyline class="line s{k % _COLOURS}" points="{_path(line, at_x, at_y)}"/>')
        if len(line) < 12:
            parts += [_circle(f"dot f{k % _COLOURS}", at_x(a), at_y(b), 3) for a, b in line]
    legend = "" if len(points) < 2 else _legend(list(points))
    return _svg("".join(parts), y) + legend


def scatter_chart(
    layers: Sequence[tuple[np.ndarray, np.ndarray | None, str]], *, x: str, y: str, title: str, classes: Sequence[str]
) -> str:
    """Return points as SVG, coloured by class, each class named where most of it lies.

    Args:
        layers: (points (n, 2), classes (n,) or None, style "point" or "ring"), the later ones on top.
        x: what the horizontal axis shows.
        y: what the vertical one shows.
        title: of the picture for those who cannot see it.
        classes: all of them, in the order of their colours.
    """
    every = np.concatenate([points for points, _, _ in layers])
    low, high = np.quantile(every, 0.005, axis=0), np.quantile(every, 0.995, axis=0)
    gap = 0.06 * np.maximum(high - low, 1e-9)
    at_x, ticks_x = _axis(low[0] - gap[0], high[0] + gap[0], _LEFT, _WIDTH - _RIGHT, whole=False)
    at_y, ticks_y = _axis(low[1] - gap[1], high[1] + gap[1], 300 - _BOTTOM, _TOP)
    parts = [_frame(at_x, ticks_x, at_y, ticks_y, x, y, False, height=300)]
    names: dict[str, tuple[float, float]] = {}
    for points, labels, style in layers:
        inside = ((points >= low - gap) & (points <= high + gap)).all(1)
        for k in np.flatnonzero(inside):
            colour = 0 if labels is None else classes.index(str(labels[k])) % _COLOURS
            kind = f"ring s{colour}" if style == "ring" else f"dot f{colour}"
            parts.append(_circle(kind, at_x(points[k, 0]), at_y(points[k, 1]), 2.6))
        for c in [] if labels is None else np.unique(labels[inside]):
            middle = np.median(points[inside & (labels == c)], 0)
            names.setdefault(str(c), (at_x(middle[0]), at_y(middle[1])))
    if len(names) <= 40:
        parts += [_text("name", a, b + 4, c[:18]) for c, (a, b) in names.items()]
    return _svg("".join(parts), title, height=300)


def _axis(
    low: float, high: float, start: float, end: float, *, logarithmic: bool = False, whole: bool = False
) -> tuple[Scale, list[float]]:
    """Return (value -> position, ticks) of an axis from `low` to `high`."""
    if high - low < 1e-12:
        low, high = (low - 0.5, high + 0.5) if whole or low == 0 else (low - abs(low) / 2, high + abs(high) / 2)
    if logarithmic:
        low, high = np.log10(low), np.log10(high)
        decades = np.arange(np.floor(low), np.ceil(high) + 1)
        ticks = [float(10**d) for d in decades if low - 0.01 <= d <= high + 0.01]
        return lambda v: start + (np.log10(v) - low) / (high - low) * (end - start), ticks
    raw = (high - low) / 4
    size = 10.0 ** np.floor(np.log10(raw))
    step = float(size * next(m for m in (1, 2, 2.5, 5, 10) if m * size >= raw * 0.999))
    step = max(1.0, np.ceil(step)) if whole else step
    ticks = [float(t) for t in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step]
    return lambda v: start + (v - low) / (high - low) * (end - start), ticks


def _frame(
    at_x: Scale,
    ticks_x: Sequence[float],
    at_y: Scale,
    ticks_y: Sequence[float],
    x: str,
    y: str,
    percent: bool,
    height: int = _HEIGHT,
) -> str:
    base = height - _BOTTOM
    parts = []
    for t in ticks_y:
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{at_y(t):.1f}" y2="{at_y(t):.1f}"/>')
        parts.append(_text("end", _LEFT - 6, at_y(t) + 4, _tick(t, percent)))
    parts += [_text("tick", at_x(t), base + 16, _tick(t, percent)) for t in ticks_x]
    parts.append(f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{base}" y2="{base}"/>')
    parts.append(_text("label", (_LEFT + _WIDTH - _RIGHT) / 2, height - 5, x))
    middle = (base + _TOP) / 2
    parts.append(f'<text class="label" transform="translate(9 {middle}) rotate(-90)">{escape(y)}</text>')
    return "".join(parts)


def _is_finite(value: Any) -> bool:
    """Tell numbers from the nulls and words that a damaged history may hold."""
    return isinstance(value, int | float | np.number) and bool(np.isfinite(value))


def _circle(kind: str, x: float, y: float, radius: float) -> str:
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>'


def _text(kind: str, x: float, y: float, words: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>'


def _tick(value: float, percent: bool) -> str:
    value = 0.0 if abs(value) < 1e-12 else value
    return f"{100 * value:.3g} %" if percent else f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e")


def _path(points: Sequence[tuple[float, float]], at_x: Scale, at_y: Scale) -> str:
    return " ".join(f"{at_x(a):.1f},{at_y(b):.1f}" for a, b in points)


def _legend(names: Sequence[str]) -> str:
    items = "".join(f'<span><i class="b{k % _COLOURS}"></i>{escape(n)}</span>' for k, n in enumerate(names))
    return f'<div class="legend">{items}</div>'


def _svg(content: str, title: str, height: int = _HEIGHT) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{content}</svg>"
    )
