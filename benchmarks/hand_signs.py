"""Figures of the hand-sign bridge on the real data, over several seeds, and the speed and memory of drawing pairs.

python benchmarks/hand_signs.py --data DIR [--judge score_translations.py] [--seeds 0 1 2] [--out DIR] [--linkers]

Each seed is a run of `examples/mnist_signs/run.py` in a process of its own; CPU seconds and peak memory are those of
that process. The script given as --judge scores digits: it takes an npz with `images`, `labels` and optionally `draws`,
and prints JSON. It scores the fixed answers of a run, and one draw for each photo beside the other draws. Further
measurements, each in a process of its own, are in `hand_sign_tasks.py`: other people's photos after adaptation,
confidence in photos that show no sign, pairs as in 2019 and as `ClassPairing` draws them, and with --linkers all
linkers on the two sides of each run.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from hand_sign_tasks import IMAGE_SCORES, PHOTOS, judge

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "mnist_signs" / "run.py"
TASKS = Path(__file__).with_name("hand_sign_tasks.py")
JUDGE = "a second judge"  # the script of --judge


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of mnist.npz and the SIGNS .h5 files")
    parser.add_argument("--judge", type=Path, help="script that scores an npz of digits")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, default=Path("runs/hand_signs"), help="folder for one run for each seed")
    parser.add_argument("--collect", action="store_true", help="use the finished runs in --out instead of new ones")
    parser.add_argument("--results", type=Path, default=EXAMPLE.with_name("results.json"), help="file for the figures")
    parser.add_argument("--linkers", action="store_true", help="compare linkers on the sides of the runs")
    options = parser.parse_args()
    if options.linkers and not options.judge:
        parser.error("--linkers needs --judge")
    figures = [measure(options, seed) for seed in options.seeds]
    pairing = {way: task("pairs", way, "--data", options.data) for way in ("stacked", "drawn")}
    table = tables(options.seeds, figures, pairing)
    linkers = linker_table([compare_linkers(options, seed) for seed in options.seeds]) if options.linkers else []
    print("\n".join([*table, "", *linkers]))
    versions = json.loads((options.out / f"seed{options.seeds[0]}" / "results.json").read_text())["versions"]
    command = f"python benchmarks/hand_signs.py --data DIR --seeds {' '.join(map(str, options.seeds))}"
    command += (f" --judge {options.judge.name}" if options.judge else "") + (" --linkers" if linkers else "")
    content = {"command": command, "versions": versions, "seeds": figures, "pairing": pairing, "table": table}
    before = json.loads(options.results.read_text()) if options.results.is_file() else {}
    content |= {"linkers": linkers or before.get("linkers", [])}
    content |= {"linkers_command": command if linkers else before.get("linkers_command", before.get("command"))}
    options.results.write_text(json.dumps(content, indent=1) + "\n")


def task(*words: Any) -> dict[str, Any]:
    """Run a command of `hand_sign_tasks.py` in a process of its own and return what it prints."""
    done = subprocess.run([sys.executable, TASKS, *map(str, words)], check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def measure(options: argparse.Namespace, seed: int) -> dict[str, float]:
    """Run the example with one seed, and return its figures by name."""
    out = options.out / f"seed{seed}"
    command = [sys.executable, str(EXAMPLE), "--data", str(options.data), "--out", str(out), "--seed", str(seed)]
    if not options.collect:
        subprocess.run([*command, "--overwrite"], check=True)
    results = json.loads((out / "results.json").read_text())
    signs, fresh = results["source"]["classifier"], results["source"]["classifier_without_copies"]
    classifier, n = results["judge"]["classifier"], signs["n"]
    figures = {
        f"test photos, sign right of {n}": signs["right"],
        f"test photos without a copy in training, sign right of {fresh['n']}": fresh["right"],
        f"the run's judge, MNIST test digits, share right of {classifier['n']}": classifier["accuracy"],
        f"the run's judge: fixed answers right of {n}": results["translation"]["right"],
        f"the run's judge: draws right of {n}": results["drawn_translation"]["right"],
        **other_photos(results.get("more_tests", {})),
        "CPU seconds of the run": results["cpu_s"],
        "CPU seconds of the photo side": results["stages"]["train source"]["cpu_s"],
        "peak memory, GB": results["peak_memory_gb"],
    }
    if options.judge:
        figures |= judged(options.judge, out / "translations.npz")
        figures |= task("adapt", out / "model", "--data", options.data, "--judge", options.judge)
    return figures | task("refuse", out / "model", "--data", options.data)


def judged(script: Path, translations: Path) -> dict[str, float]:
    """Return the judge's scores of a run's fixed answers, of its first draws, and of all other draws."""
    with np.load(translations) as file:
        images, labels, draws = file["images"], file["labels"], file.get("draws")
    n = len(labels)
    scored = {"fixed answers": judge(script, images, labels)}
    if draws is not None:
        scored["one draw each"] = judge(script, draws[:, 0], labels, draws[:, 1:] if draws.shape[1] > 2 else None)
    figures = {}
    for kind, scores in scored.items():
        names = {"correct": f"right of {n}", "frechet": "Frechet distance", "frechet_floor": "that of real digits"}
        figures |= {f"{JUDGE}, {kind}: {names.get(key, key.replace('_', ' '))}": scores[key] for key in IMAGE_SCORES}
    if "draws_accuracy" in scored.get("one draw each", {}):
        others = n * (draws.shape[1] - 1)
        figures[f"{JUDGE}, the other draws: share right of {others}"] = scored["one draw each"]["draws_accuracy"]
        figures[f"{JUDGE}, the other draws: diversity"] = scored["one draw each"]["draws_diversity"]
    return figures


def other_photos(tests: dict[str, Any]) -> dict[str, float]:
    """Return the figures of further test sets, photos by other people."""
    figures = {}
    for place, found in tests.items():
        n, name = found["classifier"]["n"], PHOTOS.get(Path(place).name, place)
        confident = next(point for point in found["refusing"] if point["coverage"] == 0.9)
        figures |= {
            f"{name}, sign right of {n}": found["classifier"]["right"],
            f"{name}, fixed answers right of {n}": found["translation"]["right"],
            f"{name}, draws right of {n}": found["drawn_translation"]["right"],
            f"{name}, the most confident 90 %, share right of {confident['n']}": confident["accuracy"],
        }
    return figures


def compare_linkers(options: argparse.Namespace, seed: int) -> dict[str, Any]:
    model = options.out / f"seed{seed}" / "model"
    return task("linkers", model, "--data", options.data, "--judge", options.judge)


def linker_table(found: list[dict[str, Any]]) -> list[str]:
    """Return the table of the linkers, a row each, from the scores of each seed."""
    lines = ["| linker | right of 120, mean and each | pixel diversity | Frechet | CPU s |", "|---|---|---|---|---|"]
    keys = ("correct", "pixel_diversity", "frechet", "CPU seconds")
    for name in found[0]:
        right, diversity, distance, seconds = ([f[name][key] for f in found] for key in keys)
        each = ", ".join(map(str, right))
        means = f"{np.mean(diversity):.2f} | {np.mean(distance):.1f} | {np.mean(seconds):.0f}"
        lines.append(f"| {name} | {np.mean(right):.1f} ({each}) | {means} |")
    return lines


def interval(name: str, values: list[float]) -> tuple[float, float]:
    """Return the 95 % interval of a mean over seeds.

    It is Wilson's, over the n samples, for a figure named "... right of n"; otherwise the t interval over the seeds.
    """
    from scipy.stats import t

    from bridgeae.evaluation import wilson_interval

    mean = float(np.mean(values))
    if counted := re.search(r"right of (\d+)$", name):
        n, share = int(counted[1]), "share" in name
        low, high = wilson_interval(mean * n if share else mean, n)
        return (low, high) if share else (low * n, high * n)
    half = t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return mean - half, mean + half


def tables(seeds: list[int], figures: list[dict[str, float]], pairing: dict[str, dict[str, float]]) -> list[str]:
    """Return the table of all figures over the seeds, and that of drawing pairs."""
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
