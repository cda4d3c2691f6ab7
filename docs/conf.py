"""Sphinx settings, and the figures and pictures that the examples wrote, as substitutions for the pages."""

from __future__ import annotations

import json
import os
import re
import sys
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

project = "bridgeae"
author = "The bridgeae authors"
copyright = author
version = release = installed_version("bridgeae")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"bridgeae {version}"
nitpicky = False  # docstrings name shapes, not types that Sphinx could resolve
default_role = "code"
myst_enable_extensions = ["colon_fence", "substitution", "attrs_inline"]
myst_heading_anchors = 3
autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "benchmarks"))
from figures import study as study_table  # noqa: E402


def recorded(example: str, name: str = "results.json") -> dict[str, Any]:
    """Read a results file of an example; empty where there is none."""
    path = HERE.parent / "examples" / example / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def figures(example: str) -> str:
    """Return the table of an example's results file, or what makes one."""
    results = recorded(example)
    if not results:
        return f"*These figures are written by `python examples/{example}/run.py`; this copy was built without them.*"
    command = f"\n\nPrinted by `{results['command']}`." if "command" in results else ""
    if "table" in results:
        return "\n".join(results["table"]) + command
    lines = [f"| {name} | {value} |" for name, value in flat(results)]
    return "\n".join(["| figure | value |", "|---|---|", *lines]) + command


def linkers() -> str:
    """Return the table that compares linkers on the two sides of the hand-sign runs."""
    results = recorded("mnist_signs")
    return "\n".join([*results["linkers"], "", f"Printed by `{results['command']}`."]) if "linkers" in results else ""


def peers_ahead() -> str:
    """List the sets on which a peer finds breakpoints better than the shipped segment caller."""
    scores = recorded("copy_number").get("figures", {})
    peers = {name: sets for name, sets in scores.items() if name not in ("shipped", "linked latents, frozen decoder")}
    lines = []
    for name, own in scores.get("shipped", {}).items():
        reached = {peer: sets[name]["f1"] for peer, sets in peers.items() if name in sets}
        best = max(reached, key=lambda peer: reached[peer], default="")
        if reached.get(best, 0) > own["f1"]:
            lines.append(f"- {name}: {best} reaches F1 {reached[best]:.3f}, the shipped caller {own['f1']:.3f}.")
    return "\n".join(["The sets on which a peer is ahead in breakpoint F1:", "", *lines]) if lines else ""


def study(stage: str) -> str:
    """Return the table of one study of hand signs and digits, or nothing where it has not been run."""
    results = recorded("mnist_signs", "studies.json")
    return study_table(results, stage) if results else ""


def flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """List the numbers of nested results with their names."""
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in flat(item, f"{name} {key}".strip())]
    return [(name, f"{value:.4g}")] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def picture(name: str, caption: str) -> str:
    """Return a picture of `docs/images` with its caption, or nothing where there is none."""
    return f"![{caption}](/images/{name})\n\n*{caption}*" if (HERE / "images" / name).is_file() else ""


myst_substitutions = {
    "hand_signs_figures": figures("mnist_signs"),
    "copy_number_figures": figures("copy_number"),
    "copy_number_peers_ahead": peers_ahead(),
    "hand_signs_picture": picture(
        "hand_signs.png",
        "Hands that the package draws, seen by a bridge trained on photos: its fixed answer, and four draws.",
    ),
    "copy_number_picture": picture(
        "copy_number.png",
        "A simulated tumour: raw bins as points, called segments as lines, red gained and blue lost.",
    ),
    "copy_number_cohort_picture": picture(
        "copy_number_cohort.png", "Segments of 24 simulated tumours, a row each, similar ones side by side."
    ),
    "linkers_table": linkers(),
    "few_labels_study": study("few_labels"),
    "pairings_study": study("pairings"),
    "domains_study": study("domains"),
    "joint_study": study("joint"),
    "denoising_study": study("denoising"),
    "variational_study": study("variational"),
    "reverse_study": study("reverse"),
    "sign_autoencoder_study": study("sign_autoencoder"),
}

_CODE = re.compile(r"(``.+?``|`[^`]+`|>>> .*)")


def plain_stars(app: Any, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Escape what reStructuredText would take for markup outside of code: ``(n, *sample)``, ``classes_``."""
    for k, line in enumerate(lines):
        if line.lstrip().startswith((">>>", "...")):
            continue
        parts = _CODE.split(line)
        parts[::2] = [re.sub(r"(\*|(?<=\w)_(?=\W|$)|\|)", r"\\\1", part) for part in parts[::2]]
        parts[2::2] = [re.sub(r"^(?=\w)", r"\\ ", part) for part in parts[2::2]]  # `Domain`s
        lines[k] = "".join(parts)


def setup(app: Any) -> None:
    """Escape docstrings before napoleon reads them."""
    app.connect("autodoc-process-docstring", plain_stars, priority=400)
