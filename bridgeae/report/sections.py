"""What a report says, section by section. Each is left out where a folder does not hold what it needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from html import escape
from math import prod
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from bridgeae.errors import FileFormatError
from bridgeae.report.blocks import anything, bars, figure, is_number, is_share, mapping, seconds, share, table, text
from bridgeae.report.charts import line_chart
from bridgeae.report.measured import MEASURED, glance, measured, refusal
from bridgeae.report.pictures import Found, draws, galleries, maps, pictures, reconstructions, translations

_PLACES: Mapping[str, Any] = {
    **dict.fromkeys(("data", "versions", "stages", "source", "target", "judge", "captions", "pictures"), Mapping),
    **dict.fromkeys(("title", "description", "linker", "command"), str),
    **dict.fromkeys(("cpu_s", "peak_memory_gb", "seed"), int | float),
    "smoke": bool,
}  # keys of results.json with a place of their own, if of this type; all others are shown as tables

Section = tuple[str, str, str]
_Shown = TypeVar("_Shown", str, tuple[str, str])


def sections(found: Found) -> Iterator[Section]:
    """Give (title, HTML, first sentence) of each section in order; those without HTML are to be left out."""
    results = found.results
    yield "At a glance", glance(results), ""
    yield "What was bridged", _data(found), ""
    yield "Translations", _shown(translations, found), "Test samples drawn at random, each with its translation."
    yield "Many translations of one sample", _shown(draws, found), "Different draws for the same test sample."
    for title, html in galleries(found).items():
        yield title, html, ""
    yield "How good they are", measured(results), ""
    yield "When to trust an answer", *_shown(refusal, found)
    yield "Latent maps", _shown(maps, found), "First two principal components; a class is named where its middle lies."
    yield "The two sides", _sides(found), ""
    yield "Pictures", pictures(found), ""
    more = {k: v for k, v in results.items() if not (k in _PLACES and isinstance(v, _PLACES[k]))}
    more = {k: v for k, v in more.items() if not (k in MEASURED and is_share(v))}
    yield "More figures" if is_share(results.get("translation")) else "Figures", anything(more), ""
    yield "Training", _training(found.manifest), ""
    yield "Time and memory", _stages(results), ""
    yield "How it was made", _made(found), ""


def _shown(show: Callable[[Mapping[str, np.ndarray]], _Shown], found: Found) -> _Shown:
    """Show some of the arrays of a run, all that belongs together of which has to be there."""
    try:
        return show(found.arrays)
    except (LookupError, TypeError, ValueError) as error:
        raise FileFormatError(
            f"{found.folder / 'report.npz'} does not hold what a report shows: {error!r}. Run `bridgeae fit` again."
        ) from None


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
    return table(rows, ("", "adapter", "train", "test", "from"), kind="data") + anything(other) + _parts(found)


def _parts(found: Found) -> str:
    """Tell each network's size, read from the headers of its weights."""
    rows = []
    networks = found.manifest.get("networks")
    for name in map(str, networks if isinstance(networks, list) else []):
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
    return words + table(rows, ("network", "parameters", "on disk", "part of"))


def _parameters(path: Path) -> int:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            return sum(prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise FileFormatError(f"{path} is damaged: {error}. Copy the model again.") from None


def _sides(found: Found) -> str:
    rows = []
    for name in ("source", "target", "judge"):
        for key, value in mapping(found.results.get(name)).items():
            words = escape(key.replace("_", " "))
            rows.append([f"{name}: {words}", share(value) if is_share(value) else text(value)])
    return _shown(reconstructions, found) + table(rows)


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
        both = [f"{seconds(v)} {word}" for v, word in ((cpu, "CPU"), (wall, "elapsed")) if is_number(v)]
        rows[name] = (float(next((v for v in (cpu, wall) if is_number(v)), 0)), ", ".join(both))
    total = []
    if is_number(results.get("cpu_s")):
        total.append(f"{seconds(results['cpu_s'])} of processor time in all")
    if is_number(results.get("peak_memory_gb")):
        total.append(f"at most {results['peak_memory_gb']:.2g} GB of memory")
    return bars(rows) + (f"<p>{escape(', '.join(total))}.</p>" if total else "")


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
    if digests := mapping(found.manifest.get("sha256")):
        lines = "\n".join(f"{escape(str(digest))}  {escape(str(name))}" for name, digest in digests.items())
        html.append(f"<details><summary>Files of the model (sha256)</summary><pre><code>{lines}</code></pre></details>")
    return "".join(html)


_MACHINE = {"python": "Python", "platform": "platform", "processors": "processors"}


def _options(found: Found) -> dict[str, Any]:
    states = mapping(found.manifest.get("content"))
    return {k: {n: s[n] for n in ("adapter", "options") if n in s} for k, s in states.items() if isinstance(s, Mapping)}


def _bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
