"""Measurements of `hand_signs.py` that run in processes of their own; each prints JSON in its last line.

python benchmarks/hand_sign_tasks.py adapt MODEL --data DIR --judge SCRIPT      other people's photos, after adaptation
python benchmarks/hand_sign_tasks.py refuse MODEL --data DIR                    confidence in photos without a sign
python benchmarks/hand_sign_tasks.py linkers MODEL --data DIR --judge SCRIPT    every linker on the sides of a model
python benchmarks/hand_sign_tasks.py pairs {stacked,drawn} --data DIR           speed and memory of drawing pairs
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

PHOTOS = {"test_signs.h5": "test photos", "field_signs_dev.zip": "other people's photos"}
IMAGE_SCORES = ("correct", "pixel_diversity", "frechet", "frechet_floor")
COPIES = 33  # of 1080 photos: the 35,640 pairs of the 2019 code


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("adapt", "refuse", "linkers", "pairs"):
        command = commands.add_parser(name)
        if name == "pairs":
            command.add_argument("way", choices=["stacked", "drawn"])
        else:
            command.add_argument("model", type=Path)
        command.add_argument("--data", type=Path, required=True)
        if name in ("adapt", "linkers"):
            command.add_argument("--judge", type=Path, required=True)
    options = parser.parse_args()
    if options.command == "adapt":
        found: dict[str, Any] = adapt(options.model, options.data, options.judge)
    elif options.command == "refuse":
        found = refuse(options.model, options.data)
    elif options.command == "linkers":
        found = compare_linkers(options.model, options.data, options.judge)
    else:
        found = {"stacked": stack_pairs, "drawn": draw_pairs}[options.way](options.data)
    print(json.dumps(found))


def judge(script: Path, images: np.ndarray, labels: np.ndarray, draws: np.ndarray | None = None) -> dict[str, float]:
    """Return the scores that a judging script gives to digits.

    Args:
        script: takes an npz, and prints JSON in its last line.
        images: (n, 28, 28, 1) float in [0, 1].
        labels: (n,) the class that each digit should have.
        draws: (n, d, 28, 28, 1) several digits for each source sample, or None.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "translations.npz"
        np.savez(file, images=images, labels=labels, **({} if draws is None else {"draws": draws}))
        command = [sys.executable, str(script), str(file)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    scores: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return scores


def adapt(model: Path, data: Path, script: Path) -> dict[str, float]:
    """Return figures of other people's photos, by a bridge adapted to them without labels."""
    from bridgeae import LinkedAutoencoder
    from bridgeae.evaluation import share

    path = data / "field_signs_dev.zip"
    if not path.is_file():
        return {}
    bridge: Any = LinkedAutoencoder.load(model)
    photos = bridge.source.adapter.read(path)
    bridge, truth = bridge.adapted(photos), np.asarray(photos.labels)
    right, n, name = bridge.source.predict(photos) == truth, len(truth), f"{PHOTOS[path.name]} after adapting"
    figures = {f"{name}, sign right of {n}": int(right.sum())}
    for kind, made in (("fixed answers", bridge.translate(photos)), ("draws", bridge.translate(photos, draws=1)[:, 0])):
        figures[f"{name}, {kind} right of {n}"] = judge(script, made, truth)["correct"]
    order = np.argsort(-bridge.confidence(photos), kind="stable")
    confident = share(right[order[: max(1, round(0.9 * n))]])
    figures[f"{name}, the most confident 90 %, share right of {confident['n']}"] = confident["accuracy"]
    return figures


def refuse(model: Path, data: Path) -> dict[str, float]:
    """Return how confidence separates photos of signs from other signs, digits and noise: areas under the ROC curve."""
    from PIL import Image
    from sklearn.metrics import roc_auc_score

    from bridgeae import LinkedAutoencoder

    bridge: Any = LinkedAutoencoder.load(model)
    adapter, rng = bridge.source.adapter, np.random.default_rng(0)
    known = {name: file for file, name in PHOTOS.items()}
    unknown = {"other signs": "field_signs_unknown_dev.zip"}
    signs, others = (
        {name: bridge.confidence(adapter.read(data / file)) for name, file in files.items() if (data / file).is_file()}
        for files in (known, unknown)
    )
    with np.load(data / "mnist.npz") as file:
        digits = file["x_test"][:200]
    kinds = {"digits": digits, "white noise": rng.integers(0, 256, (200, 64, 64, 3)), "1/f noise": pink(200, rng)}
    for kind, images in kinds.items():
        with TemporaryDirectory() as folder:
            for k, image in enumerate(images):
                Image.fromarray(image.astype(np.uint8)).convert("RGB").resize((256, 256)).save(f"{folder}/{k:03}.png")
            others[kind] = bridge.confidence(adapter.read(folder))
    return {
        f"AUROC, {name} against {kind}": float(roc_auc_score(np.r_[np.ones(len(a)), np.zeros(len(b))], np.r_[a, b]))
        for kind, b in others.items()
        for name, a in signs.items()
    }


def pink(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n colour images (64, 64, 3) of 1/f noise, with contrast stretched to [0, 255]."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(64), np.fft.rfftfreq(64), indexing="ij"))
    frequency[0, 0] = 1
    noise = np.fft.rfft2(rng.normal(size=(n, 3, 64, 64))) / frequency
    images = np.moveaxis(np.fft.irfft2(noise, s=(64, 64)), 1, -1)
    low, high = images.min((1, 2, 3), keepdims=True), images.max((1, 2, 3), keepdims=True)
    return (images - low) / (high - low) * 255


def compare_linkers(model: Path, data: Path, script: Path) -> dict[str, Any]:
    """Train every linker on a model's two sides, and return the judge's scores of its translated test photos."""
    from bridgeae import FlowLinker, LinkedAutoencoder, NetworkLinker, RidgeLinker

    trained: Any = LinkedAutoencoder.load(model)
    photos, digits = trained.source.adapter, trained.target.adapter
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
        bridge = LinkedAutoencoder(trained.source, trained.target, linker)
        bridge.fit(train, target, augment=photos.augment if augmented else None)
        spent = time.process_time() - began
        answers = {"": bridge.translate(test)}
        if name == "FlowLinker":
            answers = {", fixed answer": answers[""], ", one draw": bridge.translate(test, draws=1)[:, 0]}
        for kind, made in answers.items():
            scores = judge(script, made, np.asarray(test.labels))
            found[name + kind] = {key: scores[key] for key in IMAGE_SCORES[:3]} | {"CPU seconds": spent}
    return found


def load(data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return photos, their signs, digits, and their labels, of the training halves."""
    import h5py

    with h5py.File(data / "train_signs.h5") as file:
        photos, signs = file["train_set_x"][:], file["train_set_y"][:]
    with np.load(data / "mnist.npz") as file:
        return photos, signs, file["x_train"], file["y_train"].astype(int)


def stack_pairs(data: Path) -> dict[str, float]:
    """Make pairs as in 2019: augment every photo 33 times, and stack photos and random digits class by class."""
    from bridgeae_images import ImageAdapter

    photos, signs, digits, labels = load(data)
    augment, rng = ImageAdapter(flip=True).augment, np.random.default_rng(0)
    before, start = peak_gb(), time.perf_counter()
    x, y = np.zeros((0, 64, 64, 3), np.float32), np.zeros((0, 28, 28), np.float32)
    for c in np.unique(signs):
        own = photos[signs == c].astype(np.float32) / 255
        pool = np.flatnonzero(labels == c)
        x = np.vstack([x, *(augment(own, rng) for _ in range(COPIES))])
        y = np.vstack([y, digits[rng.choice(pool, COPIES * len(own))].astype(np.float32) / 255])
    return {"pairs": len(x), "seconds": time.perf_counter() - start, "grown_gb": peak_gb() - before}


def draw_pairs(data: Path) -> dict[str, float]:
    """Draw pairs as indices, in batches of 256."""
    from bridgeae import ClassPairing, Domain

    photos, signs, digits, labels = load(data)
    keep = labels < 6
    source, target = Domain(photos.reshape(len(photos), -1)[:, :1], signs), Domain(digits[keep][:, 0], labels[keep])
    rng, pairing = np.random.default_rng(0), ClassPairing().fit(source, target)
    pairing.sample(256, rng)
    before, start = peak_gb(), time.perf_counter()
    for _ in range(20_000):
        pairing.sample(256, rng)
    return {"pairs": 20_000 * 256, "seconds": time.perf_counter() - start, "grown_gb": peak_gb() - before}


def peak_gb() -> float:
    """Return the peak memory of this process so far, GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main()
