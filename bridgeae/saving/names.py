"""Names of layers that depend on the network alone.

Keras numbers layers as a process makes them: the same network is `dense_3` in one process and `dense_7` in another,
where something else was built before. Two equal models would differ in every file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any


def renumbered(architecture: Any, paths: list[str]) -> tuple[Any, list[str]]:
    """Return the parsed JSON of a Keras model and the paths of its weights, with automatic names counted from the top.

    Names that somebody chose stay. Of a path the layer and the weight are left: what comes before them is another in a
    model that was loaded.
    """
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    for kind, name in _named(architecture):
        base = _snake_case(kind)
        if name not in names and re.fullmatch(rf"{base}(_\d+)?", name):
            names[name] = f"{base}_{counts[base]}" if counts[base] else base
            counts[base] += 1
    parts = ([names.get(part, part) for part in path.split("/")[-2:]] for path in paths)
    return _replaced(architecture, names), ["/".join(path) for path in parts]


def _named(value: Any) -> Iterator[tuple[str, str]]:
    """Yield class and name of each layer, in the order of the text."""
    if isinstance(value, dict):
        config = value.get("config")
        if "class_name" in value and isinstance(config, dict) and isinstance(config.get("name"), str):
            yield str(value["class_name"]), config["name"]
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _named(part)


def _replaced(value: Any, names: dict[str, str], key: str = "") -> Any:
    """Return JSON with names replaced wherever Keras writes the name of a layer."""
    if isinstance(value, dict):
        return {k: _replaced(part, names, k) for k, part in value.items()}
    if isinstance(value, list):
        return [_replaced(part, names, key) for part in value]
    holds = key in ("name", "keras_history", "input_layers", "output_layers")
    return names.get(value, value) if holds and isinstance(value, str) else value


def _snake_case(name: str) -> str:
    """Return what Keras makes of the name of a class."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
