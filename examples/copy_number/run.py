"""Train, use and measure the neural segment caller.

python examples/copy_number/run.py --out DIR [--data DATA] [--smoke]
    simulates, trains a raw and a segmented autoencoder, links them, fine-tunes the link through the frozen decoder,
    and measures that caller beside the shipped one and every peer that is installed

python examples/copy_number/run.py --out DIR --raw bins.tsv.gz [--segments calls.seg]
    trains a caller on a lab's own profiles and segments; without segments CBS makes them where R and DNAcopy are
    installed, a Gaussian HMM otherwise (hmmlearn)

python examples/copy_number/run.py --out DIR --ship --data DATA
    trains the model that comes with the package, and replaces it
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import keras
import numpy as np

HERE = Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parents[1] / "benchmarks")]

import recipe  # noqa: E402
import segmenter_peers as peers  # noqa: E402
from segmenter_scores import Sample, altered_runs, breakpoint_score, gains_found  # noqa: E402
from segmenter_tasks import bench_set, check_folders, fresh  # noqa: E402

from bridgeae import Domain, GivenPairing, LinkedAutoencoder  # noqa: E402
from bridgeae.errors import BridgeError  # noqa: E402
from bridgeae.progress import Progress  # noqa: E402
from bridgeae_copynumber import Profile, Segments, plot, read, read_segments, segment, write  # noqa: E402
from bridgeae_copynumber.segmentation import MODEL, call  # noqa: E402
from bridgeae_copynumber.training import export_onnx, profile_pairs  # noqa: E402

SETS = ("array", "sc", "acnr", "coriell", "kim", "stress")
FULL = {"rows": 2048, "epochs": 2, "link_steps": 300, "frozen_steps": 1000, "end_to_end_steps": 40000}
SMALL = {"rows": 1024, "epochs": 2, "link_steps": 200, "frozen_steps": 6000, "end_to_end_steps": 0}
OWN = {"epochs": 16, "link_steps": 200, "frozen_steps": 1500}
SMOKE = {"rows": 32, "epochs": 1, "link_steps": 2, "frozen_steps": 2, "end_to_end_steps": 0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for results.json, segments, pictures, models")
    parser.add_argument("--data", type=Path, help="folder with bench/ and raw/")
    parser.add_argument("--raw", type=Path, help="bins of your own samples, any format that is read")
    parser.add_argument("--segments", type=Path, help="segments that some caller made for --raw")
    parser.add_argument("--ship", action="store_true", help="train the model of the package")
    parser.add_argument("--smoke", action="store_true", help="a minute, to see that everything runs")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    check_folders(parser, options.data, options.out)
    if options.segments and not options.raw:
        parser.error("--segments go with --raw, the bins that they were called in")
    if missing := [p for p in (options.raw, options.segments) if p and not p.exists()]:
        parser.error(f"there is no file {missing[0]}")
    options.out.mkdir(parents=True, exist_ok=True)
    began = time.process_time()
    run = _own_data if options.raw else _shipped if options.ship else _example
    try:
        made = run(options)
    except BridgeError as error:
        parser.exit(1, f"error: {error}\n")
    command = " ".join(["python", *sys.argv]).replace(str(options.out), "DIR")
    results = {
        "title": "Copy number: raw bins become segments",
        "smoke": options.smoke,
        "command": command.replace(str(options.data), "DATA") if options.data else command,
        "seed": options.seed,
        **made,
    }
    results["cpu_s"] = round(time.process_time() - began)
    text = json.dumps(results, indent=1, default=float)
    (options.out / "results.json").write_text(text + "\n")
    print(text)


def _example(options: argparse.Namespace) -> dict[str, Any]:
    budget = SMOKE if options.smoke else SMALL
    model = options.out / "linked.onnx"
    _train(budget, options, model)
    callers = {"linked latents, frozen decoder": _caller(model=model), "shipped": _caller()}
    progress = Progress()
    sets = {kind: fresh(kind, 1)[: 3 if options.smoke else None] for kind in ("array", "sc")}
    sets = {f"fresh {kind}": samples for kind, samples in sets.items()}
    if options.data and not options.smoke:
        sets |= {name: bench_set(options.data / "bench" / f"{name}.tsv.gz") for name in SETS}
    others = [] if options.smoke else [name for name in peers.available() if "bridgeae" not in name]
    figures: dict[str, dict[str, dict[str, float]]] = {name: {} for name in (*callers, *others)}
    for k, (name, (s, x)) in enumerate(product(figures, sets.items()), start=1):
        called = callers.get(name)
        with progress.step(f"measure {name}, {s}"):
            masks = [called(y) for y in x] if called else peers.measure(name, [(y.value, y.lengths) for y in x])[0]
            figures[name][s] = _figures(s, x, masks)
        progress.update("measure", k, len(figures) * len(sets))
    with progress.step("draw"):
        profiles = [_profile(s) for s in sets["fresh sc"]]
        pictures = _show(profiles, segment(profiles), options.out)
    return {"budget": budget, "table": table(figures), "figures": figures, "pictures": pictures}


def table(figures: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    """Lines of a markdown table: breakpoint F1 at two bins (level error) of every caller on every set."""
    sets = list(next(iter(figures.values())))
    cell = lambda f: f"{f['f1']:.3f} ({f['mae']:.3f})"  # noqa: E731
    rows = [f"| {caller} | {' | '.join(cell(f[s]) for s in sets)} |" for caller, f in figures.items()]
    return [f"| F1 (level error) | {' | '.join(sets)} |", "|---" * (len(sets) + 1) + "|", *rows]


def _shipped(options: argparse.Namespace) -> dict[str, Any]:
    budget = SMOKE if options.smoke else FULL
    model = options.out / "segment_caller.onnx"
    history = _train(budget, options, model)
    card = {
        "recipe": 3,
        "command": "python examples/copy_number/run.py --ship --data DATA --out DIR",
        "seed": options.seed,
        "budget": budget,
        "loss": history,
        "data": "simulation" + ("; GC and mappability tracks; noise of unlabelled profiles" if options.data else ""),
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
    }
    if not options.smoke:
        MODEL.write_bytes(model.read_bytes())
        MODEL.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n")
    return {"model": card}


def _train(budget: dict[str, int], options: argparse.Namespace, model: Path) -> dict[str, Any]:
    """Train the three parts apart, then together; save the bridges and the ONNX file; give the losses."""
    length = 256 if options.smoke else 1024
    keras.utils.set_random_seed(options.seed)  # the networks' initial weights
    pairs = recipe.endless_pairs(options.data, length=length, batch=8 if options.smoke else 32)
    rng = np.random.default_rng(options.seed)
    drawn = [pairs(rng) for _ in range(max(budget["rows"] // 32, 1))]
    raw, segmented = (np.concatenate(side) for side in zip(*drawn, strict=True))
    fit = {"epochs": budget["epochs"], "link_steps": budget["link_steps"], "seed": options.seed}
    bridge = recipe.linked_pair(raw, segmented, **fit)
    losses = {"raw": bridge.source.history_, "segmented": bridge.target.history_, "linker": bridge.linker.history_}
    stages = {"frozen decoder": "frozen_steps", "end to end": "end_to_end_steps"}
    for k, (stage, steps) in enumerate(stages.items(), start=1):
        if budget[steps]:
            seed, free = options.seed + k, stage == "end to end"
            recipe.finetuned(bridge, pairs, steps=budget[steps], seed=seed, decoder=free)
            losses[stage] = bridge.history_
            bridge.save(options.out / stage.replace(" ", "_"), overwrite=True)
            _export(bridge, options.out / f"{stage.replace(' ', '_')}.onnx")
    _export(bridge, model)
    return losses


def _export(bridge: LinkedAutoencoder, path: Path) -> None:
    with Progress().step("export"):
        export_onnx(bridge.network(), path)


def _own_data(options: argparse.Namespace) -> dict[str, Any]:
    """Train on given profiles and segments; measure on samples that were held out, where there are enough."""
    profiles = read(options.raw)
    truth = read_segments(options.segments) if options.segments else _made_segments(profiles)
    raw, segmented, names = profile_pairs(profiles, truth, length=256 if options.smoke else 1024)
    held = {p.sample for p in profiles[:: max(len(profiles) // 4, 2)]} if len(profiles) > 3 else set()
    learn = ~np.isin(names, list(held))
    budget = SMOKE if options.smoke else OWN
    fit = {"epochs": budget["epochs"], "link_steps": budget["link_steps"], "seed": options.seed}
    bridge = recipe.linked_pair(raw[learn], segmented[learn], **fit)
    _finetune_on(bridge, raw[learn], segmented[learn], budget["frozen_steps"], options.seed)
    model = options.out / "own_caller.onnx"
    bridge.save(options.out / "own_bridge", overwrite=True)
    export_onnx(bridge.network(), model)
    called = segment(profiles, model=model)
    pictures = _show(profiles, called, options.out)
    samples = [_sample(p, truth) for p in profiles if not held or p.sample in held]
    figures = {
        n: _figures(n, samples, [c(s) for s in samples])
        for n, c in (("own", _caller(model=model)), ("shipped", _caller()))
    }
    counts = {"samples": len(profiles), "held_out": len(held)}
    return {**counts, "agreement_with_the_given_segments": figures, "pictures": pictures}


def _finetune_on(bridge: LinkedAutoencoder, raw: np.ndarray, segmented: np.ndarray, steps: int, seed: int) -> None:
    bridge.finetune(
        Domain(raw), Domain(segmented), pairing=GivenPairing(), epochs=1, steps=steps, learning_rate=2e-3, seed=seed
    )


def _made_segments(profiles: list[Profile]) -> Segments:
    """Segments by CBS where it is installed, by a Gaussian HMM otherwise."""
    name = next((n for n in peers.available() if "bridgeae" not in n and ("CBS" in n or "hmmlearn" in n)), None)
    if name is None:
        sys.exit("--segments is needed: neither DNAcopy (R) nor hmmlearn is installed to make them.")
    parts = []
    for p in profiles:
        value = p.log2[~p.missing].astype(float)
        starts = np.flatnonzero(peers.run(name, [(value, p.bins_present)]).masks[0])
        bins = np.flatnonzero(~p.missing)
        size = np.diff(np.append(starts, len(value)))
        mean = np.add.reduceat(value, starts) / size
        last = bins[starts + size - 1]
        columns = p.chrom[bins[starts]], p.start[bins[starts]], p.end[last], size, mean, np.ones(len(size))
        parts.append(Segments(np.full(len(size), p.sample), *columns))
    return Segments.concatenate(parts)


def _caller(**options: Any) -> Any:
    def starts(sample: Sample) -> np.ndarray:
        mask = np.zeros(len(sample.value), bool)
        mask[call(sample.value, sample.lengths, **options).starts] = True
        return mask

    return starts


def _figures(name: str, samples: list[Sample], masks: list[np.ndarray]) -> dict[str, float]:
    extra = {"coriell": partial(altered_runs, samples, masks), "stress": partial(gains_found, samples, masks)}
    score = breakpoint_score(samples, masks)
    return {key: round(float(v), 4) for key, v in (score | extra.get(name, dict)()).items()}


def _profile(sample: Sample) -> Profile:
    names = [f"chr{k}" for k in (*range(1, 23), "X", "Y")]
    chrom = np.repeat(names[: len(sample.lengths)], sample.lengths)
    at = np.concatenate([np.arange(n) for n in sample.lengths]) * 500_000
    return Profile(sample.name, chrom, at, at + 500_000, sample.value)


def _sample(profile: Profile, truth: Segments) -> Sample:
    level = truth.levels(profile)
    known = ~profile.missing
    return Sample(profile.sample, profile.log2[known], level[known], level[known], profile.bins_present)


def _show(profiles: list[Profile], segments: Segments, out: Path) -> dict[str, dict[str, str]]:
    """Write the segments, three genomes and the cohort as pictures; return these by title, as a report shows them."""
    write(segments, out / "segments.seg", overwrite=True)
    genomes = {f"genome_{k}.png": p for k, p in enumerate(profiles[:3], start=1)}
    for name, profile in genomes.items():
        plot(profile, segments, out / name, overwrite=True)
    points = "grey points are bins, lines are segments: red gained, blue lost, black neither."
    shown = {"Along the genome": {name: f"{p.sample}: {points}" for name, p in genomes.items()}}
    if len(profiles) > 1:
        plot(profiles, segments, out / "cohort.png", overwrite=True)
        words = f"Segments of {len(profiles)} samples, similar ones side by side: red gained, blue lost, grey missing."
        shown["The cohort"] = {"cohort.png": words}
    return shown


if __name__ == "__main__":
    main()
