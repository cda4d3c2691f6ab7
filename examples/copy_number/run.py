"""Train a neural segment caller, and segment with it.

python examples/copy_number/run.py --out DIR [--data DIR] [--smoke]
    trains an autoencoder of raw bins and one of segments on simulated pairs, links them, fine-tunes encoder and linker
    through the frozen decoder, and scores that caller and the shipped one on new simulations

python examples/copy_number/run.py --out DIR --raw bins.tsv.gz [--segments calls.seg]
    trains a caller on your own profiles and segments; without segments, CBS makes them if R and DNAcopy are installed,
    and a Gaussian HMM (hmmlearn) otherwise

python examples/copy_number/run.py --out DIR --ship [--data DIR]
    trains the model that comes with the package, and replaces it

This folder needs bridgeae alone: copy it, and change it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import recipe
import scoring
from first_segments import first_segments

from bridgeae import Domain, GivenPairing, LinkedAutoencoder, Progress
from bridgeae.errors import BridgeError
from bridgeae_copynumber import Profile, Segments, plot, read, read_segments, segment, write
from bridgeae_copynumber.segmentation import MODEL
from bridgeae_copynumber.training import export_onnx, profile_pairs

SHIPPED = {"rows": 2048, "epochs": 2, "link_steps": 300, "frozen_steps": 1000, "end_to_end_steps": 40000}
EXAMPLE = {"rows": 1024, "epochs": 2, "link_steps": 200, "frozen_steps": 6000, "end_to_end_steps": 0}
OWN_DATA = {"epochs": 16, "link_steps": 200, "frozen_steps": 1500}
SMOKE = {"rows": 32, "epochs": 1, "link_steps": 2, "frozen_steps": 2, "end_to_end_steps": 0}
SMOKE_LENGTH, LENGTH = 256, 1024  # bins in a row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for results.json, segments, pictures, models")
    parser.add_argument("--data", type=Path, help="folder with raw/: GC and mappability tracks, unlabelled profiles")
    parser.add_argument("--raw", type=Path, help="bins of your own samples, in any format that bridgeae-segment reads")
    parser.add_argument("--segments", type=Path, help="segments that some caller made for --raw")
    parser.add_argument("--ship", action="store_true", help="train the model of the package")
    parser.add_argument("--smoke", action="store_true", help="a quick check that everything runs, about a minute")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    _check(parser, options)
    options.out.mkdir(parents=True, exist_ok=True)
    began = time.process_time()
    run = _own_data if options.raw else _shipped if options.ship else _example
    try:
        found = run(options)
    except BridgeError as error:
        parser.exit(1, f"error: {error}\n")
    results = {
        "title": "Copy number: raw bins become segments",
        "smoke": options.smoke,
        "command": _command(options),
        "seed": options.seed,
        **found,
    }
    results["cpu_s"] = round(time.process_time() - began)
    text = json.dumps(results, indent=1, default=float)
    (options.out / "results.json").write_text(text + "\n")
    print(text)


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End with a usage error, before any work."""
    if options.data and not (options.data / "raw").is_dir():
        parser.error(f"--data {options.data} holds no folder raw/")
    if options.out.exists() and not options.out.is_dir():
        parser.error(f"--out {options.out} is a file: name a folder")
    if options.segments and not options.raw:
        parser.error("--segments needs --raw, the bins in which they were called")
    if missing := [p for p in (options.raw, options.segments) if p and not p.exists()]:
        parser.error(f"there is no file {missing[0]}")


def _command(options: argparse.Namespace) -> str:
    """Return the command of this run, with DIR for folders."""
    words = ["python examples/copy_number/run.py --out DIR"]
    words += ["--data DIR"] if options.data else []
    words += [f"--{name} {path.name}" for name in ("raw", "segments") if (path := getattr(options, name))]
    words += [f"--{name}" for name in ("ship", "smoke") if getattr(options, name)]
    return " ".join([*words, f"--seed {options.seed}"])


def _example(options: argparse.Namespace) -> dict[str, Any]:
    """Train on simulated pairs, and score on new simulations."""
    budget = SMOKE if options.smoke else EXAMPLE
    model = options.out / "linked.onnx"
    _train(budget, options, model)
    sets = {f"fresh {kind}": scoring.simulated(kind, 3 if options.smoke else None) for kind in ("array", "sc")}
    figures = {
        caller: {name: _score(samples, path) for name, samples in sets.items()}
        for caller, path in (("linked latents, frozen decoder", model), ("shipped", MODEL))
    }
    profiles = [sample.profile for sample in sets["fresh sc"]]
    pictures = _plot_all(profiles, segment(profiles), options.out)
    return {"budget": budget, "table": _table(figures), "figures": figures, "pictures": pictures}


