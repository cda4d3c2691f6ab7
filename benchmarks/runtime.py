"""What it costs to use a model: Keras beside ONNX Runtime, and the size of an installation.

python benchmarks/runtime.py [--model DIR] [--photos PHOTOS.zip] [--signs test_signs.h5] [--record]

Each task is a process of its own, and each figure is of that process: CPU seconds and peak memory with its imports, or
without them where it says so. Without --model a hand-sign bridge is trained for a moment on stand-in data, which costs
the same to use; without --photos hands are drawn. Photos are repeated until a folder holds 1,117. --record writes
docs/figures/runtime.json.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution, version
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "docs" / "figures" / "runtime.json"
RUNTIMES = ("keras", "onnx")
MANY, VALUES = 400_000, 20  # vectors, and values of each
PHOTOS, DRAWN = 1117, 60  # in a folder, and different ones where they are drawn
DRAWS, ROUNDS = 8, 30


def main() -> None:
    if len(sys.argv) > 2 and sys.argv[1] in TASKS:
        print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="folder of a hand-sign bridge")
    parser.add_argument("--photos", default="", help=".zip of photos to translate")
    parser.add_argument("--signs", help="labelled photos, whose signs and digits are counted")
    parser.add_argument("--record", action="store_true", help=f"write the table to {RECORD.relative_to(ROOT)}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        rows = measure(options, Path(scratch))
    lines = ["| figure | Keras | ONNX Runtime |", "|---|---|---|"] + [f"| {' | '.join(row)} |" for row in rows]
    lines += ["", installed()]
    print("\n".join(lines))
    if options.record:
        versions = {name: version(name) for name in ("bridgeae", "keras", "tensorflow", "onnxruntime", "numpy")}
        command = "python benchmarks/runtime.py --model DIR --photos field_signs_dev.zip --signs test_signs.h5"
        RECORD.write_text(json.dumps({"command": command, "versions": versions, "table": lines}, indent=1) + "\n")


def measure(options: argparse.Namespace, scratch: Path) -> list[tuple[str, str, str]]:
    """Run all tasks and return a row of each figure."""
    model, vectors = options.model or stand_in(scratch / "run"), scratch / "vectors"
    photo = scratch / "photo.png"
    folder = scratch / "photos"
    task("photo", photo)
    task("folder", folder, options.photos)
    task("train", vectors)
    rows = []

    def row(name: str, words: tuple[Any, ...], *figures: tuple[str, str, str]) -> list[dict[str, Any]]:
        found = [task(name, runtime, *words) for runtime in RUNTIMES]
        for title, key, form in figures:
            rows.append((title.replace("{n}", str(found[0].get("n"))), *(form.format(f[key]) for f in found)))
        return found

    cold = ("one photo and 8 draws to a picture, with imports: CPU s", "cpu", "{:.2f}")
    row("translate", (model, photo, scratch / "one.png", DRAWS), cold, ("peak memory, MB", "peak", "{:.0f}"))
    seconds = (f"a folder of {PHOTOS:,} photos to npz, with imports: CPU s", "cpu", "{:.1f}")
    row("translate", (model, folder, scratch / "all.npz", 0), seconds)
    row("warm", (model, photo), ("8 draws of one photo, warm: CPU ms, median of 30", "ms", "{:.1f}"))
    vector = f"{MANY:,} vectors of {VALUES} values, without imports: CPU s"
    row("many", (vectors,), (vector, "cpu", "{:.1f}"), ("memory grown beyond the answers, MB", "grown", "{:.0f}"))
    places = (options.signs or "drawn:hands?n=100", scratch)
    signs = ("signs right of {n}", "signs", "{}"), ("fixed answers right, by the target side", "digits", "{}")
    row("answers", (model, *places), *(signs if options.signs else ()))
    apart = compare(*(scratch / f"{runtime}.npz" for runtime in RUNTIMES))
    return [*rows, *((name, "", f"{difference:.1e}") for name, difference in apart.items())]


def task(*words: Any) -> dict[str, Any]:
    """Run a task in a process of its own and return what it prints."""
    command = [sys.executable, str(Path(__file__)), *map(str, words)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def stand_in(out: Path) -> Path:
    """Train a hand-sign bridge for a moment and return its model folder."""
    run = [str(ROOT / "examples" / "mnist_signs" / "run.py"), "--smoke", "--out", str(out)]
    subprocess.run([sys.executable, *run], check=True, stdout=subprocess.DEVNULL)
    return out / "model"


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def load(model: str, runtime: str) -> Any:
    from bridgeae import LinkedAutoencoder

    return LinkedAutoencoder.load(model, runtime=runtime)


def make_photo(place: str) -> dict[str, Any]:
    from PIL import Image

    from bridgeae_images import ImageAdapter

    hand = ImageAdapter(size=300).read("drawn:hands?n=1").x[0, ..., :3]
    Image.fromarray((hand * 255).astype(np.uint8)).save(place)
    return {}


def make_folder(place: str, archive: str) -> dict[str, Any]:
    """Fill a folder with `PHOTOS` photos, those of a .zip or drawn hands, each as often as needed."""
    from PIL import Image

    from bridgeae_images.hands import synthetic_hand

    if archive:
        with zipfile.ZipFile(archive) as photos:
            files = [photos.read(name) for name in photos.namelist() if not name.endswith("/")]
    else:
        files = []
        for k in range(DRAWN):
            file = BytesIO()
            Image.fromarray(synthetic_hand(k % 6, 100, np.random.default_rng(k))).save(file, "JPEG")
            files.append(file.getvalue())
    Path(place).mkdir()
    for k in range(PHOTOS):
        (Path(place) / f"{k:04}.jpg").write_bytes(files[k % len(files)])
    return {}


def train_vectors(model: str) -> dict[str, Any]:
    from bridgeae import Autoencoder, LinkedAutoencoder, Progress

    x = np.random.default_rng(0).normal(size=(2000, VALUES))
    run: dict[str, Any] = {"source_options": {"epochs": 1}, "target_options": {"epochs": 1}}
    bridge = LinkedAutoencoder(Autoencoder(), Autoencoder(), "ridge")
    bridge.fit(x, np.tanh(x), pairing="given", progress=Progress(quiet=True), **run).save(model)
    return {}


def translate(runtime: str, model: str, place: str, output: str, draws: str) -> dict[str, Any]:
    """Do what `bridgeae translate` does."""
    from bridgeae.progress import Progress
    from bridgeae.runs.translate import translate_files

    bridge = load(model, runtime)
    lines = translate_files(bridge, place, Path(output), draws=int(draws), progress=Progress(quiet=True))
    return {"cpu": cpu(), "peak": peak(), "n": int(lines[-1].split()[1])}


def warm(runtime: str, model: str, place: str) -> dict[str, Any]:
    bridge = load(model, runtime)
    x, times = bridge.source.adapter.read(place).x, []
    for seed in range(ROUNDS + 3):
        begin = time.process_time()
        bridge.translate(x, draws=DRAWS, seed=seed)
        times.append(time.process_time() - begin)
    return {"ms": 1000 * float(np.median(times[3:]))}


def many(runtime: str, model: str) -> dict[str, Any]:
    bridge = load(model, runtime)
    x = np.random.default_rng(0).normal(size=(MANY, VALUES)).astype(np.float32)
    bridge.translate(x[:1000])
    Path("/proc/self/clear_refs").write_text("5")  # Linux counts the peak from here
    used, memory = cpu(), most_memory()
    made = bridge.translate(x)
    return {"cpu": cpu() - used, "grown": most_memory() - memory - made.nbytes / 2**20}


def most_memory() -> float:
    """Return the peak memory of this process in MB since it was last reset."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def answers(runtime: str, model: str, place: str, scratch: str) -> dict[str, Any]:
    """Write the answers to photos; return how many signs and fixed answers have the right class."""
    bridge = load(model, runtime)
    x = bridge.source.adapter.read(place)
    fixed, drawn = bridge.translate(x), bridge.translate(x, draws=2, seed=1)
    np.savez(Path(scratch) / f"{runtime}.npz", fixed=fixed, drawn=drawn, latents=bridge.source.encode(x))
    signs, digits = bridge.source.predict(x), bridge.target.predict(fixed)
    return {"n": len(x), "signs": int((signs == x.labels).sum()), "digits": int((digits == x.labels).sum())}


