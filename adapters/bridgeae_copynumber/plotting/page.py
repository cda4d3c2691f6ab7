"""An HTML page of one genome or a cohort: one file that needs no network."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.errors import InputError
from bridgeae_copynumber.io import save
from bridgeae_copynumber.profile import Profile, Segments, as_profiles

__all__ = ["render_page", "write_page"]

MAX_BINS = 120_000
"""Most bins of all samples that the page draws; of more, every second, third and so on is left out."""
MAX_GENES = 60_000
_NO_GENE = ("", "-", "Antitarget", "Background")


def write_page(
    profiles: Profile | Sequence[Profile],
    segments: Segments,
    path: str | Path,
    *,
    samples: Sequence[Mapping[str, Any]] = (),
    overwrite: bool = False,
) -> None:
    """Write a page with the bins and segments of samples: zoom, search for places and genes, a table to sort.

    Args:
        profiles: one or several.
        segments: of the same samples, called or not.
        path: the file to write.
        samples: facts of each sample, under "sample" its name.
        overwrite: replace an existing file.

    Raises:
        InputError: no profiles, or a file that cannot be written.
        OutputExistsError, MissingFileError: as `write` does.
    """
    page = render_page(profiles, segments, samples=samples)

    def fill(target: Path) -> None:
        target.write_text(page, encoding="utf-8")

    save(path, fill, overwrite)


def render_page(
    profiles: Profile | Sequence[Profile], segments: Segments, *, samples: Sequence[Mapping[str, Any]] = ()
) -> str:
    """Return the text of the page that `write_page` writes. Raises InputError where there are no profiles."""
    many = as_profiles(profiles)
    if not many:
        raise InputError("`profiles` must hold at least one profile, received none.")
    template = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    data = json.dumps(_content(many, segments, {s["sample"]: s for s in samples}), separators=(",", ":"))
    title = html.escape(many[0].sample if len(many) == 1 else f"{len(many)} samples")
    return template.replace("__TITLE__", title).replace("__DATA__", data.replace("<", "\\u003c"))


def _content(profiles: list[Profile], segments: Segments, facts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the page shows, as its script reads it."""
    lengths: dict[str, int] = {}
    for p in profiles:
        for name, end in zip(p.names.tolist(), p.end[p.offsets[1:] - 1].tolist(), strict=True):
            lengths[name] = max(lengths.get(name, 0), end)
    starts = np.cumsum([0, *lengths.values()])[:-1].tolist()
    number = {name: k for k, name in enumerate(lengths)}
    parts = dict(segments.by_sample())
    step = -(-sum(int((~p.missing).sum()) for p in profiles) // MAX_BINS) or 1
    return {
        "chroms": [[name, a, n] for (name, n), a in zip(lengths.items(), starts, strict=True)],
        "genes": _genes(profiles, number),
        "samples": [
            {
                "name": p.sample,
                "facts": _sentence(p, parts.get(p.sample, segments.select(slice(0))), facts.get(p.sample, {}), step),
                "bins": _bins(p, number, step),
                "segments": _segments(parts[p.sample], number) if p.sample in parts else [],
            }
            for p in profiles
        ],
    }


def _bins(profile: Profile, number: Mapping[str, int], step: int) -> list[list[Any]]:
    """Return [chromosome, middles in kb, 100 times log2] for each chromosome."""
    rows = []
    middle = (profile.start + profile.end) / 2000
    for name, a, b in zip(profile.names.tolist(), profile.offsets[:-1], profile.offsets[1:], strict=True):
        here = a + np.flatnonzero(~profile.missing[a:b])[::step]
        value = np.rint(100 * np.clip(profile.log2[here], -20, 20)).astype(int)
        rows.append([number[name], np.round(middle[here], 1).tolist(), value.tolist()])
    return rows


def _segments(s: Segments, number: Mapping[str, int]) -> list[dict[str, Any]]:
    columns: dict[str, list[Any]] = {
        "c": [number[name] for name in s.chrom.tolist()],
        "a": s.start.tolist(),
        "b": s.end.tolist(),
        "log2": np.round(s.mean.astype(float), 4).tolist(),
        "bins": s.n_bins.tolist(),
    }
    for key, value in (("lo", s.ci_lo), ("hi", s.ci_hi), ("probability", s.probability)):
        if value is not None:
            columns[key] = [None if v != v else round(v, 4) for v in value.tolist()]
    for key, value in (("call", s.call), ("copies", s.copy_number)):
        if value is not None:
            columns[key] = value.tolist()
    if s.gene is not None:
        columns["genes"] = ["" if names == "-" else names for names in s.gene.tolist()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _genes(profiles: list[Profile], number: Mapping[str, int]) -> dict[str, list[Any]]:
    """Return [chromosome, start, end, name] of each gene that the bins of the first profile with genes name."""
    found: dict[str, list[Any]] = {}
    p = next((p for p in profiles if p.gene is not None), None)
    if p is None or p.gene is None:
        return found
    for name, a, b, names in zip(p.chrom.tolist(), p.start.tolist(), p.end.tolist(), p.gene.tolist(), strict=True):
        for gene in names.split(","):
            if gene not in _NO_GENE and len(found) < MAX_GENES:
                spot = found.setdefault(gene.lower(), [number[name], a, b, gene])
                if spot[0] == number[name]:
                    spot[1:3] = [min(spot[1], a), max(spot[2], b)]
    return found


def _sentence(profile: Profile, segments: Segments, fact: Mapping[str, Any], step: int) -> str:
    said = [f"{int((~profile.missing).sum()):,} bins", f"{len(segments)} segments"]
    if step > 1:
        said.append(f"one bin in {step} is drawn")
    if fact:
        said += [f"sex {fact['sex']}", f"noise {fact['noise']:.3f}"]
        if fact.get("purity") is not None:
            said += [f"purity {fact['purity']:g}", f"ploidy {fact['ploidy']:g}"]
    return ", ".join(said) + "."