def _score(samples: list[scoring.Sample], model: Path) -> dict[str, float]:
    with Progress().step("measure"):
        return scoring.score(samples, segment([sample.profile for sample in samples], model=model))


def _table(figures: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    """Return the lines of a Markdown table: breakpoint F1 at two bins, and level error, of each caller on each set."""
    sets = list(next(iter(figures.values())))
    lines = [f"| F1 (level error) | {' | '.join(sets)} |", "|---" * (len(sets) + 1) + "|"]
    for caller, scores in figures.items():
        cells = " | ".join(f"{scores[name]['f1']:.3f} ({scores[name]['mae']:.3f})" for name in sets)
        lines.append(f"| {caller} | {cells} |")
    return lines


def _shipped(options: argparse.Namespace) -> dict[str, Any]:
    """Train the model of the package; return its card, and replace model and card unless this is a smoke run."""
    budget = SMOKE if options.smoke else SHIPPED
    model = options.out / "segment_caller.onnx"
    history = _train(budget, options, model)
    card = {
        "recipe": 3,
        "command": _command(options),
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
    """Train the three parts apart, then together; save bridges and ONNX file; return the losses."""
    length = SMOKE_LENGTH if options.smoke else LENGTH
    keras.utils.set_random_seed(options.seed)  # initial weights of the networks
    pairs = recipe.endless_pairs(options.data, length=length, batch=8 if options.smoke else 32)
    rng = np.random.default_rng(options.seed)
    batches = [pairs(rng) for _ in range(max(budget["rows"] // 32, 1))]
    raw, segmented = (np.concatenate(side) for side in zip(*batches, strict=True))
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
    """Train on your profiles and segments; score on held-out samples, or on all if there are fewer than four."""
    profiles = read(options.raw)
    truth = read_segments(options.segments) if options.segments else first_segments(profiles)
    length = SMOKE_LENGTH if options.smoke else LENGTH
    raw, segmented, names = profile_pairs(profiles, truth, length=length)
    held_out = {p.sample for p in profiles[:: max(len(profiles) // 4, 2)]} if len(profiles) > 3 else set()
    training = ~np.isin(names, list(held_out))
    budget = SMOKE if options.smoke else OWN_DATA
    fit = {"epochs": budget["epochs"], "link_steps": budget["link_steps"], "seed": options.seed}
    bridge = recipe.linked_pair(raw[training], segmented[training], **fit)
    pairs = Domain(raw[training]), Domain(segmented[training])
    run = {"epochs": 1, "steps": budget["frozen_steps"], "learning_rate": 2e-3, "seed": options.seed}
    bridge.finetune(*pairs, pairing=GivenPairing(), **run)
    model = options.out / "own_caller.onnx"
    bridge.save(options.out / "own_bridge", overwrite=True)
    export_onnx(bridge.network(), model)
    pictures = _plot_all(profiles, segment(profiles, model=model), options.out)
    samples = [scoring.given(p, truth) for p in profiles if not held_out or p.sample in held_out]
    figures = {"own": _score(samples, model), "shipped": _score(samples, MODEL)}
    counts = {"samples": len(profiles), "held_out": len(held_out)}
    return {**counts, "agreement_with_the_given_segments": figures, "pictures": pictures}


def _plot_all(profiles: list[Profile], segments: Segments, out: Path) -> dict[str, dict[str, str]]:
    """Write segments.seg, plots of three genomes and of the cohort; return captions by title, for a report."""
    write(segments, out / "segments.seg", overwrite=True)
    genomes = {f"genome_{k}.png": p for k, p in enumerate(profiles[:3], start=1)}
    for name, profile in genomes.items():
        plot(profile, segments, out / name, overwrite=True)
    points = "grey points are bins, lines are segments: red gained, blue lost, black neither."
    pictures = {"Along the genome": {name: f"{p.sample}: {points}" for name, p in genomes.items()}}
    if len(profiles) > 1:
        plot(profiles, segments, out / "cohort.png", overwrite=True)
        caption = (
            f"Segments of {len(profiles)} samples, similar ones side by side: red gained, blue lost, grey missing."
        )
        pictures["The cohort"] = {"cohort.png": caption}
    return pictures


if __name__ == "__main__":
    main()
