"""A run as `bridgeae fit` leaves it, with evil words wherever text can stand, and a parser for its page."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.image import imsave
from safetensors.numpy import save_file

from bridgeae.evaluation import MEASURES
from bridgeae.saving import FORMAT

EVIL = "<script>alert('x')</script>\"& --> {{ 7 * 7 }} $\\frac$"
RIGHT = {"n": 40, "right": 39, "accuracy": 0.975, "interval": [0.871, 0.996]}
MEASURED = RIGHT | {
    "classes": [0, 1, EVIL],
    "confusion": [[20, 0, 0], [1, 9, 0], [0, 0, 10]],
    "diversity": 0.93,
    "frechet": 9.7,
    "frechet_floor": 7.4,
}
REFUSING = [RIGHT | {"coverage": 0.5, "min_confidence": 0.75}]
DATA = {"train": 1080, "test": 40, "from": {"train": EVIL + "/a/very/long/path" * 8, "test": "b"}}
PAIRS = {"retrieval_n": 40}
PAIRS |= dict.fromkeys(MEASURES, 0.4321) | {f"{name}_interval": [0.4, 0.5] for name in MEASURES}
RESULTS = {
    "title": EVIL,
    "description": EVIL,
    "seed": 3,
    "smoke": True,
    "data": {"source": DATA, "target": DATA, EVIL: DATA},
    "versions": {"keras": EVIL},
    "linker": EVIL,
    "stages": {"train source": {"cpu_s": 117.2, "wall_s": 61.0}, EVIL: {"cpu_s": 2.0}},
    "cpu_s": 4000.0,
    "peak_memory_gb": 1.2,
    "source": {"parameters": 1_200_000, "reconstruction_mse": None, "classifier_without_copies": {"n": 0}},
    "target": {"classifier": RIGHT, "classifier_without_copies": RIGHT},
    "translation": MEASURED,
    "drawn_translation": MEASURED | {"accuracy": 0.8, "diversity": 0.5},
    "refusing": REFUSING,
    "more_tests": {EVIL: {"classifier": RIGHT, "refusing": REFUSING, "translation": MEASURED}},
    "pairs": PAIRS | {"n": 40, "baselines": {EVIL: PAIRS}},
    "captions": {"genome.png": EVIL},
    "pictures": {EVIL: {"cohort.png": EVIL, "../../outside.png": "", EVIL: EVIL}},
    "tables": {EVIL: [{"caller": EVIL, "f1": 0.75}, {"caller": "b", EVIL: None}]},
    "table": [f"| caller | {EVIL} |", "|---|---|", f"| {EVIL} | 0.9 |"],
    EVIL: {EVIL: [EVIL]},
}
HISTORY = {"classifier": {"loss": [2.0, 0.1, 0.01], "accuracy": [0.3, 0.8, 0.9]}, "autoencoder": {EVIL + "loss": [0.4]}}
SIDE = {"kind": EVIL, "history": HISTORY, "classes": [0, 1, EVIL], "adapter": {"name": EVIL, "options": {EVIL: EVIL}}}
MANIFEST = {
    "format": FORMAT,
    "versions": {"numpy": "2"},
    "content": {
        "source": SIDE,
        "target": SIDE,
        "linker": {"kind": "RidgeLinker", "history": {EVIL: [float("nan"), 1.0], "loss": [float("nan")] * 2}},
    },
    "networks": ["source-encoder"],
    "sha256": {"source-encoder.safetensors": "ab" * 32},
}
RECORD = {
    "command": f"bridgeae fit {EVIL}",
    "python": EVIL,
    "processors": 2,
    "config": {"source": {"test": ["a", "b"]}},
}


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def write_model(folder: Path) -> Path:
    write(folder / "manifest.json", MANIFEST)
    save_file({"w": np.zeros((50, 30), np.float32)}, folder / "source-encoder.safetensors")
    return folder


def arrays() -> dict[str, np.ndarray]:
    """Return all keys of report.npz."""
    rng = np.random.default_rng(0)
    labels = np.array([EVIL if k % 3 else str(k % 2) for k in range(40)])
    held = {"confidence": rng.random(40), "right": rng.random(40) < 0.9, "shown_truth": labels}
    held["shown_called"] = np.array(["other", *labels[1:]])
    held |= {"pair_values": rng.normal(size=90), "pair_values_made": rng.normal(size=90)}
    tiles = {"shown": (40,), "shown_made": (40,), "shown_true": (40,), "drawn": (3,), "drawn_made": (3, 8)}
    tiles |= {f"{side}_{kind}": (5,) for side in ("source", "target") for kind in ("samples", "again")}
    held |= {name: rng.integers(0, 255, (*n, 32, 32, 3), np.uint8) for name, n in tiles.items()}
    for part in ("source", "target", "made"):
        held |= {f"{part}_map": rng.normal(size=(40, 2)), f"{part}_classes": labels, f"{part}_names": labels}
        held[f"{part}_points"] = rng.integers(0, 255, (40, 12, 16, 3), np.uint8)
    return held | {"source_share": np.ones(2) / 2, "target_share": np.ones(2) / 2}


def write_run(folder: Path) -> Path:
    write(folder / "results.json", RESULTS)
    write(folder / "run.json", RECORD)
    np.savez(folder / "report.npz", **arrays())  # type: ignore[arg-type]
    wide = np.random.default_rng(0).random((60, 1300, 3))
    for name in ("genome.png", "cohort.png", f"odd {EVIL[:8]}.png"):
        imsave(folder / name, wide)
    write_model(folder / "model")
    return folder


class Tags(HTMLParser):
    """Collect tags and text, and check that what is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        assert self.open == []
        self.words = " ".join(" ".join(self.texts).split())
        self.images = [attributes for tag, attributes in self.tags if tag == "img"]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(path: Path) -> Tags:
    return Tags(path.read_text(encoding="utf-8"))
