"""Charts as SVG inside the page, in the colours of its CSS, light or dark.

matplotlib writes the stand-in colours `#010200` to `#010209`, which become the CSS variables `--c0` to `--c9`.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

_COLOURS = [f"#01020{k}" for k in range(7)]
_SHAPES = "os^Dv*P"  # further classes share the colours, not the shape
_INKED = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color", "grid.color")
_STYLE: Any = dict.fromkeys(_INKED, "#010209") | {
    "figure.constrained_layout.use": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "bridgeae",  # ids are hashes of what they name, so that charts on one page do not clash
    "text.parse_math": False,  # a name from data is no formula
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.15,
}


VALIDATION = "val_"
"""How the name of a figure of validation samples starts."""


@dataclass(frozen=True, eq=False)
class Layer:
    """Points of a latent map.

    Args:
        name: of the layer, one word.
        points: (n, 2).
        classes: (n,) str, or None.
        names: (n,) str, how the samples are called, or None.
    """

    name: str
    points: np.ndarray
    classes: np.ndarray | None = None
    names: np.ndarray | None = None

    def said(self, i: int) -> str:
        """Return a sample in words."""
        name = f"sample {i + 1}" if self.names is None else str(self.names[i])
        return name if self.classes is None else f"{name}, class {self.classes[i]}"


@contextmanager
def style() -> Iterator[None]:
    """Set the style in which all charts of a page are painted."""
    import matplotlib

    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # the browser has fonts that matplotlib lacks
        yield


def line_chart(series: Mapping[str, Sequence[float]], y: str) -> Markup:
    """Return figures by epoch, one line a name, dashed where it starts with ``val_``.

    The axis is logarithmic, and says so, beyond two decades.
    """
    from matplotlib.ticker import MaxNLocator

    axes = _axes()
    values = np.concatenate([np.asarray(line, float) for line in series.values()])
    values = values[np.isfinite(values)]
    for (name, line), at in zip(series.items(), line_colours(series), strict=True):
        marker = "." if len(line) < 12 else ""
        kind = "--" if name.startswith(VALIDATION) else "-"
        axes.plot(np.arange(1, len(line) + 1), line, kind, color=_COLOURS[at], marker=marker)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="epoch", ylabel=_printable(y))
    if values.size and values.min() > 0 and values.max() > 100 * values.min():
        axes.set(yscale="log", ylabel=_printable(f"{y}, logarithmic"))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("")
    elif values.size and values.min() >= 0:
        axes.set_ylim(0, 1 if y == "accuracy" else None)
    return _svg(axes)


def line_colours(names: Iterable[str]) -> list[int]:
    """Return which colour each line has: a figure and its ``val_`` share one."""
    bases = list(dict.fromkeys(name.removeprefix(VALIDATION) for name in names))
    return [bases.index(name.removeprefix(VALIDATION)) % len(_COLOURS) for name in names]


def coverage_chart(curve: Sequence[Mapping[str, Any]]) -> Markup:
    """Return the accuracy of the answers that are given, and its interval, against the share that is answered."""
    axes = _axes()
    coverage, accuracy, interval = (np.array([row[k] for row in curve]).T for k in ("coverage", "accuracy", "interval"))
    axes.fill_between(coverage, *interval, color=_COLOURS[0], alpha=0.15, linewidth=0)
    axes.plot(coverage, accuracy, ".-", color=_COLOURS[0])
    axes.set(xlim=(0, 1.02), ylim=(np.floor(interval.min() * 10) / 10, 1), xlabel="answered", ylabel="right of those")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{100 * value:.3g} %")
    return _svg(axes)


def value_chart(true: np.ndarray, made: np.ndarray) -> Markup:
    """Return predicted values against true ones, both (n,)."""
    axes = _axes()
    ends = [float(min(true.min(), made.min())), float(max(true.max(), made.max()))]
    axes.plot(ends, ends, color="#010209", linewidth=0.8, alpha=0.5)
    axes.scatter(true, made, 8, color=_COLOURS[0], linewidths=0, alpha=0.4)
    axes.set(xlabel="true value, standardised", ylabel="predicted")
    return _svg(axes)


def residual_chart(true: np.ndarray, made: np.ndarray) -> Markup:
    """Return what is left of true values when the predicted ones are taken away, both (n,), against the predicted."""
    axes = _axes()
    axes.axhline(0, color="#010209", linewidth=0.8, alpha=0.5)
    axes.scatter(made, true - made, 8, color=_COLOURS[0], linewidths=0, alpha=0.4)
    axes.set(xlabel="predicted value, standardised", ylabel="true less predicted")
    return _svg(axes)


def interval_chart(rows: Mapping[str, tuple[float, float, float]], x: str, chance: float | None = None) -> Markup:
    """Return a dot and its interval for each name: (value, low, high) as shares; a dashed line marks chance."""
    axes = _axes(0.9 + 0.32 * len(rows))
    names = [_printable(name)[:24] for name in rows]
    for k, (value, low, high) in enumerate(rows.values()):
        axes.plot([low, high], [k, k], color=_COLOURS[0], linewidth=2, alpha=0.4, solid_capstyle="butt")
        axes.plot(value, k, "o", color=_COLOURS[0])
    if chance is not None:
        axes.axvline(chance, color="#010209", linewidth=0.8, linestyle="--")
    axes.set(xlim=(0, 1), xlabel=_printable(x), ylim=(len(rows) - 0.5, -0.5))
    axes.set_yticks(range(len(rows)), names)
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g} %")
    return _svg(axes)


def map_chart(layers: Sequence[Layer], share: np.ndarray, classes: Sequence[str]) -> Markup:
    """Return points coloured by class, each class named at the median of its points in the first layer.

    All layers but the last are rings. `share` is of the variance.
    """
    axes = _axes(4.2)
    names: dict[str, tuple[float, float]] = {}
    for k, layer in enumerate(layers, 1):
        labels = np.full(len(layer.points), "") if layer.classes is None else layer.classes
        for c in np.unique(labels):
            chosen = np.flatnonzero((labels == c) & np.isfinite(layer.points).all(1))
            x, y = layer.points[chosen].T
            at = classes.index(c) if c in classes else 0
            colour, shape = _COLOURS[at % len(_COLOURS)], _SHAPES[at // len(_COLOURS) % len(_SHAPES)]
            face, width = ("none", 0.8) if k < len(layers) else (colour, 0)
            dots = axes.scatter(x, y, 16, marker=shape, facecolors=face, edgecolors=colour, linewidths=width, alpha=0.8)
            dots.set_urls([f"{layer.name} {i}" for i in chosen])
            if len(x):
                names.setdefault(_printable(c[:18]), (float(np.median(x)), float(np.median(y))))
    for name, (x, y) in names.items() if len(names) <= 40 else ():
        axes.text(x, y, name, ha="center", va="center", weight="bold", size=11, color="#010208")
    first, second = (f"component {k}, {100 * part:.1f} % of variance" for k, part in enumerate(share, 1))
    axes.set(xlabel=first, ylabel=second)
    said = {f"{layer.name} {i}": layer.said(i) for layer in layers for i in range(len(layer.points))}
    return _titled(_svg(axes), said)


def _titled(svg: Markup, said: Mapping[str, str]) -> Markup:
    """Replace the links of points, by which matplotlib names them, by the words a browser shows on hover."""
    from markupsafe import Markup, escape

    def point(match: re.Match[str]) -> str:
        return f'<g data-point="{match[1]}">{match[2]}<title>{escape(_printable(said[match[1]]))}</title></g>'

    return Markup(re.sub(r'<a xlink:href="(\w+ \d+)"[^>]*>(.*?)</a>', point, svg, flags=re.DOTALL))


def _printable(name: str) -> str:
    """Replace half of a surrogate pair, which matplotlib cannot lay out."""
    return name.encode(errors="replace").decode()


def _axes(height: float = 3) -> Axes:
    from matplotlib.figure import Figure

    return Figure((4.6, height)).subplots()


def _svg(axes: Axes) -> Markup:
    from markupsafe import Markup

    buffer = io.StringIO()
    nothing: Any = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure: Any = axes.figure
    figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", buffer.getvalue().partition("<svg")[2], count=2)
    return Markup("<svg" + re.sub(r"(?<=: )#01020(\d)", r"var(--c\1)", svg))
