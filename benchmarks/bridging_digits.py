"""Translate digits of one origin into those of another, where the source alone has labels.

python benchmarks/bridging_digits.py --data DIR [--seeds 0 1 2] [--directions mnist-usps usps-mnist] [--results FILE]

DIR holds `mnist.npz` and `bridging/mnist_usps/usps.npz`, in Keras' layout. Only training halves are trained on, without
the target's labels. A translated digit of the source's test half is right if a judge reads its class: another network,
trained on the target's training half with its labels, and used for nothing else. "Found" is the accuracy, on the
target's test half, of the judge's network trained on the classes that were found in place of the labels; "source only"
that of the source side's classifier. Published figures: table in arXiv 1905.00158; source only, s-chh/PyTorch-DANN.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from bridgeae import Autoencoder, Domain, LinkedAutoencoder, OneSidedPairing
from bridgeae.autoencoder.label_transfer import transfer_labels
from bridgeae.evaluation.metrics import share
from bridgeae_images import ImageAdapter

PLACES = {"mnist": "mnist.npz", "usps": "bridging/mnist_usps/usps.npz"}
PUBLISHED = {"mnist-usps": (0.818, 0.976), "usps-mnist": (0.494, 0.965)}  # source only, best
CLASSIFIER_PASSES, DECODER_PASSES, JUDGE_PASSES = 80_000, 100_000, 40_000  # samples that a training sees
ADAPTER = ImageAdapter(size=28, channels=1, convolutions=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data files")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2], help="none prints the recorded table")
    parser.add_argument("--directions", nargs="+", choices=PUBLISHED, default=list(PUBLISHED))
    parser.add_argument("--results", type=Path, default=Path("docs/figures/bridging_digits.json"))
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    if options.results.is_file():
        rows = json.loads(options.results.read_text())["rows"]
    for direction in options.directions:
        for seed in options.seeds:
            rows = [row for row in rows if (row["direction"], row["seed"]) != (direction, seed)]
            rows.append(measure(options.data, direction, seed))
            print(json.dumps(rows[-1]), flush=True)
            write(options.results, rows)
    write(options.results, rows)
    print("\n".join(table(rows)))


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write all rows, with the command that measures them and the table."""
    rows.sort(key=lambda row: (row["direction"], row["seed"]))
    seeds = " ".join(map(str, sorted({row["seed"] for row in rows})))
    command = f"python benchmarks/bridging_digits.py --data DIR --seeds {seeds}"
    path.write_text(json.dumps({"command": command, "rows": rows, "table": table(rows)}, indent=1) + "\n")


def measure(data: Path, direction: str, seed: int) -> dict[str, Any]:
    """Train a bridge in one direction and return its figures."""
    source_name, target_name = direction.split("-")
    source, source_test = (read(data, source_name, half) for half in ("train", "test"))
    target, target_test = (read(data, target_name, half) for half in ("train", "test"))
    start = time.process_time()
    bridge = build(source, Domain(target.x), seed)
    seconds = time.process_time() - start
    judge = classifier(target, seed + 100)
    found = bridge.found_
    right = found.labels == target.labels
    learned = classifier(Domain(target.x, found.labels), seed + 200)
    evaluated = bridge.evaluate(source_test, target_test, judge=judge.predict)
    drawn = bridge.evaluate(source_test, target_test, judge=judge.predict, drawn=True)
    scrambled = transfer_labels(source, Domain(scramble(target.x)), networks()[0], passes=10_000, seed=seed)
    return {
        "direction": direction,
        "seed": seed,
        "translated": figure(evaluated),
        "drawn": figure(drawn),
        "diversity": drawn["diversity"],
        "found": share(learned.predict(target_test) == target_test.labels),
        "source_only": share(bridge.source.predict(target_test) == target_test.labels),
        "source_reads_itself": share(bridge.source.predict(source_test) == source_test.labels),
        "judge": share(judge.predict(target_test) == target_test.labels),
        "found_in_training": float(right.mean()),
        "score": found.score,
        "confidence": float(found.confidence.mean()),
        "auroc": auroc(right, found.confidence),
        "scrambled": {"score": scrambled.score, "found": float((scrambled.labels == target.labels).mean())},
        "cpu_s": round(seconds),
    }


