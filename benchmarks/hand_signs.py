"""Figures of the hand-sign bridge on the real data: mean of several seeds, and drawing pairs then and now.

python benchmarks/hand_signs.py --data DIR [--judge score_translations.py] [--seeds 0 1 2] [--out DIR]

Each seed is a fresh `examples/mnist_signs/run.py` in a process of its own; CPU seconds and peak memory are that
process's. Translations are judged by the script given as --judge, which prints JSON for a translations.npz. Confidence
is asked to tell the test photos from what is no sign: digits, white noise and 1/f noise, blown up to photos. With
--linkers every linker is then trained anew on each seed's two sides, and judged likewise. Drawing
pairs is measured the 2019 way, augmented photos and digits stacked class by class, and as `ClassPairing` does it, each
in a process of its own in the same run.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "mnist_signs" / "run.py"
JUDGED = ("correct", "pixel_diversity", "frechet", "frechet_floor", "draws_accuracy", "draws_diversity")
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
    parser.add_argument("--refuse", type=Path, help=argparse.SUPPRESS)
    parser.add_argument(
        "--linkers", action="store_true", help="compare linkers on the sides of the runs; needs --judge"
    )
    parser.add_argument("--link", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.refuse:
        found = adapt(options.refuse, options.data, options.judge) | refuse(options.refuse, options.data)
        print(json.dumps(found))
        return
    if options.link:
        print(json.dumps(link(options.link, options.data, options.judge)))
        return
    if options.pairing:
        print(json.dumps({"stacked": stack_pairs, "drawn": draw_pairs}[options.pairing](options.data)))
        return
    if options.linkers and not options.judge:
        parser.error("--linkers needs --judge")
    figures = [measure(options, seed) for seed in options.seeds]
    pairing = {way: child(["--data", str(options.data), "--pairing", way]) for way in ("stacked", "drawn")}
    table = tables(options.seeds, figures, pairing)
    linkers = linker_table([compare_linkers(options, seed) for seed in options.seeds]) if options.linkers else []
    print("\n".join([*table, "", *linkers]))
    versions = json.loads((options.out / f"seed{options.seeds[0]}" / "results.json").read_text())["versions"]
    command = f"python benchmarks/hand_signs.py --data DIR --seeds {' '.join(map(str, options.seeds))}"
    command += (f" --judge {options.judge.name}" if options.judge else "") + (" --linkers" if linkers else "")
    content = {"command": command, "versions": versions, "seeds": figures, "pairing": pairing, "table": table}
    before = json.loads(options.results.read_text()) if options.results.is_file() else {}
    content |= {"linkers": linkers or before.get("linkers", [])}
    options.results.write_text(json.dumps(content, indent=1) + "\n")


def measure(options: argparse.Namespace, seed: int) -> dict[str, float]:
    out = options.out / f"seed{seed}"
    command = [sys.executable, str(EXAMPLE), "--data", str(options.data), "--out", str(out), "--seed", str(seed)]
    if not options.collect:
        subprocess.run([*command, "--overwrite"], check=True)
    results = json.loads((out / "results.json").read_text())
    signs, fresh = results["source"]["classifier"], results["source"]["classifier_without_copies"]
    classifier, n = results["judge"]["classifier"], signs["n"]
    figures = {
        f"signs right of {n}": signs["right"],
        f"signs without a copy in training right of {fresh['n']}": fresh["right"],
        f"MNIST classifier, share right of {classifier['n']}": classifier["accuracy"],
        f"own judge: fixed translations right of {n}": results["translation"]["right"],
        f"own judge: drawn translations right of {n}": results["drawn_translation"]["right"],
        **strangers(results.get("more_tests", {})),
        "CPU seconds": results["cpu_s"],
        "CPU seconds of the source side": results["stages"]["train source"]["cpu_s"],
        "peak memory, GB": results["peak_memory_gb"],
    }
    if options.judge:
        judged = judge(options.judge, out / "translations.npz")
        with np.load(out / "translations.npz") as file:
            draws = file["draws"].shape[0] * file["draws"].shape[1]
        counted = {"correct": f"translations right of {n}", "draws_accuracy": f"share of draws right of {draws}"}
        figures |= {f"judge: {counted.get(key, key.replace('_', ' '))}": judged[key] for key in JUDGED}
    return figures | child(["--data", str(options.data), "--refuse", str(out / "model"), "--judge", str(options.judge)])


def judge(script: Path, translations: Path) -> dict[str, float]:
    """Return what the judging script says of a translations.npz."""
    command = [sys.executable, str(script), str(translations)]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    judged: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    return judged


def judge_images(script: Path, images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Return what the judging script says of digits (n, 28, 28, 1) and the classes they should have."""
    with TemporaryDirectory() as folder:
        np.savez(f"{folder}/made.npz", images=images, labels=labels)
        return judge(script, Path(folder) / "made.npz")


