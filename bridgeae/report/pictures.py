"""The pictures of a report: samples as their adapters drew them, latent maps, and the files of the run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.report.blocks import figure, is_picture, mapping, percent, picture, tile
from bridgeae.report.charts import scatter_chart

_PICTURES = 40  # a page holds no more
_CAPTIONS = {
    "translations": "Test samples, each beside its translation.",
    "reconstructions_source": "Source side: test samples and their reconstructions.",
    "reconstructions_target": "Target side: test samples and their reconstructions.",
    "augmented": "Training samples (top) and augmented views of them.",
    "mispredicted": "Test samples that the source's classifier calls wrongly.",
    "loss_curves": "Loss by epoch.",
}


@dataclass(frozen=True, eq=False)
class Found:
    """What a folder holds: `results` and `record` of a run, `manifest` of a model, `arrays` to show."""

    folder: Path
    results: Mapping[str, Any]
    record: Mapping[str, Any]
    manifest: Mapping[str, Any]
    model: Path | None
    arrays: Mapping[str, np.ndarray]


def translations(arrays: Mapping[str, np.ndarray]) -> str:
    """Show test samples beside their translations; those judged to be of another class stand out."""
    if "shown" not in arrays:
        return ""
    truth, called = arrays.get("shown_truth"), arrays.get("shown_called")
    pairs = []
    for k, (a, b) in enumerate(zip(arrays["shown"], arrays["shown_made"], strict=True)):
        known = "" if truth is None else str(truth[k])
        words, kind = escape(known), ""
        if called is not None and truth is not None:
            kind = "" if called[k] == truth[k] else " wrong"
            words = f"{words} <span>judged</span> {escape(str(called[k]))}" if kind else words
        images = f"{tile(a, f'source, class {known}')}{tile(b, 'its translation')}"
        pairs.append(f'<figure class="pair{kind}"><div>{images}</div><figcaption>{words}</figcaption></figure>')
    return f'<div class="pairs{_broad(arrays["shown"], arrays["shown_made"])}">{"".join(pairs)}</div>'


def draws(arrays: Mapping[str, np.ndarray]) -> str:
    """Show several translations of each of a few test samples."""
    if "drawn_made" not in arrays:
        return ""
    broad = _broad(arrays["drawn"], arrays["drawn_made"][:, 0])
    rows = [
        f'<div class="draws{broad}">{tile(a, "source")}<div>{"".join(tile(x, "a draw") for x in several)}</div></div>'
        for a, several in zip(arrays["drawn"], arrays["drawn_made"], strict=True)
    ]
    return "".join(rows)


def reconstructions(arrays: Mapping[str, np.ndarray]) -> str:
    """Show samples of each side above their reconstructions."""
    html = []
    for name in ("source", "target"):
        if f"{name}_samples" in arrays:
            pairs = [
                f'<div class="column">{tile(a, "sample")}{tile(b, "reconstruction")}</div>'
                for a, b in zip(arrays[f"{name}_samples"], arrays[f"{name}_again"], strict=True)
            ]
            words = f"{name.capitalize()} side: test samples (top) and their reconstructions."
            broad = _broad(arrays[f"{name}_samples"])
            html.append(figure(f'<div class="columns{broad}">{"".join(pairs)}</div>', words))
    return "".join(html)


def maps(arrays: Mapping[str, np.ndarray]) -> str:
    """Show the latents of each side, and where the translations lie among the target's."""
    names = [arrays[key] for key in ("source_classes", "target_classes", "made_classes") if key in arrays]
    classes = [str(c) for c in np.unique(np.concatenate(names))] if names else []
    charts = []
    for side, words in (
        ("source", "Source latents of test samples."),
        ("target", "Target latents: real test samples (rings) and translations (filled)."),
    ):
        if f"{side}_map" not in arrays or arrays[f"{side}_map"].shape[1] < 2:
            continue
        layers = [(arrays[f"{side}_map"], arrays.get(f"{side}_classes"), "point")]
        if side == "target":
            layers = [(arrays["target_map"], arrays.get("target_classes"), "ring")]
            layers.append((arrays["made_map"], arrays.get("made_classes"), "point"))
        x, y = (f"component {k + 1}, {percent(v)} of variance" for k, v in enumerate(arrays[f"{side}_share"]))
        charts.append(figure(scatter_chart(layers, x=x, y=y, title=words, classes=classes), words))
    return f'<div class="charts">{"".join(charts)}</div>' if charts else ""


def galleries(found: Found) -> dict[str, str]:
    """Show the pictures that a run names itself: ``{"pictures": {title: {file: caption}}}`` in its results.

    Only picture files of the run's own folder are ever read, whatever the results say.
    """
    files = {path.relative_to(found.folder).as_posix(): path for path in _files(found)}
    declared = mapping(found.results.get("pictures"))
    return {
        str(title): "".join(picture(files[name], str(words)) for name, words in mapping(shown).items() if name in files)
        for title, shown in declared.items()
    }


def pictures(found: Found) -> str:
    """Show the pictures of a run that have no other place, with captions of its results where it has some."""
    elsewhere = {name for shown in mapping(found.results.get("pictures")).values() for name in mapping(shown)}
    if "shown" in found.arrays:
        elsewhere |= {"reconstructions_source.png", "reconstructions_target.png"}
    if found.manifest:
        elsewhere.add("loss_curves.png")
    paths = [p for p in _files(found) if p.relative_to(found.folder).as_posix() not in elsewhere]
    captions = mapping(found.results.get("captions"))
    html = []
    for path in paths[:_PICTURES]:
        words = captions.get(path.name) or _CAPTIONS.get(path.stem) or _named(path.stem)
        html.append(picture(path, str(words)))
    if (left := len(paths) - _PICTURES) > 0:
        html.append(f"<p>{left} more pictures are in the folder.</p>")
    return "".join(html)


def _files(found: Found) -> list[Path]:
    """List the picture files of a run and of the folders directly in it, but for its model."""
    if not found.results:
        return []
    here = (*found.folder.glob("*"), *found.folder.glob("[!.]*/*"))
    paths = [p for p in here if p.is_file() and is_picture(p) and p.parent != found.model]
    return sorted(paths, key=_counted)


def _broad(*tiles: np.ndarray) -> str:
    """Return the style of samples that are drawn far wider than high, as signals are: they stand below each other."""
    return " broad" if any(t.shape[2] > 2 * t.shape[1] for t in tiles) else ""


def _named(stem: str) -> str:
    words = stem.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]


def _counted(path: Path) -> list[tuple[int, str]]:
    """Order names that hold numbers as a person would: 2 before 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", str(path))]
