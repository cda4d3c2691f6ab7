"""The blocks a report is built from, as HTML. Every text is escaped; arguments named `html` are taken as they are."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

_NOTHING = "\N{EN DASH}"
_CELLS = 26  # classes up to which a confusion is a table
_SHORT = 14  # rows up to which a table is not cut by the end of a page
_WIDE = 992  # pixels of the widest part of the page
_KINDS = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}


def text(value: Any) -> str:
    """Return a plain value as a person writes it, escaped."""
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if not np.isfinite(value):
            return _NOTHING
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{escape(str(k))} {text(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(text, value))
    return escape(str(value))


def share(figures: Mapping[str, Any]) -> str:
    """Return ``{n, right, accuracy, interval}`` in words."""
    if not figures.get("n"):
        return _NOTHING
    low, high = figures["interval"]
    return (
        f"{percent(figures['accuracy'])} <small>{figures['right']:,} of {figures['n']:,}, "
        f"95 % interval {percent(low)} to {percent(high)}</small>"
    )


def mapping(value: Any) -> Mapping[str, Any]:
    """Return keys and values as they are, and anything else as none."""
    return value if isinstance(value, Mapping) else {}


def is_number(value: Any) -> TypeGuard[float]:
    """Tell whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and bool(np.isfinite(value))


