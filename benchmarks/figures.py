"""Put the figures of the examples' results files into the READMEs, so that none is typed in by hand.

python benchmarks/figures.py [--check]
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
SIGNS, GENOMES = ROOT / "examples" / "mnist_signs", ROOT / "examples" / "copy_number"

STUDIES = {
    "joint": "Digits, by how classifier and autoencoder are trained, at an equal number of passes:",
    "denoising": "Noisy digits made clean, by the encoder, and what a classifier then reads:",
    "variational": "Variational autoencoders of digits with two latent dimensions, nats:",
    "sign_autoencoder": "Photos reconstructed, by the latent, and what a sign classifier reads in them:",
    "reverse": "The same two sides backwards, from digits to photos, and there and back, by linker:",
    "pairings": "Photos to digits, by what says which belong together, and by linker:",
    "domains": "Three domains, hand signs and two sets of digits, directly and through a hub:",
    "few_labels": "Photos to digits when each class has few labels on both sides, means of five draws of labels:",
}
"""The stages of examples/mnist_signs/studies.py, and what each one's table shows."""


def printed(results: dict[str, Any]) -> str:
    """Return the table that a script printed, and its command."""
    return "\n".join([*results["table"], "", f"Printed by `{results['command']}`."])


def studies(results: dict[str, Any]) -> str:
    """Return the tables of all studies that have been run, with what each cost, and what the parts they share cost."""
    parts = ", ".join(f"{name} {part['cpu_s']:.0f}" for name, part in results.get("parts", {}).items())
    tables = [table for stage in STUDIES if (table := study(results, stage))]
    return "\n\n".join([*tables, f"Parts that studies share are trained once, CPU s: {parts}."])


def study(results: dict[str, Any], stage: str) -> str:
    """Return a sentence and the table of one study, or nothing where it has not been run."""
    found = results.get(stage, {})
    rows = found.get("table")
    if results.get("smoke") or not rows:
        return ""
    names = [name for name in dict.fromkeys(n for row in rows for n in row) if not name.endswith("interval")]
    head = [" | ".join(name.replace("_", " ") for name in names), " | ".join("---" for _ in names)]
    body = [" | ".join(cell(row.get(n), row.get(f"{n}_interval", row.get("interval"))) for n in names) for row in rows]
    cost = f"{found['cpu_s']:.0f} CPU s"
    command = f"Printed by `python examples/mnist_signs/run.py --stages {stage} --data DIR --out DIR` ({cost})."
    return "\n".join([STUDIES[stage], "", *(f"| {line} |" for line in (*head, *body)), "", command])


def cell(value: Any, interval: Any = None) -> str:
    """Return a value of a study as a cell: shares with their counts and 95 % intervals, numbers with four digits."""
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


BLOCKS: dict[str, tuple[Path, Callable[[dict[str, Any]], str]]] = {
    "hand signs": (SIGNS / "results.json", printed),
    "studies": (SIGNS / "studies.json", studies),
    "copy number": (GENOMES / "results.json", printed),
}
DOCUMENTS = [ROOT / "README.md", SIGNS / "README.md"]


def filled(text: str) -> str:
    """Return a document with every block between `<!-- figures: NAME -->` and `<!-- end figures -->` made anew."""
    for name, (path, table) in BLOCKS.items():
        made = table(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else ""
        pattern = rf"(<!-- figures: {name} -->\n).*?(<!-- end figures -->)"
        text = re.sub(pattern, lambda m, made=made: f"{m[1]}{made}\n{m[2]}", text, flags=re.DOTALL)
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only tell whether the documents are up to date")
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
        print(f"out of date: {', '.join(stale)}. Run python benchmarks/figures.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
