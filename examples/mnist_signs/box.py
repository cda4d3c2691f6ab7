"""Make the hand-sign bridge that comes with the package: train it on drawn hands, measure it on photos, write its card.

python examples/mnist_signs/box.py --data DIR [--out DIR] [--seed N] [--ship]
python examples/mnist_signs/box.py --data DIR --model MODEL     # measure any hand-sign bridge in the same way

`box.yaml` describes the training, which sees no photo. The folder DIR of --data has mnist.npz and, for the figures,
test_signs.h5, field_signs_dev.zip and field_signs_unknown_dev.zip. A finished or interrupted training in
--out is used again. With --ship the bridge and its card replace those in the package.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from bridgeae import LinkedAutoencoder
from bridgeae.cli import main as bridgeae
from bridgeae.evaluation import share
from bridgeae.runs.translate import TRUSTED
from bridgeae_images.models import HAND_SIGNS

HERE = Path(__file__).parent
KNOWN = {"test_signs.h5": "SIGNS, test", "field_signs_dev.zip": "other people's photos"}
OTHERS = "field_signs_unknown_dev.zip"
COVERAGE = 0.9
RESAMPLES = 2000  # of the bootstrap


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of mnist.npz and of the photos")
    parser.add_argument("--out", type=Path, default=Path("runs/box"), help="folder of the run, the bridge and its card")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ship", action="store_true", help="replace the bridge and the card in the package")
    parser.add_argument("--model", help="measure this bridge, a folder or a packaged one, and train nothing")
    options = parser.parse_args()
    if options.model:
        print("\n".join(table(measure(LinkedAutoencoder.load(options.model), options.data))))
        return 0
    run = options.out / "run"
    fit = ["fit", str(HERE / "box.yaml"), "--data", str(options.data), "--out", str(run), "--seed", str(options.seed)]
    if not (run / "model").exists() and (code := bridgeae([*fit, "--resume"])):
        return code
    bridge = LinkedAutoencoder.load(run / "model", runtime="keras")
    round_weights(bridge)
    place = HAND_SIGNS.path if options.ship else options.out / HAND_SIGNS.path.name
    bridge.save(place, overwrite=True)
    results = json.loads((run / "results.json").read_text())
    figures = measure(bridge, options.data) | {name: results[name] for name in ("translation", "drawn_translation")}
    record = {
        "command": f"python examples/mnist_signs/box.py --data DIR --out DIR --seed {options.seed}",
        "figures": figures,
        "sha256": hashlib.sha256((place / "manifest.json").read_bytes()).hexdigest(),
    }
    place.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    card = (HERE / "card.md").read_text(encoding="utf-8").replace("{figures}", "\n".join(table(figures)))
    place.with_suffix(".md").write_text(card, encoding="utf-8")
    print(card)
    return 0


def round_weights(bridge: LinkedAutoencoder) -> None:
    """Round all weights to half precision, in which a model folder then holds them."""
    for part in (bridge.source, bridge.target, bridge.linker):
        for network in part.get_state().networks.values():
            network.set_weights([w.astype(np.float16).astype(w.dtype) for w in network.get_weights()])


def measure(bridge: LinkedAutoencoder, data: Path) -> dict[str, Any]:
    """Return what the bridge reads in photos, of all and of the most confident ones, and how it tells other signs."""
    adapter: Any = bridge.source.adapter
    figures: dict[str, Any] = {}
    confidence = {}
    for place, name in KNOWN.items():
        photos = adapter.read(data / place)
        right = bridge.source.predict(photos) == photos.labels
        confidence[place] = bridge.confidence(photos)
        surest = np.argsort(-confidence[place], kind="stable")[: round(COVERAGE * len(right))]
        figures[name] = share(right)
        figures[f"{name}, the most confident {COVERAGE:.0%}"] = share(right[surest])
    known, others = confidence["field_signs_dev.zip"], bridge.confidence(adapter.read(data / OTHERS))
    figures[f"{KNOWN['field_signs_dev.zip']}, trusted"] = share(known >= TRUSTED)
    figures["other signs, trusted though they should not be"] = share(others >= TRUSTED)
    figures["AUROC"] = auroc(known, others) | {"n": [len(known), len(others)]}
    return figures


def auroc(known: np.ndarray, others: np.ndarray) -> dict[str, Any]:
    """Return the area under the ROC curve of confidence with its 95 % interval (bootstrap over the photos)."""
    above = (known[:, None] > others) + 0.5 * (known[:, None] == others)
    rng = np.random.default_rng(0)
    i, j = (rng.integers(0, len(a), (RESAMPLES, len(a))) for a in (known, others))
    areas = [above[np.ix_(a, b)].mean() for a, b in zip(i, j, strict=True)]
    return {"area": float(above.mean()), "interval": np.quantile(areas, (0.025, 0.975)).tolist()}


def table(figures: dict[str, Any]) -> list[str]:
    """Return the figures as the lines of a Markdown table."""
    names = {
        "translation": "drawn hands, fixed digit read by a judge",
        "drawn_translation": "drawn hands, drawn digit read by a judge",
    }
    lines = ["| figure | value | 95 % interval |", "|---|---|---|"]
    for name, found in figures.items():
        low, high = found["interval"]
        if name == "AUROC":
            what = f"other signs (6 to 9) told from 0 to 5, AUROC of {found['n'][1]} and {found['n'][0]} photos"
            lines.append(f"| {what} | {found['area']:.3f} | {low:.3f} to {high:.3f} |")
        else:
            value = f"{found['accuracy']:.1%} ({found['right']} of {found['n']})"
            lines.append(f"| {names.get(name, name)} | {value} | {low:.1%} to {high:.1%} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
