"""Markdown tables from the recorded results, for these pages and for the READMEs.

python docs/tables.py            rewrites the tables in the READMEs
python docs/tables.py --check    fails if they are out of date
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SIGNS = ROOT / "examples" / "mnist_signs"
SPOKEN = ROOT / "examples" / "spoken_digits"
RECORDED = {
    "hand signs": SIGNS / "results.json",
    "studies": SIGNS / "studies.json",
    "bridging": ROOT / "docs" / "figures" / "bridging.json",
    "bridging draws": ROOT / "docs" / "figures" / "bridging_draws.json",
    "bridging classes": ROOT / "docs" / "figures" / "bridging_classes.json",
    "bridging cells": ROOT / "docs" / "figures" / "bridging_cells.json",
    "runtime": ROOT / "docs" / "figures" / "runtime.json",
    "bridging digits": ROOT / "docs" / "figures" / "bridging_digits.json",
    "spoken digits": SPOKEN / "results.json",
    "segmenters": ROOT / "docs" / "figures" / "segmenters.json",
    "packaged hand signs": ROOT / "adapters" / "bridgeae_images" / "models" / "hand_signs.json",
}
STUDIES = {  # stages of examples/mnist_signs/studies.py
    "joint": "Digits, by training of classifier and autoencoder, at an equal number of epochs:",
    "denoising": "Denoised digits, by encoder, and what a classifier reads in them:",
    "variational": "Variational autoencoders of digits with two latent dimensions, nats:",
    "sign_autoencoder": "Reconstructed photos, by latent, and what a sign classifier reads in them:",
    "reverse": "The reverse bridge from digits to photos, and both round trips, by linker:",
    "pairings": "Photos to digits, by pairing and by linker:",
    "domains": "Three domains, hand signs and two sets of digits, directly and through a hub:",
    "few_labels": "Photos to digits with few labels in each class on both sides, means of five draws of labels:",
}


def recorded(name: str) -> dict[str, Any]:
    """Return recorded results by name; empty if there is no such file."""
    path = RECORDED[name]
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def printed(results: dict[str, Any], table: str = "table") -> str:
    """Return a table that a script printed, with the command of that script."""
    if not results.get(table):
        return ""
    command = results.get(f"{table}_command", results["command"])
    return "\n".join([*results[table], "", f"Printed by `{command}`."])


def cells_table(results: dict[str, Any]) -> str:
    """Return the table of the matching of cells: a row a method, a column a task, means with the range over seeds."""
    if not results:
        return ""
    tasks = list(results["tasks"])
    methods = dict.fromkeys(name for task in tasks for name in results["tasks"][task])
    lines = [f"| n = {results['n']:,} | {' | '.join(tasks)} |", f"|---|{'---|' * len(tasks)}"]
    for name in methods:
        held = [results["tasks"][task].get(name) for task in tasks]
        row = ["" if f is None else "{:.3f} [{:.3f}, {:.3f}]".format(f["mean"], *f["range"]) for f in held]
        lines.append(f"| {name} | {' | '.join(row)} |")
    seeds = ", ".join(map(str, results["seeds"]))
    return "\n".join([*lines, "", f"Seeds {seeds}. Printed by `python benchmarks/bridging_cells.py --data DIR`."])


def studies(results: dict[str, Any]) -> str:
    """Return the tables of all recorded studies, and the cost of the parts that they share."""
    shared = [f"| {name} | {part['cpu_s']:.0f} |" for name, part in results.get("parts", {}).items()]
    tables = [table for stage in STUDIES if (table := study(results, stage))]
    costs = "\n".join(["| part | CPU s |", "|---|---|", *shared])
    return "\n\n".join([*tables, "Several studies share these parts. Each part is trained once:", costs])


def study(results: dict[str, Any], stage: str) -> str:
    """Return a caption and the table of one study; empty if it is not recorded."""
    found = results.get(stage, {})
    rows = found.get("table")
    if results.get("smoke") or not rows:
        return ""
    names = [name for name in dict.fromkeys(n for row in rows for n in row) if not name.endswith("interval")]
    head = [" | ".join(name.replace("_", " ") for name in names), " | ".join("---" for _ in names)]
    body = [" | ".join(cell(row.get(n), row.get(f"{n}_interval", row.get("interval"))) for n in names) for row in rows]
    command = f"python examples/mnist_signs/studies.py --stages {stage} --data DIR --out DIR"
    note = f"Printed by `{command}` ({found['cpu_s']:.0f} CPU s)."
    return "\n".join([STUDIES[stage], "", *(f"| {line} |" for line in (*head, *body)), "", note])


def cell(value: Any, interval: Any = None) -> str:
    """Format one value of a study: shares with counts and 95 % interval, numbers with four digits."""
    if isinstance(value, dict) and "accuracy" in value:
        low, high = value["interval"]
        of = f"{value['right']:,} of {value['n']:,}" if "right" in value else f"{value['runs']} runs of {value['n']:,}"
        return f"{value['accuracy']:.1%} ({of}; {low:.1%} to {high:.1%})"
    if isinstance(value, float):
        between = (
            f" ({interval[0]:.5g} to {interval[1]:.5g})" if interval and interval[0] <= value <= interval[1] else ""
        )
        return f"{value:.4g}{between}"
    return "" if value is None else str(value).replace("|", "\\|")


def peers_ahead(results: dict[str, Any]) -> str:
    """List the sets on which a peer finds breakpoints better than the shipped segment caller."""
    scores = results.get("figures", {})
    peers = {name: sets for name, sets in scores.items() if not name.startswith(("bridgeae", "linked latents"))}
    lines = []
    for name, own in scores.get("bridgeae", {}).items():
        reached = {peer: sets[name]["f1"] for peer, sets in peers.items() if name in sets}
        best = max(reached, key=lambda peer: reached[peer], default="")
        if reached.get(best, 0) > own["f1"]:
            lines.append(f"- {name}: {best} reaches F1 {reached[best]:.3f}, the shipped caller {own['f1']:.3f}.")
    return "\n".join(["The sets on which a peer is ahead in breakpoint F1:", "", *lines]) if lines else ""


def headline() -> str:
    """List the main figures, a sentence each."""
    signs, callers = recorded("hand signs"), recorded("segmenters")
    seeds, scores = signs["seeds"], callers["figures"]

    def mean(name: str) -> float:
        return sum(seed[name] for seed in seeds) / len(seeds)

    peers = {name: sets for name, sets in scores.items() if not name.startswith(("bridgeae", "linked latents"))}
    best = {s: max((sets[s]["f1"], name) for name, sets in peers.items() if s in sets) for s in ("array", "sc")}
    right, diversity = (mean(f"a second judge, one draw each: {name}") for name in ("right of 120", "pixel diversity"))
    packaged = recorded("packaged hand signs")["figures"]["other people's photos"]
    lines = [
        f"- The packaged bridge `hand-signs` reads **{packaged['right']} of {packaged['n']}** photos by other people. "
        "It never saw a photo; the recipe was chosen with these in view.",
        f"- Trained on photos, **{right:.1f} of 120** hand signs become the right digit, drawn at random and judged by "
        "a classifier trained apart.",
        f"- Its draws are nearly as varied as real digits: pixel diversity **{diversity:.2f}** (real digits are 1).",
    ]
    for name, words in (("array", "On simulated arrays"), ("sc", "On simulated cells")):
        (score, peer), own = best[name], scores["bridgeae"][name]["f1"]
        lines.append(
            f"- {words} the segment caller reaches breakpoint F1 **{own:.3f}**; the best peer, {peer}, {score:.3f}."
        )
    return "\n".join(
        [*lines, "", f"The second and third are means of {len(seeds)} seeds. The documentation has all figures."]
    )


BLOCKS: dict[str, Callable[[], str]] = {
    "headline": headline,
    "hand signs": lambda: printed(recorded("hand signs")),
    "studies": lambda: studies(recorded("studies")),
    "spoken digits": lambda: printed(recorded("spoken digits")),
    "copy number": lambda: printed(recorded("segmenters")),
}
DOCUMENTS = [ROOT / "README.md", SIGNS / "README.md", SPOKEN / "README.md"]


def filled(text: str) -> str:
    """Return a document with every block `<!-- figures: NAME -->` to `<!-- end figures -->` made anew."""
    for name, table in BLOCKS.items():
        pattern = rf"(<!-- figures: {name} -->\n).*?(<!-- end figures -->)"
        lines = table().replace("\\", r"\\")
        text = re.sub(pattern, rf"\g<1>{lines}\n\g<2>", text, flags=re.DOTALL)
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only check whether the READMEs are up to date")
    options = parser.parse_args()
    stale = []
    for document in DOCUMENTS:
        before = document.read_text(encoding="utf-8")
        after = filled(before)
        if after != before:
            stale.append(document.relative_to(ROOT).as_posix())
            if not options.check:
                document.write_text(after, encoding="utf-8")
    if options.check and stale:
        print(f"out of date: {', '.join(stale)}. Run python docs/tables.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
