"""What a report says, section by section. Each is left out where a folder does not hold what it needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

from bridgeae.metrics import wilson_interval
from bridgeae.report_blocks import anything, bars, confusion, figure, is_share, mapping, percent, share, table, text
from bridgeae.report_charts import line_chart
from bridgeae.report_pictures import Found, draws, maps, pictures, reconstructions, translations

_PLACES: Mapping[str, Any] = {
    **dict.fromkeys(("data", "versions", "stages", "source", "target", "judge", "captions"), Mapping),
    **dict.fromkeys(("title", "description", "linker", "command"), str),
    **dict.fromkeys(("cpu_s", "peak_memory_gb", "seed"), int | float),
    "smoke": bool,
}  # keys of results.json with a place of their own, if of this type; all others are shown as tables

_MEASURED = {"drawn_translation": "one draw", "translation": "fixed answer"}
Section = tuple[str, str, str]


def sections(found: Found) -> Iterator[Section]:
    """Give (title, HTML, first sentence) of each section in order; those without HTML are to be left out."""
    results = found.results
    yield "At a glance", _glance(results), ""
    yield "What was bridged", _data(found), ""
    yield "Translations", translations(found.arrays), "Test samples drawn at random, each with its translation."
    yield "Many translations of one sample", draws(found.arrays), "Different draws for the same test sample."
    yield "How good they are", _measured(results), ""
    yield "When to trust an answer", *_refusal(found.arrays)
    yield "Latent maps", maps(found.arrays), "First two principal components; a class is named where its middle lies."
    yield "The two sides", _sides(found), ""
    yield "Pictures", pictures(found), ""
    more = {k: v for k, v in results.items() if not (k in _PLACES and isinstance(v, _PLACES[k]))}
    more = {k: v for k, v in more.items() if not (k in _MEASURED and is_share(v))}
    yield "More figures" if is_share(results.get("translation")) else "Figures", anything(more), ""
    yield "Training", _training(found.manifest), ""
    yield "Time and memory", _stages(results), ""
    yield "How it was made", _made(found), ""


def _glance(results: Mapping[str, Any]) -> str:
    cards = []
    _, best = next(iter(_measurements(results)), ("", {}))
    if best:
        low, high = best["interval"]
        words = f"{best['right']:,} of {best['n']:,}; 95 % interval {percent(low)} to {percent(high)}"
        cards.append((percent(best["accuracy"]), "translations of the right class", words))
    if best.get("diversity") is not None:
        cards.append((f"{best['diversity']:.2g}", "diversity", "spread within a class; real samples are 1"))
    if best.get("frechet") is not None:
        floor = best.get("frechet_floor")
        words = "lower is closer to real samples" + ("" if floor is None else f", which score {floor:.3g} themselves")
        cards.append((f"{best['frechet']:.3g}", "Fréchet distance", words))
    if _is_number(cpu := results.get("cpu_s")):
        memory = results.get("peak_memory_gb")
        words = f"peak memory {memory:.2g} GB" if _is_number(memory) else ""
        cards.append((_seconds(cpu), "processor time", words))
    inner = "".join(f"<div><b>{a}</b><span>{escape(b)}</span><small>{escape(c)}</small></div>" for a, b, c in cards)
    return f'<div class="cards">{inner}</div>' if cards else ""


def _data(found: Found) -> str:
    content, rows, other = mapping(found.manifest.get("content")), [], {}
    config = mapping(found.record.get("config"))
    for name, data in mapping(found.results.get("data")).items():
        if not {"train", "test"} <= mapping(data).keys():
            other[name] = data
            continue
        saved = mapping(mapping(content.get(name)).get("adapter"))
        adapter = mapping(config.get(name)).get("adapter", saved.get("name"))
        origin = mapping(data.get("from"))
        places = "<br>".join(f"<code>{text(origin[p])}</code>" for p in ("train", "test") if p in origin)
        rows.append([escape(name), text(adapter), text(data["train"]), text(data["test"]), places])
    return table(rows, ("", "adapter", "train", "test", "from")) + anything(other) + _parts(found)


def _parts(found: Found) -> str:
    """Tell each network's size, read from the headers of its weights."""
    rows = []
    for name in found.manifest.get("networks", []):
        path = found.model / f"{name}.safetensors" if found.model else None
        if path is None or not path.is_file():
            continue
        side, _, part = name.partition("-")
        parameters = _parameters(path)
        kind = mapping(mapping(found.manifest.get("content")).get(side)).get("kind", "")
        size = f'<span class="nowrap">{_bytes(path.stat().st_size)}</span>'
        rows.append([f"{escape(side)} {escape(part)}", text(parameters), size, text(kind)])
    classes = mapping(mapping(found.manifest.get("content")).get("source")).get("classes")
    words = f"<p>Classes of the source: {text(classes)}.</p>" if classes else ""
    return table(rows, ("network", "parameters", "on disk", "part of")) + words


def _parameters(path: Path) -> int:
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return sum(int(np.prod(entry["shape"])) for name, entry in header.items() if name != "__metadata__")


