"""Compare segment callers on the same bins in one run: accuracy, speed, memory.

python benchmarks/segmenters.py --out DIR [--data DIR] [--model NAME=FILE ...] [--fresh-seeds 5] [--power]

Every caller that is installed takes part: bridgeae; DNAcopy through Rscript; ruptures; hmmlearn; CNVkit's haar and hmm.
Each runs in a process of its own on one core. Times are CPU seconds from bins in memory to segments; peak memory is
that of the whole process. `segmenters.json` gets all results, with the table of the README among them, and
`segmenters.md` the other tables. The README shows the scores of the bridge that examples/copy_number/run.py trains as
--model "linked latents, frozen decoder=linked.onnx".
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from segmenter_peers import CBS, CNVKIT, HERE, ONE_CORE, OURS, PELT, available, measure
from segmenter_scores import Sample, altered_runs, both_ends, breakpoint_score, gains_found, label_errors
from segmenter_tables import overview, tables
from segmenter_tasks import (
    BENCH_SETS,
    NOISE,
    SIGMAS,
    STEP_BINS,
    STEP_JUMPS,
    bench_set,
    check_folders,
    fresh,
    labelled,
    noise,
    steps,
)

T_95 = {2: 12.71, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
Result = dict[str, Any]


def segmented(caller: str, samples: list[Sample], repeats: int = 1) -> tuple[list[np.ndarray], float, float]:
    """Run a caller on samples; return masks of segment starts, CPU seconds and peak megabytes."""
    return measure(caller, [(s.value, s.lengths) for s in samples], repeats)


def accuracy(caller: str, data: Path | None) -> Result:
    """Score a caller on fresh simulations and, with `data`, on the sets with truth and on expert labels."""
    sets = {f"fresh {kind}": fresh(kind, 1) for kind in ("array", "sc")}
    if data:
        sets |= {name: bench_set(data / "bench" / f"{name}.tsv.gz") for name in BENCH_SETS}
    out: Result = {"scores": {}}
    for name, samples in sets.items():
        quick = name == "array" and caller not in CBS and caller not in CNVKIT
        masks, seconds, megabytes = segmented(caller, samples, 3 if quick else 1)
        out["scores"][name] = breakpoint_score(samples, masks)
        if name == "coriell":
            out["scores"][name] |= altered_runs(samples, masks)
        if name == "stress":
            out["scores"][name] |= gains_found(samples, masks)
        if name == "array":
            out["bins_per_second"], out["megabytes"] = sum(len(s.value) for s in samples) / seconds, megabytes
    if data:
        known = labelled(data / "raw", bench_set(data / "bench" / "labels.tsv.gz"))
        masks = segmented(caller, [s for s, _, _ in known])[0]
        out["label_errors"] = sum(label_errors(p, m, r) for (_, p, r), m in zip(known, masks, strict=True))
    return out


def rounded(scores: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Return scores with four digits."""
    return {name: {key: round(float(v), 4) for key, v in score.items()} for name, score in scores.items()}


def time_flat(caller: str) -> Result | None:
    """Time one flat chromosome of a million bins; of a tenth for PELT, whose time grows with the square."""
    n = 100_000 if caller in PELT else 1_000_000
    if caller in CNVKIT or caller.startswith("hmmlearn"):
        return None
    value = np.random.default_rng(0).normal(0, 0.2, n)
    _, seconds, megabytes = measure(caller, [(value, np.array([n]))])
    return {"bins": n, "seconds": seconds, "megabytes": megabytes}


def time_commands(data: Path, repeats: int = 5) -> Result:
    """Time the commands from file to file on one cell of 5,763 bins: wall seconds and peak megabytes, best of some."""
    cell = bench_set(data / "bench" / "sc.tsv.gz")[0]
    chrom = np.repeat(np.arange(len(cell.lengths)) + 1, cell.lengths)
    out: Result = {}
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs, target = Path(folder, "cell.tsv"), Path(folder, "bins.tsv"), Path(folder, "out.seg")
        rows = list(enumerate(zip(chrom.tolist(), cell.value.tolist(), strict=True)))
        lines = [f"{c}\t{k * 500000}\t{k * 500000 + 500000}\t{v:.5f}" for k, (c, v) in rows]
        ours.write_text("\n".join(["chrom\tstart\tend\tlog2", *lines]) + "\n")
        lines = [f"cell\t{c}\t{k + 1}\t{v:.5f}" for k, (c, v) in rows]
        theirs.write_text("\n".join(["sample\tchrom\tposition\tvalue", *lines]) + "\n")
        segment = Path(sys.executable).with_name("bridgeae-segment")
        commands = {
            "bridgeae-segment": [segment, ours, "-o", target, "--overwrite", "--quiet"],
            "Rscript, CBS smoothed": ["Rscript", HERE / "dnacopy.R", theirs, target, "smooth"],
            "Rscript, loading DNAcopy alone": ["Rscript", "-e", "library(DNAcopy)"],
        }
        for name, command in commands.items():
            timed = [_time_command(command) for _ in range(repeats)]
            if all(code == 0 for code, _, _ in timed):
                out[name] = {"seconds": min(t for _, t, _ in timed), "megabytes": max(m for _, _, m in timed)}
    return out


# A small process starts the command and waits for it, since a child's peak memory starts at that of its parent.
_STOPWATCH = """
import os, sys, time
began = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), time.perf_counter() - began, usage.ru_maxrss / 1024)
"""


