"""Markdown tables of what `segmenters.py` measured."""

from __future__ import annotations

from typing import Any

from segmenter_tasks import BENCH_SETS, SIGMAS

Result = dict[str, Any]


def overview(figures: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    """Return the table of the README: breakpoint F1 at two bins, and level error, of each caller on each set."""
    sets = list(next(iter(figures.values())))
    lines = [f"| F1 (level error) | {' | '.join(sets)} |", "|---" * (len(sets) + 1) + "|"]
    return [
        *lines,
        *(f"| {caller} | {' | '.join(_score(scores[s]) for s in sets)} |" for caller, scores in figures.items()),
    ]


def tables(results: Result) -> str:
    """Return the other tables: accuracy with speed and memory, commands, paired gain, sensitivity."""
    lines = [*_accuracy(results), *_commands(results)]
    for kind, r in results.get("fresh", {}).items():
        lines.append(
            f"Fresh {kind}: gain over {r['best']} {r['gain']:+.3f} (95 % {r['low']:+.3f} to {r['high']:+.3f}).  "
        )
    return "\n".join([*lines, *_power(results)]) + "\n"


def _score(score: dict[str, float]) -> str:
    return f"{score['f1']:.3f} ({score['mae']:.3f})"


def _accuracy(results: Result) -> list[str]:
    if "cold" not in results:
        return []
    sets = [name for name in BENCH_SETS if name != "stress"]
    columns = "| caller | " + " | ".join(sets)
    lines = [columns + " | altered found, false | stress | label errors | bins/s | MB | flat |", "|---" * 12 + "|"]
    for name, r in results["accuracy"].items():
        scores = r["scores"]
        altered, stress = scores["coriell"], scores["stress"]
        cells = [_score(scores[s]) for s in sets]
        cells += [f"{altered['found']}/{altered['true']}, {altered['false']}", f"{stress['found']}/{stress['true']}"]
        cells += [str(r["label_errors"]), f"{r['bins_per_second']:,.0f}", f"{r['megabytes']:.0f}", _flat(r["flat"])]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    note = "F1 of breakpoints at 2 bins (mean absolute error of levels); flat: CPU seconds and MB for that many bins."
    return [*lines, "", note, ""]


def _flat(flat: Result | None) -> str:
    return "" if flat is None else f"{flat['seconds']:.2f} s, {flat['megabytes']:.0f} MB ({flat['bins']:,})"


def _commands(results: Result) -> list[str]:
    if "cold" not in results:
        return []
    lines = ["| command, file to file, 5,763 bins | wall s | MB |", "|---|---|---|"]
    return [*lines, *(f"| {n} | {r['seconds']:.2f} | {r['megabytes']:.0f} |" for n, r in results["cold"].items()), ""]


def _power(results: Result) -> list[str]:
    if "power" not in results:
        return []
    names, profiles = list(results["power"]), results["profiles"]
    lines = [
        f"Cells: at sigma {' / '.join(map(str, SIGMAS))}, {profiles} profiles each. Found: both ends within 3 bins "
        f"(a share p has a 95 % interval of ±{1.96 / profiles**0.5:.2f} √(p (1 - p))). False: in 10,000 bins "
        f"(a mean m: ±{1.96 / profiles**0.5:.2f} √m)."
    ]
    for part, digits in (("found", 2), ("false", 1)):
        lines += ["", f"| {part} | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
        for case in results["power"][names[0]][part]:
            cells = (" / ".join(f"{v:.{digits}f}" for v in results["power"][n][part][case]) for n in names)
            lines.append(f"| {case} | " + " | ".join(cells) + " |")
    return lines
