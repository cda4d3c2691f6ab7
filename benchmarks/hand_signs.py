"""Figures of the hand-sign bridge on the real data: mean of several seeds, and drawing pairs then and now.

python benchmarks/hand_signs.py --data DIR [--judge score_translations.py] [--seeds 0 1 2] [--out DIR]

Each seed is a fresh `examples/mnist_signs/run.py` in a process of its own; CPU seconds and peak memory are that
process's. Translations are judged by the script given as --judge, which prints JSON for a translations.npz. Drawing
pairs is measured the 2019 way, augmented photos and digits stacked class by class, and as `ClassPairing` does it, each
in a process of its own in the same run.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "mnist_signs" / "run.py"
COPIES = 33  # 1080 photos x 33 are the 35,640 pairs of the 2019 code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--judge", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=Path("runs/hand_signs"))
    parser.add_argument("--collect", action="store_true", help="only gather runs that are finished below --out")
    parser.add_argument("--results", type=Path, default=EXAMPLE.with_name("results.json"))
    parser.add_argument("--pairing", choices=["stacked", "drawn"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.pairing:
        print(json.dumps({"stacked": stack_pairs, "drawn": draw_pairs}[options.pairing](options.data)))
        return
    figures = [measure(options, seed) for seed in options.seeds]
    pairing = {way: child(["--data", str(options.data), "--pairing", way]) for way in ("stacked", "drawn")}
    table = tables(options.seeds, figures, pairing)
    print("\n".join(table))
    versions = json.loads((options.out / f"seed{options.seeds[0]}" / "results.json").read_text())["versions"]
    command = f"python benchmarks/hand_signs.py --data DIR --seeds {' '.join(map(str, options.seeds))}"
    content = {"command": command, "versions": versions, "seeds": figures, "pairing": pairing, "table": table}
    options.results.write_text(json.dumps(content, indent=1) + "\n")


def measure(options: argparse.Namespace, seed: int) -> dict[str, float]:
    out = options.out / f"seed{seed}"
    command = [sys.executable, str(EXAMPLE), "--data", str(options.data), "--out", str(out), "--seed", str(seed)]
    if not options.collect:
        subprocess.run([*command, "--overwrite"], check=True)
    results = json.loads((out / "results.json").read_text())
    figures = {
        "signs right of 120": results["source"]["classifier"]["right"],
        "signs right of those without a copy": results["source"]["classifier_without_copies"]["right"],
        "MNIST classifier accuracy": results["judge"]["classifier"]["accuracy"],
        "translations right, own judge": results["translation"]["right"],
        "pixel diversity": results["translation"]["diversity"],
        "CPU seconds": results["cpu_s"],
        "peak memory, GB": results["peak_memory_gb"],
    }
    if options.judge:
        said = subprocess.run(
            [sys.executable, str(options.judge), str(out / "translations.npz")],
            check=True,
            capture_output=True,
            text=True,
        )
        judged = json.loads(said.stdout.splitlines()[-1])
        figures |= {f"judge: {key}": judged[key] for key in ("correct", "pixel_diversity", "frechet", "frechet_floor")}
    return figures


def child(arguments: list[str]) -> dict[str, float]:
    said = subprocess.run([sys.executable, __file__, *arguments], check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    return result


def load(data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    import h5py

    with h5py.File(data / "train_signs.h5") as file:
        photos, signs = file["train_set_x"][:], file["train_set_y"][:]
    with np.load(data / "mnist.npz") as file:
        return photos, signs, file["x_train"], file["y_train"].astype(int)


def stack_pairs(data: Path) -> dict[str, float]:
    """Make pairs the 2019 way: augment every photo 33 times and stack photos and random digits class by class."""
    from bridgeae_images import ImageAdapter

    photos, signs, digits, labels = load(data)
    augment, rng = ImageAdapter(flip=True).augment, np.random.default_rng(0)
    before, start = peak(), time.perf_counter()
    x, y = np.zeros((0, 64, 64, 3), np.float32), np.zeros((0, 28, 28), np.float32)
    for c in np.unique(signs):
        mine = photos[signs == c].astype(np.float32) / 255
        pool = np.flatnonzero(labels == c)
        x = np.vstack([x, *(augment(mine, rng) for _ in range(COPIES))])
        y = np.vstack([y, digits[rng.choice(pool, COPIES * len(mine))].astype(np.float32) / 255])
    return {"pairs": len(x), "seconds": time.perf_counter() - start, "grown_gb": peak() - before}


def draw_pairs(data: Path) -> dict[str, float]:
    """Draw pairs as indices, in batches of 256."""
    from bridgeae import ClassPairing, Domain

    photos, signs, digits, labels = load(data)
    keep = labels < 6
    source, target = Domain(photos.reshape(len(photos), -1)[:, :1], signs), Domain(digits[keep][:, 0], labels[keep])
    rng, pairing = np.random.default_rng(0), ClassPairing().fit(source, target)
    pairing.sample(256, rng)
    before, start = peak(), time.perf_counter()
    for _ in range(20_000):
        pairing.sample(256, rng)
    return {"pairs": 20_000 * 256, "seconds": time.perf_counter() - start, "grown_gb": peak() - before}


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def tables(seeds: list[int], figures: list[dict[str, float]], pairing: dict[str, dict[str, float]]) -> list[str]:
    lines = [f"| figure | mean of seeds {', '.join(map(str, seeds))} | each |", "|---|---|---|"]
    for name in figures[0]:
        values = [f[name] for f in figures]
        lines.append(f"| {name} | {np.mean(values):.4g} | {', '.join(f'{v:.4g}' for v in values)} |")
    lines += ["", "| pairs | number | seconds | pairs a second | memory grown, GB |", "|---|---|---|---|---|"]
    for way, f in pairing.items():
        rate = f["pairs"] / f["seconds"]
        lines.append(f"| {way} | {f['pairs']:,} | {f['seconds']:.2f} | {rate:,.0f} | {f['grown_gb']:.2f} |")
    return lines


if __name__ == "__main__":
    main()