def is_share(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Tell whether a value is a share of right answers with its interval."""
    if not isinstance(value, Mapping) or not all(is_number(value.get(key)) for key in ("n", "right", "accuracy")):
        return False
    interval = value.get("interval")
    return isinstance(interval, list | tuple) and len(interval) == 2 and all(map(is_number, interval))


def is_confusion(value: Mapping[str, Any]) -> bool:
    """Tell whether a value holds classes and as many rows and columns of counts."""
    classes, counts = value.get("classes"), value.get("confusion")
    if not isinstance(classes, list) or not isinstance(counts, list) or len(classes) != len(counts):
        return False
    return all(isinstance(row, list) and len(row) == len(classes) and all(map(is_number, row)) for row in counts)


def percent(value: float) -> str:
    """Return a share as per cent with one digit."""
    return f"{100 * value:.1f}\N{NO-BREAK SPACE}%".replace("100.0", "100")


def seconds(value: float) -> str:
    """Return a duration in the unit that suits it."""
    if value < 100:
        return f"{value:.3g} s"
    return f"{value / 60:.0f} min" if value < 3600 else f"{value / 3600:.1f} h"


def section(title: str, html: str, lead: str = "") -> str:
    """Return a titled section, or nothing where there is nothing to show."""
    if not html:
        return ""
    words = f'<p class="lead">{escape(lead)}</p>' if lead else ""
    return f"<section><h2>{escape(title)}</h2>{words}{html}</section>"


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = (), *, kind: str = "") -> str:
    """Return a table of ready HTML cells; the first column names the row, `kind` is its style."""
    if not rows:
        return ""
    top = f"<thead><tr>{''.join(f'<th>{escape(h)}</th>' for h in head)}</tr></thead>" if head else ""
    body = "".join(f"<tr><th>{row[0]}</th>{''.join(f'<td>{cell}</td>' for cell in row[1:])}</tr>" for row in rows)
    kind = f"{kind} short".strip() if len(rows) <= _SHORT else kind  # printed in one piece
    return f'<div class="scroll"><table class="{kind}">{top}<tbody>{body}</tbody></table></div>'


def figure(html: str, caption: str = "", kind: str = "") -> str:
    """Return a figure with a caption below it."""
    words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="{kind}">{html}{words}</figure>' if html else ""


def picture(path: Path, caption: str) -> str:
    """Return a picture file as part of the page; a wide one can be scrolled on a narrow screen."""
    content = path.read_bytes()
    kind = _KINDS[path.suffix.lower()]
    # a PNG says its width in its header; of other formats the page's own is assumed
    width = int.from_bytes(content[16:20], "big") if kind == "image/png" else _WIDE
    source = f"data:{kind};base64,{base64.b64encode(content).decode()}"
    image = f'<img src="{source}" alt="{escape(caption)}" style="--w:{width}px">'
    return figure(f'<div class="scroll">{image}</div>', caption, "picture wide" if width > 576 else "picture")


def is_picture(path: Path) -> bool:
    """Tell whether a browser shows this file."""
    return path.suffix.lower() in _KINDS


def tile(pixels: np.ndarray, label: str) -> str:
    """Return a small picture (height, width, 3) uint8."""
    from matplotlib.image import imsave

    buffer = io.BytesIO()
    imsave(buffer, pixels, format="png")
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'<img class="tile" src="data:image/png;base64,{data}" alt="{escape(label)}">'


def confusion(classes: Sequence[Any], counts: Sequence[Sequence[int]]) -> str:
    """Return a table of true (rows) against called classes, or the most frequent mistakes where classes are many."""
    names = [escape(str(c)) for c in classes]
    if len(names) > _CELLS:
        wrong = [(n, a, b) for a, row in enumerate(counts) for b, n in enumerate(row) if n and a != b]
        rows = [[names[a], names[b], f"{n:,}"] for n, a, b in sorted(wrong, reverse=True)[:20]]
        return table(rows, ("true", "judged", "how often"))
    head = "".join(f"<th>{name}</th>" for name in names)
    body = []
    for k, row in enumerate(counts):
        total = sum(row)
        cells = []
        for j, n in enumerate(row):
            part = n / total if total else 0.0
            kind = "hit" if j == k else "miss"
            strong = " strong" if part > 0.5 else ""
            cells.append(f'<td class="{kind}{strong}" style="--v:{part:.3f}">{n or "·"}</td>')
        body.append(f"<tr><th>{names[k]}</th>{''.join(cells)}</tr>")
    corner = '<th class="corner">true \\ judged</th>'
    return f'<div class="scroll"><table class="confusion"><tr>{corner}{head}</tr>{"".join(body)}</table></div>'


def bars(rows: Mapping[str, tuple[float, str]]) -> str:
    """Return named amounts with a bar each; a row is its amount and what is written beside it."""
    most = max([amount for amount, _ in rows.values()] + [1e-9])
    lines = [
        f'<div class="amount"><span>{escape(name)}</span><small>{escape(words)}</small>'
        f'<div class="bar"><i style="width:{100 * amount / most:.1f}%"></i></div></div>'
        for name, (amount, words) in rows.items()
    ]
    return "".join(lines)


def anything(value: Mapping[str, Any], depth: int = 3) -> str:
    """Return nested results nobody planned for, as tables with headings."""
    plain, nested = [], []
    for key, item in value.items():
        name = escape(str(key).replace("_", " "))
        if is_share(item):
            plain.append([name, share(item)])
        elif isinstance(item, Mapping) and item and any(isinstance(v, Mapping | list) for v in item.values()):
            shown = _grid(item) or _cross(item, min(depth + 1, 6)) or anything(item, min(depth + 1, 6))
            nested.append(f"<h{depth}>{name}</h{depth}>{shown}")
        elif _is_markdown(item):
            nested.append(_markdown(item) if name == "table" else f"<h{depth}>{name}</h{depth}>{_markdown(item)}")
        elif isinstance(item, list) and item and all(isinstance(v, Mapping) for v in item):
            nested.append(f"<h{depth}>{name}</h{depth}>{_rows({str(k): v for k, v in enumerate(item, 1)})}")
        else:
            plain.append([name, text([*item[:12], "…"] if isinstance(item, list) and len(item) > 12 else item)])
    return table(plain) + "".join(nested)


def _is_markdown(value: Any) -> TypeGuard[list[str]]:
    """Tell whether a value is a table that a script also printed: a list of its lines, ``| a | b |``."""
    return isinstance(value, list) and len(value) > 2 and all(isinstance(v, str) and v[:1] == "|" for v in value)


def _markdown(lines: Sequence[str]) -> str:
    head, _, *rows = ([cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines)
    return table([[escape(cell) for cell in row] for row in rows], head)


def _grid(value: Mapping[str, Any]) -> str:
    """Return dicts of plain values under one head, or nothing where they are anything else."""
    flat = all(isinstance(v, Mapping) and not is_share(v) for v in value.values()) and all(
        is_share(v) or not isinstance(v, Mapping | list) for row in value.values() for v in row.values()
    )
    return _rows(value) if flat else ""


def _cross(value: Mapping[str, Any], depth: int) -> str:
    """Return three levels of keys, the last of them numbers of equal names, as one table a name: peers by tasks."""
    if not all(isinstance(v, Mapping) and v for v in value.values()):
        return ""
    leaves = [leaf for row in value.values() for leaf in row.values()]
    if not all(isinstance(leaf, Mapping) and leaf for leaf in leaves):
        return ""
    if not all(isinstance(v, int | float) for leaf in leaves for v in leaf.values()):
        return ""
    html = ""
    for name in dict.fromkeys(key for leaf in leaves for key in leaf):
        rows = {k: {h: leaf[name] for h, leaf in row.items() if name in leaf} for k, row in value.items()}
        words = escape(str(name).replace("_", " "))
        html += f"<h{depth}>{words}</h{depth}>{_rows({k: row for k, row in rows.items() if row})}"
    return html


def _rows(value: Mapping[str, Mapping[str, Any]]) -> str:
    head = list(dict.fromkeys(key for row in value.values() for key in row))
    cell = lambda v: share(v) if is_share(v) else text(v)  # noqa: E731
    rows = [[escape(name), *(cell(row[h]) if h in row else "" for h in head)] for name, row in value.items()]
    return table(rows, ["", *(h.replace("_", " ") for h in head)])