def _time_command(command: list[Any]) -> tuple[int, float, float]:
    """Return exit status, wall seconds and peak megabytes of a command."""
    watch = [sys.executable, "-I", "-S", "-c", _STOPWATCH, *map(str, command)]
    done = subprocess.run(watch, env={**os.environ, **ONE_CORE}, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.returncode, 0.0, 0.0
    status, seconds, megabytes = done.stdout.split()[-3:]
    return int(status), float(seconds), float(megabytes)


def fresh_gain(callers: dict[str, str], seeds: int) -> Result:
    """Return F1 on fresh simulations, and our gain over the CBS variant that is best there, paired by seed."""
    out: Result = {}
    for kind in ("array", "sc"):
        sets = [fresh(kind, seed) for seed in range(1, seeds + 1)]
        compared = [c for c in callers if c == "bridgeae" or c in CBS]
        f1 = {c: [breakpoint_score(s, segmented(callers[c], s)[0])["f1"] for s in sets] for c in compared}
        best = max((c for c in f1 if c in CBS), key=lambda c: np.mean(f1[c]))
        gain = np.array(f1["bridgeae"]) - np.array(f1[best])
        half = T_95.get(seeds, 1.96) * gain.std(ddof=1) / np.sqrt(seeds)
        out[kind] = {"f1": f1, "best": best, "gain": gain.mean(), "low": gain.mean() - half, "high": gain.mean() + half}
    return out


def power(callers: list[str], profiles: int) -> Result:
    """Measure sensitivity and false breakpoints at each noise level of `SIGMAS`, over `profiles` profiles each.

    Found: the share of steps with both ends within 3 bins. False: breakpoints in 10,000 bins of noise, on average.
    """
    step_sets = {
        f"{b} bins, {j} sigma": [steps(b, j, s, profiles) for s in SIGMAS] for b in STEP_BINS for j in STEP_JUMPS
    }
    noise_sets = {kind: [noise(kind, s, profiles) for s in SIGMAS] for kind in NOISE}
    out: Result = {}
    for caller in callers:
        masks = iter(segmented(caller, [x for sets in step_sets.values() for one in sets for x in one])[0])
        found = {
            case: [float(np.mean([both_ends(x, next(masks), 3) for x in one])) for one in sets]
            for case, sets in step_sets.items()
        }
        masks = iter(segmented(caller, [x for sets in noise_sets.values() for one in sets for x in one])[0])
        false = {
            case: [float(np.mean([next(masks)[1:].sum() for _ in one])) for one in sets]
            for case, sets in noise_sets.items()
        }
        out[caller] = {"found": found, "false": false}
    return out


def arguments() -> argparse.Namespace:
    """Return the checked options; `callers` maps the name of each caller in the tables to what `measure` runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with bench/ and raw/; without it, only simulations are used")
    parser.add_argument("--out", type=Path, required=True, help="folder for segmenters.json and segmenters.md")
    parser.add_argument("--callers", nargs="*", help="callers to compare; by default all that are installed")
    parser.add_argument(
        "--model", action="append", default=[], metavar="NAME=FILE", help="our caller with this network"
    )
    parser.add_argument("--fresh-seeds", type=int, default=0, metavar="N", help="paired gain on N fresh simulations")
    parser.add_argument(
        "--power", type=int, nargs="?", const=100, default=0, metavar="PROFILES", help="table of our sensitivity"
    )
    options = parser.parse_args()
    check_folders(parser, options.data, options.out)
    installed = available()
    names = options.callers or installed
    if unknown := set(names) - set(installed):
        parser.error(f"not installed or unknown: {', '.join(sorted(unknown))}; installed are: {', '.join(installed)}")
    models = dict(text.partition("=")[::2] for text in options.model)
    if missing := [path for path in models.values() if not path.endswith(".onnx") or not Path(path).is_file()]:
        parser.error(f"--model needs NAME=FILE with an ONNX file, received {missing[0]!r}")
    options.callers = models | {name: name for name in names}
    return options


def command(options: argparse.Namespace) -> str:
    """Return the command of this run, with DIR for folders."""
    words = ["python benchmarks/segmenters.py --out DIR", *(["--data DIR"] if options.data else [])]
    words += [f'--model "{name}=DIR/{Path(path).name}"' for name, path in options.callers.items() if name != path]
    words += [f"--fresh-seeds {options.fresh_seeds}"] if options.fresh_seeds else []
    return " ".join([*words, *([f"--power {options.power}"] if options.power else [])])


def main() -> None:
    options = arguments()
    results: Result = {"command": command(options), "callers": list(options.callers)}
    if options.data or not (options.fresh_seeds or options.power):
        results["accuracy"] = {}
        for name, caller in options.callers.items():
            print(name, file=sys.stderr, flush=True)
            results["accuracy"][name] = accuracy(caller, options.data)
            if options.data:
                results["accuracy"][name]["flat"] = time_flat(caller)
        results["figures"] = {name: rounded(found["scores"]) for name, found in results["accuracy"].items()}
        results["table"] = overview(results["figures"])
    if options.data:
        results["cold"] = time_commands(options.data)
    if options.fresh_seeds:
        results["fresh"] = fresh_gain(options.callers, options.fresh_seeds)
    if options.power:
        results["profiles"] = options.power
        results["power"] = power([c for c in options.callers if c in OURS], options.power)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "segmenters.json").write_text(json.dumps(results, indent=1) + "\n")
    (options.out / "segmenters.md").write_text(tables(results))
    print("\n".join([*results.get("table", []), "", tables(results)]))


if __name__ == "__main__":
    main()
