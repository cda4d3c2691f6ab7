"""One page that compares runs: verdicts side by side, what differs in their configuration, losses and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae.errors import InputError
from bridgeae.evaluation import Verdict, headline, verdicts
from bridgeae.report import charts
from bridgeae.report.page import templates
from bridgeae.report.reading import Found, find
from bridgeae.saving import refuse_existing, whole_file

_SHOWN = 8  # answers of each run


def write_comparison(
    folders: Sequence[str | Path], output: str | Path = "comparison.html", *, overwrite: bool = False
) -> Path:
    """Write a page that compares runs.

    Args:
        folders: two or more folders that `bridgeae fit` wrote.
        output: the HTML file.
        overwrite: whether an existing file may be replaced.

    Returns:
        The path of the file.

    Raises:
        InputError: fewer than two folders, or one of them holds no results.
        MissingFileError, FileFormatError: as of `write_report`.
        OutputExistsError: the file is there and `overwrite` is False.
    """
    if len(folders) < 2:
        raise InputError(f"`folders` must be at least two runs to compare, received {len(folders)}.")
    output = Path(output)
    refuse_existing(output, overwrite=overwrite)
    runs = dict(zip(_names([Path(folder).resolve() for folder in folders]), map(find, map(Path, folders)), strict=True))
    for name, found in runs.items():
        if not found.results:
            raise InputError(f"{name} is a model without results: compare the folders of the runs.")
    with charts.style():
        page = (
            templates()
            .get_template("comparison.j2")
            .render(
                runs=runs,
                headlines={name: headline(found.results) for name, found in runs.items()},
                figures=_figures(runs),
                shares=_shares(runs),
                differences=list(_differences(runs)),
                losses=list(_losses(runs)),
                answers=_answers(runs),
                same_test=_same_test(runs),
            )
        )
    with whole_file(output) as new:
        new.write_text(page, encoding="utf-8", errors="replace")
    return output


def _names(folders: Sequence[Path]) -> list[str]:
    """Return as much of the end of each path as tells the folders apart."""
    for length in range(1, max(len(folder.parts) for folder in folders) + 1):
        names = ["/".join(folder.parts[-length:]) for folder in folders]
        if len(set(names)) == len(names):
            return names
    raise InputError("`folders` must be different runs, received one of them twice.")


def _figures(runs: Mapping[str, Found]) -> dict[str, list[Verdict | None]]:
    """Return the verdict of each run by the name of the figure."""
    found = [{verdict.name: verdict for verdict in verdicts(run.results)} for run in runs.values()]
    names = dict.fromkeys(name for table in found for name in table)
    return {name: [table.get(name) for table in found] for name in names}


def _shares(runs: Mapping[str, Found]) -> list[tuple[Any, str]]:
    """Return charts of shares of right answers with their intervals, a row a run."""
    drawn = []
    for key, words in (("translation", "fixed answers of the right class"), ("drawn_translation", "draws, likewise")):
        results: dict[str, Any] = {name: run.results for name, run in runs.items()}
        figures = {name: held[key] for name, held in results.items() if key in held}
        rows = {name: (of["accuracy"], *of["interval"]) for name, of in figures.items()}
        if len(rows) > 1:
            caption = (
                f"Share of {words}, with 95 % intervals." if key == "translation" else "The same of one draw each."
            )
            drawn.append((charts.interval_chart(rows, words), caption))
    return drawn


def _differences(runs: Mapping[str, Found]) -> Iterator[tuple[str, list[str]]]:
    """Yield each key of the configuration whose values differ, then other facts that no such key implies, by run."""
    flat = [dict(_flat({"config": run.record.get("config", {}), **_described(run)})) for run in runs.values()]
    asked = set[tuple[str, ...]]()
    for key in dict.fromkeys(key for table in flat for key in table):
        values = [table.get(key, "\N{EN DASH}") for table in flat]
        known = tuple(values) in asked and not key.startswith("config.")
        if key.startswith("config."):
            asked.add(tuple(values))
        if len(set(values)) > 1 and not known:
            yield key.removeprefix("config."), values


def _described(run: Found) -> dict[str, Any]:
    return {key: run.results.get(key) for key in ("seed", "linker", "versions", "data") if key in run.results}


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _losses(runs: Mapping[str, Found]) -> Iterator[tuple[str, Any, list[str], list[int]]]:
    """Yield (stage, chart, runs, their colours) of the losses of each stage that two runs have."""
    stages: dict[str, dict[str, Any]] = {}
    for name, run in runs.items():
        content: Any = run.manifest.get("content", {})
        for part in ("source", "target", "linker"):
            history: Any = content.get(part, {}).get("history", {})
            for stage, lines in ({"": history} if part == "linker" else history).items():
                if len(line := lines.get("loss", ())) > 1:
                    stages.setdefault(f"{part}: {stage}".rstrip(": "), {})[name] = line
    for stage, lines in stages.items():
        if len(lines) > 1:
            yield stage, charts.line_chart(lines, "loss"), list(lines), charts.line_colours(lines)


def _answers(runs: Mapping[str, Found]) -> dict[str, list[dict[str, Any]]]:
    """Return a few samples of each run with their fixed answers, spread over those that its report shows."""
    shown: dict[str, list[dict[str, Any]]] = {}
    for name, run in runs.items():
        arrays: Any = run.arrays
        if "shown" in arrays:
            n = len(arrays["shown"])
            chosen = np.unique(np.linspace(0, n - 1, min(_SHOWN, n)).round().astype(int))
            truth, called = (arrays.get(f"shown_{key}", np.full(n, "")) for key in ("truth", "called"))
            shown[name] = [
                {"sample": arrays["shown"][k], "made": arrays["shown_made"][k], "truth": truth[k], "called": called[k]}
                for k in chosen
            ]
    return shown


def _same_test(runs: Mapping[str, Found]) -> bool:
    """Return whether all runs were measured on the same number of test samples from the same place."""
    tests = set()
    for run in runs.values():
        samples: Any = run.results.get("data", {}).get("source", {})
        tests.add((samples.get("test"), samples.get("from", {}).get("test")))
    return len(tests) == 1