def most_confident(name: str, curve: list[dict[str, Any]]) -> dict[str, float]:
    """Take the accuracy of the most confident 90 % from a coverage curve."""
    point = next(point for point in curve if point["coverage"] == 0.9)
    return {f"{name}of the most confident 90 %, share right of {point['n']}": point["accuracy"]}


def compare_linkers(options: argparse.Namespace, seed: int) -> dict[str, Any]:
    model = options.out / f"seed{seed}" / "model"
    return child(["--data", str(options.data), "--judge", str(options.judge), "--link", str(model)])


def link(model: Path, data: Path, script: Path) -> dict[str, Any]:
    """Train every linker on a model's two sides and judge its translations of the test photos."""
    from bridgeae import FlowLinker, LinkedAutoencoder, NetworkLinker, RidgeLinker

    held: Any = LinkedAutoencoder.load(model)
    photos, digits = held.source.adapter, held.target.adapter
    train, test = photos.read(data / "train_signs.h5"), photos.read(data / "test_signs.h5")
    target = digits.read(f"{data / 'mnist.npz'}?half=train&classes=0-5")
    kinds: dict[str, tuple[Any, bool]] = {
        "RidgeLinker": (RidgeLinker(), False),
        "RidgeLinker, source augmented": (RidgeLinker(), True),
        "NetworkLinker": (NetworkLinker(), False),
        "NetworkLinker, source augmented": (NetworkLinker(), True),
        "FlowLinker": (FlowLinker(), False),
    }
    found = {}
    for name, (linker, augmented) in kinds.items():
        began = time.process_time()
        bridge = LinkedAutoencoder(held.source, held.target, linker)
        bridge.fit(train, target, augment=photos.augment if augmented else None)
        spent = time.process_time() - began
        answers = {"": bridge.translate(test)}
        if isinstance(linker, FlowLinker):
            answers = {", fixed answer": answers[""], ", one draw": bridge.translate(test, draws=1)[:, 0]}
        for kind, made in answers.items():
            judged = judge_images(script, made, np.asarray(test.labels))
            found[name + kind] = {key: judged[key] for key in JUDGED[:3]} | {"CPU seconds": spent}
    return found


def linker_table(found: list[dict[str, Any]]) -> list[str]:
    lines = ["| linker | right of 120, mean and each | pixel diversity | Frechet | CPU s |", "|---|---|---|---|---|"]
    for name in found[0]:
        right, spread, distance, spent = ([f[name][key] for f in found] for key in (*JUDGED[:3], "CPU seconds"))
        each = ", ".join(map(str, right))
        means = f"{np.mean(spread):.2f} | {np.mean(distance):.1f} | {np.mean(spent):.0f}"
        lines.append(f"| {name} | {np.mean(right):.1f} ({each}) | {means} |")
    return lines


def strangers(tests: dict[str, Any]) -> dict[str, float]:
    """Take the figures of further test sets: other people's photos."""
    figures = {}
    for place, found in tests.items():
        n, name = found["classifier"]["n"], Path(place).stem
        figures |= {
            f"{name}: signs right of {n}": found["classifier"]["right"],
            f"{name}: fixed translations right of {n}": found["translation"]["right"],
            f"{name}: drawn translations right of {n}": found["drawn_translation"]["right"],
            **most_confident(f"{name}: ", found["refusing"]),
        }
    return figures


def adapt(model: Path, data: Path, script: Path) -> dict[str, float]:
    """Return how many of other people's photos are right once the bridge is used to them, and what is refused then."""
    from bridgeae import LinkedAutoencoder
    from bridgeae.runs.results import coverage_curve

    path = data / "field_signs_dev.zip"
    if not path.is_file() or not script.is_file():
        return {}
    bridge: Any = LinkedAutoencoder.load(model)
    photos = bridge.source.adapter.read(path)
    bridge, truth = bridge.adapted(photos), np.asarray(photos.labels)
    right, n, name = bridge.source.predict(photos) == truth, len(truth), f"{path.stem}, adapted: "
    figures = {f"{name}signs right of {n}": int(right.sum())}
    for kind, made in (("fixed", bridge.translate(photos)), ("drawn", bridge.translate(photos, draws=1)[:, 0])):
        figures[f"{name}{kind} translations right of {n}"] = judge_images(script, made, truth)["correct"]
    return figures | most_confident(name, coverage_curve(right, bridge.confidence(photos)))