def build(source: Domain, target: Domain, seed: int) -> LinkedAutoencoder:
    """Return the bridge between labelled and unlabelled images."""
    keras.utils.set_random_seed(seed)
    reading = {"classifier": "first", "label_smoothing": 0.1}
    writing = {"classifier": "joint", "classifier_weight": 0.1, "variational": 0.25, "loss": "bce"}
    sides = (
        Autoencoder(networks()[0], adapter=ADAPTER, **reading),
        Autoencoder(*networks(16), adapter=ADAPTER, **writing),
    )
    read_options = {
        "classifier_epochs": epochs(CLASSIFIER_PASSES, source),
        "batch_size": 64,
        "learning_rate": 3e-3,
        "augment": ADAPTER.augment,
    }
    write_options = {
        "epochs": epochs(DECODER_PASSES, target),
        "batch_size": 64,
        "learning_rate": 5e-3,
        "optimizer": "muon",
    }
    return LinkedAutoencoder(*sides).fit(
        source,
        target,
        pairing=OneSidedPairing(seed=seed),
        source_options=read_options,
        target_options=write_options,
        seed=seed,
    )


def classifier(domain: Domain, seed: int) -> Autoencoder:
    """Return a classifier trained on labelled images: the judge, a plain network with its own architecture."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    x = image = keras.Input((28, 28, 1))
    for width in (16, 32, 64):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(layers.BatchNormalization()(x))
        x = layers.MaxPooling2D()(x)
    encoder = keras.Model(image, layers.Dense(128, activation="relu")(layers.Flatten()(x)))
    options = {"epochs": epochs(JUDGE_PASSES, domain), "batch_size": 64, "augment": ADAPTER.augment, "seed": seed}
    return Autoencoder(encoder, classifier="first", adapter=ADAPTER).fit(domain, **options)


def read(data: Path, name: str, half: str) -> Domain:
    """Read one half of a set of digits, 28 x 28."""
    return ADAPTER.read(f"{data / PLACES[name]}?half={half}")


def networks(length: int = 64) -> tuple[Any, Any]:
    return ADAPTER.networks((length,))


def epochs(passes: int, domain: Domain) -> int:
    return max(1, round(passes / len(domain)))


def scramble(x: np.ndarray) -> np.ndarray:
    """Return images whose pixels changed places, the same way in each: an alignment has to fail."""
    order = np.random.default_rng(0).permutation(x[0].size)
    return x.reshape(len(x), -1)[:, order].reshape(x.shape)


def auroc(right: np.ndarray, confidence: np.ndarray) -> float | None:
    """Return how well the confidence tells right classes from wrong ones; .5 is by chance."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(right, confidence)) if 0 < right.mean() < 1 else None


def figure(evaluated: dict[str, Any]) -> dict[str, Any]:
    return {key: evaluated[key] for key in ("n", "right", "accuracy", "interval")}


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Return the lines of a markdown table."""
    heads = "translated right", "one draw right", "diversity", "found, test half", "source only", "judge", "score"
    lines = ["| direction | seed | " + " | ".join([*heads, "AUROC of confidence", "scrambled: score, right"]) + " |"]
    lines.append("|---" * (len(heads) + 4) + "|")
    for row in rows:
        shares = (row[key] for key in ("translated", "drawn"))
        cells = [row["direction"].replace("-", " to "), str(row["seed"]), *map(said, shares), f"{row['diversity']:.2f}"]
        cells += [said(row["found"]), f"{row['source_only']['accuracy']:.3f}", f"{row['judge']['accuracy']:.3f}"]
        cells += [f"{row['score']:.3f}", "-" if row["auroc"] is None else f"{row['auroc']:.3f}"]
        cells.append(f"{row['scrambled']['score']:.3f}, {row['scrambled']['found']:.3f}")
        lines.append("| " + " | ".join(cells) + " |")
    for direction, (alone, best) in PUBLISHED.items():
        empty = " |" * 3
        lines.append(f"| {direction.replace('-', ' to ')} | published |{empty} {best:.3f} | {alone:.3f} |{' |' * 4}")
    return lines


def said(counted: dict[str, Any]) -> str:
    """Return an accuracy with its 95 % interval and the number of samples."""
    low, high = counted["interval"]
    return f"{counted['accuracy']:.3f} ({low:.3f}-{high:.3f}, n {counted['n']})"


if __name__ == "__main__":
    main()
