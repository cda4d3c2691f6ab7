"""Hostile run files: a sound text with another value for its seed."""

from __future__ import annotations

RUN = """
source: {adapter: images, train: ["drawn:hands?n=24"], test: ["drawn:hands?n=12&seed=1"]}
target: {adapter: images, train: ["drawn:hands?n=24&seed=2"], test: ["drawn:hands?n=12&seed=3"]}
seed: 7
"""
RAW = ["2001-02-30", "2001-2-4t1:59:43-25:00", "!!float x", "!!float", "!!int x", "!!int", "9" * 5000, "!!bool x"]
RAW += ["!!timestamp x", "!!python/object/apply:os.system [ls]", "!!set {a: [b]}", "!!binary ?"]
RAW += ["{[a]: b}", "[&a [*a]]"]


def laughs(depth: int = 8) -> list[str]:
    """Return lines of YAML that are 9 ** (depth + 1) words when written out."""
    lines = ["a: &a [" + ",".join(['"lol"'] * 9) + "]"]
    for last, name in zip("abcdefghijk", "bcdefghijkl"[:depth], strict=False):
        lines.append(f"{name}: &{name} [" + ",".join([f"*{last}"] * 9) + "]")
    return lines


def _seed(text: str) -> str:
    return RUN.replace("seed: 7", f"seed: {text}")


RUN_FILES = {
    "yaml_laughs": _seed("\n" + "\n".join("- " + line.split(": ", 1)[1] for line in laughs())),
    "yaml_laughs_on_top": "\n".join(laughs()) + "\n" + RUN,
    "yaml_long_alias": _seed("\n- &a " + "x" * 30_000 + "\n" + "- *a\n" * 5000),
    "yaml_deep": _seed("[" * 3000 + "]" * 3000),
    "yaml_large": _seed('"' + "x" * 10**7 + '"'),
    **{f"yaml_raw_{k}": _seed(text) for k, text in enumerate(RAW)},
}