def compare(one: Path, other: Path) -> dict[str, float]:
    """Return the largest difference of each kind of answer, relative to the largest value."""
    a, b = np.load(one), np.load(other)
    titles = {"latents": "latents", "fixed": "fixed answers", "drawn": "draws of one seed"}
    return {
        f"largest difference of {title}": float(np.abs(a[key] - b[key]).max() / max(1, np.abs(a[key]).max()))
        for key, title in titles.items()
    }


def installed() -> str:
    """Return the size of what `pip install bridgeae` brings, without extras and with the one that trains."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    plain = project["dependencies"]
    sizes = [sum(map(size_of, closure(x))) / 1e6 for x in (plain, plain + extras["training"] + extras["tensorflow"])]
    return f"Installed size: {sizes[0]:,.0f} MB without extras, {sizes[1]:,.0f} MB with `bridgeae[tensorflow]`."


def closure(needs: list[str]) -> set[str]:
    """Return the names of all distributions that these requirements bring."""
    from packaging.requirements import Requirement

    found: set[str] = set()
    waiting = [Requirement(need).name for need in needs]
    while waiting:
        name = waiting.pop().lower().replace("_", "-")
        if name in found:
            continue
        found.add(name)
        wanted = (need for need in map(Requirement, needs_of(name)) if not need.marker or need.marker.evaluate())
        waiting.extend(need.name for need in wanted)
    return found


def needs_of(name: str) -> list[str]:
    try:
        return [need for need in distribution(name).requires or [] if "extra ==" not in need]
    except PackageNotFoundError:
        return []


def size_of(name: str) -> int:
    try:
        files = distribution(name).files or ()
    except PackageNotFoundError:  # bridgeae itself, a few MB
        return 0
    paths = (Path(str(file.locate())) for file in files)
    return sum(path.stat().st_size for path in paths if path.is_file())


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "answers": answers,
    "many": many,
    "folder": make_folder,
    "photo": make_photo,
    "train": train_vectors,
    "translate": translate,
    "warm": warm,
}

if __name__ == "__main__":
    main()