def refuse(model: Path, data: Path) -> dict[str, float]:
    """Return how well confidence tells photos of signs from things that are none (area under the ROC curve)."""
    from PIL import Image
    from sklearn.metrics import roc_auc_score

    from bridgeae import LinkedAutoencoder

    bridge: Any = LinkedAutoencoder.load(model)
    adapter, rng = bridge.source.adapter, np.random.default_rng(0)
    real = {"signs": bridge.confidence(adapter.read(data / "test_signs.h5"))}
    if (others := data / "field_signs_dev.zip").is_file():
        real[others.stem] = bridge.confidence(adapter.read(others))
    with np.load(data / "mnist.npz") as file:
        digits = file["x_test"][:200]
    figures = {}
    kinds = {"digits": digits, "white noise": rng.integers(0, 256, (200, 64, 64, 3)), "1/f noise": pink(200, rng)}
    for name, images in kinds.items():
        with TemporaryDirectory() as folder:
            for k, image in enumerate(images):
                Image.fromarray(image.astype(np.uint8)).convert("RGB").resize((256, 256)).save(f"{folder}/{k:03}.png")
            unlike = bridge.confidence(adapter.read(folder))
        for signs, sure in real.items():
            truth = np.r_[np.ones(len(sure)), np.zeros(len(unlike))]
            figures[f"AUROC of {signs} against {name}"] = float(roc_auc_score(truth, np.r_[sure, unlike]))
    return figures


def pink(n: int, rng: np.random.Generator) -> np.ndarray:
    """Make n colour images (64, 64, 3) of 1/f noise, their contrast stretched to 0..255."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.rfftfreq(64), indexing="ij"))
    frequency[0, 0] = 1
    noise = np.fft.rfft2(rng.normal(size=(n, 3, 64, 64))) / frequency
    images = np.moveaxis(np.fft.irfft2(noise, s=(64, 64)), 1, -1)
    low, high = images.min((1, 2, 3), keepdims=True), images.max((1, 2, 3), keepdims=True)
    return (images - low) / (high - low) * 255


def child(arguments: list[str]) -> dict[str, Any]:
    said = subprocess.run([sys.executable, __file__, *arguments], check=True, capture_output=True, text=True)
    result: dict[str, Any] = json.loads(said.stdout.splitlines()[-1])
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


def interval(name: str, values: list[float]) -> tuple[float, float]:
    """Return the 95 % interval of a mean over seeds: over the n samples of "right of n" in its name, or over seeds."""
    from scipy.stats import t

    from bridgeae.evaluation.metrics import wilson_interval

    mean = float(np.mean(values))
    if counted := re.search(r"right of (\d+)$", name):
        n, share = int(counted[1]), "share" in name
        low, high = wilson_interval(mean * n if share else mean, n)
        return (low, high) if share else (low * n, high * n)
    half = t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return mean - half, mean + half


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def tables(seeds: list[int], figures: list[dict[str, float]], pairing: dict[str, dict[str, float]]) -> list[str]:
    lines = [f"| figure | mean of seeds {', '.join(map(str, seeds))} | 95 % | each |", "|---|---|---|---|"]
    for name in figures[0]:
        values = [f[name] for f in figures]
        between = "{:.4g} to {:.4g}".format(*interval(name, values)) if len(values) > 1 else ""
        lines.append(f"| {name} | {np.mean(values):.4g} | {between} | {', '.join(f'{v:.4g}' for v in values)} |")
    lines += ["", "95 %: over the samples (Wilson) where a figure says of how many; over the seeds (t) elsewhere."]
    lines += ["", "| pairs | number | seconds | pairs a second | memory grown, GB |", "|---|---|---|---|---|"]
    for way, f in pairing.items():
        rate = f["pairs"] / f["seconds"]
        lines.append(f"| {way} | {f['pairs']:,} | {f['seconds']:.2f} | {rate:,.0f} | {f['grown_gb']:.2f} |")
    return lines


if __name__ == "__main__":
    main()