def _measured(results: Mapping[str, Any]) -> str:
    measured = _measurements(results)
    if not measured:
        return ""
    rows = [["right class", *(share(v) for _, v in measured)]]
    for key, name in (
        ("diversity", "diversity <small>within-class spread, real samples are 1</small>"),
        ("frechet", "Fréchet distance <small>in the target's latents</small>"),
        ("frechet_floor", "its floor <small>what as many real samples score</small>"),
    ):
        if any(v.get(key) is not None for _, v in measured):
            rows.append([name, *(text(v.get(key)) if v.get(key) is None else f"{v[key]:.3g}" for _, v in measured)])
    html = table(rows, ["", *(name for name, _ in measured)] if len(measured) > 1 else ())
    grids = [
        figure(
            confusion(v["classes"], v["confusion"]), f"Confusion by class, {name}: rows are the source's classes.", ""
        )
        for name, v in measured
        if "confusion" in v and "classes" in v
    ]
    return html + f'<div class="charts wide">{"".join(grids)}</div>'


def _measurements(results: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what was measured by its name, first that of the translations which are shown."""
    found = ((name, results.get(key)) for key, name in _MEASURED.items())
    return [(name, value) for name, value in found if is_share(value)]  # type: ignore[misc]


def _refusal(arrays: Mapping[str, np.ndarray]) -> tuple[str, str]:
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
    for part in (1.0, 0.95, 0.9, 0.8, 0.7, 0.5):
        c = max(1, round(part * n))
        interval = " to ".join(percent(v) for v in wilson_interval(int(right[c - 1]), c))
        least = arrays["confidence"][order][c - 1]
        share_right = f"{percent(right[c - 1] / c)} <small>{right[c - 1]:,} of {c:,}</small>"
        rows.append([percent(c / n), share_right, interval, f"{least:.3f}"])
    head = ("answered", "right", "95 % interval", "confidence from")
    lead = "Counted on the translations above: the least confident are refused first; the band is the 95 % interval."
    beside = table(rows, head, kind="even")
    return f'<div class="charts">{figure(chart)}<div>{beside}</div></div>', lead


def _sides(found: Found) -> str:
    rows = []
    for name in ("source", "target", "judge"):
        for key, value in mapping(found.results.get(name)).items():
            words = escape(key.replace("_", " "))
            rows.append([f"{name}: {words}", share(value) if is_share(value) else text(value)])
    return reconstructions(found.arrays) + table(rows)


def _training(manifest: Mapping[str, Any]) -> str:
    charts, rows = [], []
    for part, state in mapping(manifest.get("content")).items():
        history = mapping(mapping(state).get("history"))
        stages = {part: history} if "loss" in history else {f"{part}: {k}": v for k, v in history.items()}
        for name, figures in stages.items():
            lines = {k.replace("_", " "): v for k, v in mapping(figures).items() if isinstance(v, list)}
            if lines and all(len(v) < 2 for v in lines.values()):
                rows.append([escape(name), text({k: v[0] for k, v in lines.items() if v})])
                continue
            series = {k: (range(1, len(v) + 1), v) for k, v in lines.items()}
            losses = {k: v for k, v in series.items() if "loss" in k}
            charts.append(figure(line_chart(losses, x="epoch", y="loss"), name))
            charts += [
                figure(line_chart({k: v}, x="epoch", y=k), f"{name}, {k}") for k, v in series.items() if k not in losses
            ]
    html = f'<div class="charts">{"".join(charts)}</div>' if any(charts) else ""
    return html + table(rows, ("after one epoch", ""))


def _stages(results: Mapping[str, Any]) -> str:
    rows = {}
    for name, times in mapping(results.get("stages")).items():
        cpu, wall = (mapping(times).get(key) for key in ("cpu_s", "wall_s"))
        both = [f"{_seconds(v)} {word}" for v, word in ((cpu, "CPU"), (wall, "elapsed")) if _is_number(v)]
        rows[name] = (float(next((v for v in (cpu, wall) if _is_number(v)), 0)), ", ".join(both))
    total = []
    if _is_number(results.get("cpu_s")):
        total.append(f"{_seconds(results['cpu_s'])} of processor time in all")
    if _is_number(results.get("peak_memory_gb")):
        total.append(f"at most {results['peak_memory_gb']:.2g} GB of memory")
    return bars(rows) + (f"<p>{escape(', '.join(total))}.</p>" if total else "")


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _made(found: Found) -> str:
    html = []
    if command := found.record.get("command") or found.results.get("command"):
        html.append(f"<pre><code>{text(command)}</code></pre>")
    versions = {**mapping(found.manifest.get("versions")), **mapping(found.results.get("versions"))}
    rows = [["versions", text(versions)]] if versions else []
    rows += [[name, text(found.record[key])] for key, name in _MACHINE.items() if found.record.get(key) is not None]
    if found.manifest:
        rows.append(["model format", text(found.manifest.get("format"))])
    html.append(table(rows))
    for title, content in (("Configuration", found.record.get("config")), ("Adapters and options", _options(found))):
        if content:
            words = escape(json.dumps(content, indent=1, ensure_ascii=False))
            html.append(f"<details><summary>{title}</summary><pre><code>{words}</code></pre></details>")
    if digests := found.manifest.get("sha256"):
        lines = "\n".join(f"{escape(str(digest))}  {escape(str(name))}" for name, digest in digests.items())
        html.append(f"<details><summary>Files of the model (sha256)</summary><pre><code>{lines}</code></pre></details>")
    return "".join(html)


_MACHINE = {"python": "Python", "platform": "platform", "processors": "processors"}


def _options(found: Found) -> dict[str, Any]:
    states = mapping(found.manifest.get("content"))
    return {k: {n: s[n] for n in ("adapter", "options") if n in s} for k, s in states.items() if isinstance(s, Mapping)}


def _bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


def _seconds(value: float) -> str:
    if value < 100:
        return f"{value:.3g} s"
    return f"{value / 60:.0f} min" if value < 3600 else f"{value / 3600:.1f} h"
